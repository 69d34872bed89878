"""A test of a release on records that nobody wrote: which ones, under which names, and what they must show.

``apart`` and ``isolating`` give the statements names of their own, ``traits`` finds out what the sources'
records are, ``history`` makes them, ``arrival`` orders them, ``writing`` turns them into bytes, ``judging``
says what came of it.
"""
