"""The one polling loop of the actions, on the platform's clock."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, wait_fixed

from airflow_bluegreen.ports import Clock

Seen = TypeVar("Seen")


def poll(
    look: Callable[[], Seen], *, until: Callable[[Seen], bool], clock: Clock, timeout_s: float, every_s: float
) -> Seen:
    """Look again and again until ``until`` holds or the time is over; returns what was seen last."""
    deadline = clock.now() + timeout_s

    def last_seen(state: RetryCallState) -> Seen:
        assert state.outcome is not None
        seen: Seen = state.outcome.result()
        return seen

    retrying = Retrying(
        retry=retry_if_result(lambda seen: not until(seen)),
        stop=lambda _: clock.now() + every_s > deadline,
        wait=wait_fixed(every_s),
        sleep=clock.sleep,
        retry_error_callback=last_seen,
    )
    return retrying(look)
