"""Fewer searches for garbage while many objects are made that stay.

Python looks for objects that only refer to each other after every few hundred that are made, and through
all that there are whenever these have grown by a quarter. A project of ten thousand tables is half a million
objects which nothing frees before the plan is there: a quarter of a plan's time went into searches that find
nothing.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

SELDOM = 100_000
"""New objects between two searches. SQL's trees do hold circles, so it cannot be never."""

_lock = Lock()
_usual: dict[object, int] = {}
"""The setting that is to be had again outside, for everybody who is inside."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage seldom inside, in whichever thread; also a decorator. Outside nothing changes."""
    us = object()
    try:  # a signal's handler may raise behind any line
        with _lock:
            usual = next(iter(_usual.values()), gc.get_threshold()[0])
            _usual[us] = usual
            _look_after(max(SELDOM, usual) if usual else 0)
        yield
    finally:
        with _lock:
            if us in _usual:
                usual = _usual.pop(us)
                if not _usual:
                    _look_after(usual)


def _look_after(objects: int) -> None:
    """0 is never, which somebody may have asked for."""
    _, *older = gc.get_threshold()
    gc.set_threshold(objects, *older)
