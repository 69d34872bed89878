"""Waiting in the triggerer until green has caught up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from airflow_bluegreen import exceptions
from airflow_bluegreen.core.readiness import Readiness, Targets
from airflow_bluegreen.core.trouble import Patience
from airflow_bluegreen.exceptions import BluegreenError, TransientError
from airflow_bluegreen.triggers.looking import FIRST_LOOK_SECONDS, Broken, kept

if TYPE_CHECKING:
    from airflow_bluegreen.actions.progress_tale import ProgressTale
    from airflow_bluegreen.hooks.plan_site import PlanSite


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Observed(_Event):
    """The wait is over: green is ready or failing, or the time is (``timed_out``)."""

    kind: Literal["observed"] = "observed"
    readiness: Readiness
    timed_out: bool = False


CatchUpEvent = Annotated[Observed | Broken, Field(discriminator="kind")]
_EVENTS: TypeAdapter[Observed | Broken] = TypeAdapter(CatchUpEvent)


def read_event(event: object) -> Observed | Broken:
    """The record of an event as the task receives it. Raises pydantic's ValidationError for anything else."""
    return _EVENTS.validate_python(event)


class CatchUpTrigger(BaseTrigger):
    """Looks at green every ``poll_s`` seconds until it is ready or failing; progress goes to the task's log.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: a plan as JSON; that of the table alone is enough.
    :param table: logical name of the table.
    :param targets: JSON of the targets captured when the wait began.
    :param timeout_s: seconds after which it gives up.
    :param poll_s: seconds between two looks.
    :param patience: JSON of how long states that mend themselves may last; empty for the usual one.
    :param first_look_s: seconds before the first look, and so before an event.
    """

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        plan: str,
        table: str,
        targets: str,
        timeout_s: float,
        poll_s: float,
        patience: str = "",
        first_look_s: float = FIRST_LOOK_SECONDS,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.project = project
        self.environment = environment
        self.plan = plan
        self.table = table
        self.targets = targets
        self.timeout_s = timeout_s
        self.poll_s = poll_s
        self.patience = patience
        self.first_look_s = first_look_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        return kept(self)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, an :class:`Observed` or a :class:`Broken` as a dictionary."""
        await asyncio.sleep(self.first_look_s)
        watch = _Watch(self)
        polling: AsyncRetrying = AsyncRetrying(
            retry=retry_if_result(_is_unsettled) | retry_if_exception_type(TransientError),
            stop=stop_after_delay(self.timeout_s),
            wait=wait_fixed(self.poll_s),
            retry_error_callback=watch.give_up,
            before_sleep=self._tell_trouble,
        )
        try:
            event: Observed | Broken = await polling(watch.look)
        except BluegreenError as error:
            event = Broken.of(error)
        yield TriggerEvent(event.model_dump(mode="json"))  # type: ignore[no-untyped-call]

    def _tell_trouble(self, state: RetryCallState) -> None:
        if state.outcome is not None and state.outcome.failed:
            self.log.warning("%s; looking again in %.0f s", state.outcome.exception(), self.poll_s)


class _Watch:
    """One table under observation. The clients are synchronous, so each look is taken in a thread."""

    def __init__(self, trigger: CatchUpTrigger) -> None:
        self._trigger = trigger
        self._site: PlanSite | None = None
        self._targets: Targets | None = None
        self._tale: ProgressTale | None = None
        self._last: Readiness | None = None

    async def look(self) -> Observed:
        """Look once. Raises BluegreenError."""
        return await asyncio.to_thread(self._look)

    def give_up(self, state: RetryCallState) -> Observed | Broken:
        """The event for a wait that took too long: the last judgement, else the error that prevented one."""
        error = state.outcome.exception() if state.outcome is not None and state.outcome.failed else None
        if isinstance(error, BluegreenError):
            return Broken.of(error)
        if self._last is None:
            return Broken.of(exceptions.ReadinessError(f"nothing was seen of {self._trigger.table}"))
        return _observed(self._last, timed_out=True)

    def _look(self) -> Observed:
        from airflow_bluegreen.actions.catch_up import PATIENCE, observe
        from airflow_bluegreen.actions.progress_tale import ProgressTale
        from airflow_bluegreen.core.documents import from_json
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        trigger = self._trigger
        if self._site is None or self._targets is None or self._tale is None:
            self._site = open_plan_site(trigger.project, trigger.environment, trigger.plan)
            self._targets = from_json(Targets, trigger.targets)
            self._tale = ProgressTale(trigger.table, trigger.log.info)
        site = self._site
        self._last = observe(
            site.platform,
            site.plan,
            trigger.table,
            self._targets,
            self._last,
            patience=from_json(Patience, trigger.patience) if trigger.patience else PATIENCE,
        )
        self._tale.tell(self._last, site.platform.clock.now())
        return _observed(self._last)


def _observed(readiness: Readiness, *, timed_out: bool = False) -> Observed:
    """Without what was remembered for the next look: the database keeps an event."""
    return Observed(readiness=replace(readiness, samples=()), timed_out=timed_out)


def _is_unsettled(event: Observed) -> bool:
    return not event.readiness.settled
