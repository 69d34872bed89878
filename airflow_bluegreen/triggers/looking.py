"""The one loop of the triggers that look again and again, and how what they saw comes to the task."""

import asyncio
import traceback
from collections.abc import Callable
from inspect import signature
from typing import Any, Literal, Protocol, TypeVar

from airflow.triggers.base import BaseTrigger, TriggerEvent
from pydantic import BaseModel, ConfigDict
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from airflow_bluegreen import exceptions
from airflow_bluegreen.exceptions import BluegreenError, TransientError, Where

FIRST_LOOK_SECONDS = 10.0
"""Airflow may fail a task that is resumed while its worker still winds up; that takes some five seconds."""

Event = TypeVar("Event", bound=BaseModel)


class Broken(BaseModel):
    """Looking failed: the error's parts, so that the task can raise it again, and where it was raised."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["broken"] = "broken"
    error: str
    what: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    remedy: str = ""
    stack: str = ""

    @classmethod
    def of(cls, error: BluegreenError) -> "Broken":
        """The record of an error."""
        where = error.where
        return cls(
            error=type(error).__name__,
            what=error.what,
            path=where.path if where else None,
            line=where.line if where else None,
            column=where.column if where else None,
            remedy=error.remedy,
            stack="".join(traceback.format_exception(error)),
        )

    def as_error(self) -> BluegreenError:
        """The error itself."""
        kind: type[BluegreenError] = getattr(exceptions, self.error)
        where = Where(path=self.path, line=self.line, column=self.column) if self.path else None
        return kind(self.what, where=where, remedy=self.remedy)


def kept(trigger: BaseTrigger) -> tuple[str, dict[str, Any]]:
    """What the database keeps of a trigger: its class path, and the arguments it was made with."""
    kind = type(trigger)
    arguments = {name: getattr(trigger, name) for name in signature(kind).parameters}
    return f"{kind.__module__}.{kind.__name__}", arguments


class Looking(Protocol):
    """A trigger that looks every ``poll_s`` seconds for ``timeout_s``, first after ``first_look_s``."""

    timeout_s: float
    poll_s: float
    first_look_s: float

    @property
    def log(self) -> Any: ...


async def look_until(
    trigger: Looking, look: Callable[[], Event], *, done: Callable[[Event], bool]
) -> TriggerEvent:
    """Look until ``done``, or until the trigger's time is over. The event is what was seen last, or the
    error that prevented it (a :class:`Broken`), as a dictionary.

    :param look: synchronous as the clients are; each look is taken in a thread.
    """
    await asyncio.sleep(trigger.first_look_s)

    def tell_trouble(state: RetryCallState) -> None:
        if state.outcome is not None and state.outcome.failed:
            trigger.log.warning("%s; looking again in %.0f s", state.outcome.exception(), trigger.poll_s)

    def last(state: RetryCallState) -> Any:
        assert state.outcome is not None
        return state.outcome.result()

    looking: AsyncRetrying = AsyncRetrying(
        retry=retry_if_result(lambda seen: not done(seen)) | retry_if_exception_type(TransientError),
        stop=stop_after_delay(trigger.timeout_s),
        wait=wait_fixed(trigger.poll_s),
        retry_error_callback=last,
        before_sleep=tell_trouble,
    )
    try:
        event: BaseModel = await looking(asyncio.to_thread, look)
    except BluegreenError as error:
        event = Broken.of(error)
    return TriggerEvent(event.model_dump(mode="json"))  # type: ignore[no-untyped-call]
