"""What a port promises, as suites that run on the fake and, below ``tests/stack_tests``, on the real system.

A suite is a class without ``Test`` in front; who runs it adds the fixture that hands in the implementation,
together with the few things that only the outside world can do (produce a record, break a task).
"""
