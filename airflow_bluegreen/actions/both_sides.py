"""Reading the two topics of a comparison at the same time, where that takes less time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.model import Offsets

AT_ONCE_ABOVE = 100_000
"""Of fewer records, a thread and connections of its own gain nothing."""

Ends = tuple[Offsets, Offsets]


def read_both(blue: TopicFold, green: TopicFold, ends: Ends) -> None:
    """Fold both topics up to their end offsets.

    What is hashed as it lies in the topic is read at once: while one side's records are on their way, the
    other one's are hashed and folded. What is decoded, or hashed without compiled code, would only take
    turns with the interpreter.

    Raises what the side that fails raises, once the other one has stopped, after the batch that it is at.
    """
    at_once = all(
        side.is_raw and side.unread(end) > AT_ONCE_ABOVE and side.hashes_apart
        for side, end in zip((blue, green), ends, strict=True)
    )
    if not at_once:
        blue.read_to(ends[0])
        green.read_to(ends[1])
        return
    failed = Event()

    def read(side: TopicFold, end: Offsets) -> None:
        try:
            side.read_to(end, halted=failed.is_set)
        except BaseException:
            failed.set()
            raise

    _beside(lambda: read(green, ends[1]), lambda: read(blue, ends[0]), failed)


def _beside(other: Callable[[], None], ours: Callable[[], None], failed: Event) -> None:
    """Do one in a thread of its own, and the other one in ours, which signals reach: also while it only
    waits for the other one, which stops when it is ``failed``.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as pool:
        try:
            running = pool.submit(other)
            ours()
            running.result()
        except BaseException:
            failed.set()
            raise
