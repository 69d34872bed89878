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
_usual: list[int] = []
"""The setting that is to be had again outside, once for everybody who is inside."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage seldom inside, in whichever thread; also a decorator. Outside nothing changes."""
    with _lock:
        _usual.append(_usual[0] if _usual else gc.get_threshold()[0])
        _look_after(max(SELDOM, _usual[0]) if _usual[0] else 0)
    try:
        yield
    finally:
        with _lock:
            usual = _usual.pop()
            if not _usual:
                _look_after(usual)


def _look_after(objects: int) -> None:
    """0 is never, which somebody may have asked for."""
    _, *older = gc.get_threshold()
    gc.set_threshold(objects, *older)
