"""The one polling loop of the actions, on the platform's clock."""

from collections.abc import Callable
from math import inf
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, wait_fixed

from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.ports import Clock, Narrator

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


def now_ms(clock: Clock) -> int:
    """Milliseconds since the epoch, as Kafka and Flink count."""
    return int(clock.now() * 1000)


FORGIVE_S = 300.0
"""A server that is restarted, or fails over to another one, is away for less."""
AWAY_S = 2.0
"""Between two looks at one that is away."""


def forgiving(
    look: Callable[[], Seen], clock: Clock, say: Narrator, *, forgive_s: float = FORGIVE_S
) -> Callable[[], Seen | None]:
    """A look that returns None, and says why, while a server cannot be reached; not for ever.

    Raises TransientError once it has not been reached for ``forgive_s`` (seconds).
    """
    away_since: list[float] = []

    def patient() -> Seen | None:
        try:
            seen = look()
        except TransientError as error:
            away_since.append(clock.now())
            if clock.now() - away_since[0] >= forgive_s:
                raise
            if len(away_since) == 1:
                say(f"{error.what}; looking again until it answers")
            return None
        away_since.clear()
        return seen

    return patient


def patiently(look: Callable[[], Seen], clock: Clock, say: Narrator, *, every_s: float = AWAY_S) -> Seen:
    """One look, taken again while a server cannot be reached.

    Raises TransientError once it has not been reached for long, as :func:`forgiving` does.
    """
    seen = poll(
        forgiving(look, clock, say),
        until=lambda answer: answer is not None,
        clock=clock,
        timeout_s=inf,
        every_s=every_s,
    )
    assert seen is not None
    return seen
