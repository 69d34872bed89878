"""The steps of a release, one a file: idempotent, safe to be killed and run again, talking through ports
only.
"""
