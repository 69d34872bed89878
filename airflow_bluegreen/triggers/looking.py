"""The one loop of the triggers that look again and again, and how what they saw comes to the task."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from airflow_bluegreen.exceptions import BluegreenError, TransientError
from airflow_bluegreen.triggers.catch_up import Broken

Event = TypeVar("Event", bound=BaseModel)


async def look_until(
    look: Callable[[], Event],
    *,
    done: Callable[[Event], bool],
    timeout_s: float,
    poll_s: float,
    first_look_s: float,
    log: Any,
) -> Event | Broken:
    """Look until ``done``, or until ``timeout_s`` seconds are over: what was seen last, or the error that
    prevented it.

    :param look: synchronous as the clients are; each look is taken in a thread.
    :param first_look_s: seconds before the first look, and so before an event.
    """
    await asyncio.sleep(first_look_s)

    def tell_trouble(state: RetryCallState) -> None:
        if state.outcome is not None and state.outcome.failed:
            log.warning("%s; looking again in %.0f s", state.outcome.exception(), poll_s)

    def last(state: RetryCallState) -> Any:
        assert state.outcome is not None
        return state.outcome.result()

    looking: AsyncRetrying = AsyncRetrying(
        retry=retry_if_result(lambda seen: not done(seen)) | retry_if_exception_type(TransientError),
        stop=stop_after_delay(timeout_s),
        wait=wait_fixed(poll_s),
        retry_error_callback=last,
        before_sleep=tell_trouble,
    )
    try:
        event: Event = await looking(asyncio.to_thread, look)
    except BluegreenError as error:
        return Broken.of(error)
    return event
