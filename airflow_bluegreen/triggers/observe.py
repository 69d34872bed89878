"""Watching green in the triggerer after the cut-over."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from airflow_bluegreen.core.observation import Baseline, Observed
from airflow_bluegreen.triggers.looking import FIRST_LOOK_SECONDS, Broken, kept, look_until

if TYPE_CHECKING:
    from airflow_bluegreen.actions.observe import Watch


class Watched(BaseModel):
    """The observation is over: the judgement of the last look."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["watched"] = "watched"
    observed: Observed


_EVENTS: TypeAdapter[Watched | Broken] = TypeAdapter(Annotated[Watched | Broken, Field(discriminator="kind")])


def read_event(event: object) -> Watched | Broken:
    """The record of an event as the task receives it. Raises pydantic's ValidationError for anything else."""
    return _EVENTS.validate_python(event)


class ObserveTrigger(BaseTrigger):
    """Looks at green and its connectors every ``poll_s`` seconds until the observation is over.

    When it ends is part of ``baseline``, so that a triggerer that is restarted does not begin anew.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param baseline: JSON of how things were when the observation began.
    :param timeout_s: seconds after which it gives up.
    :param poll_s: seconds between two looks.
    :param first_look_s: seconds before the first look, and so before an event.
    """

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        plan: str,
        baseline: str,
        timeout_s: float,
        poll_s: float,
        first_look_s: float = FIRST_LOOK_SECONDS,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.project = project
        self.environment = environment
        self.plan = plan
        self.baseline = baseline
        self.timeout_s = timeout_s
        self.poll_s = poll_s
        self.first_look_s = first_look_s
        self._watch: Watch | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        return kept(self)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, a :class:`Watched` or a :class:`Broken` as a dictionary."""
        yield await look_until(self, self._look, done=lambda seen: seen.observed.ended)

    def _look(self) -> Watched:
        from airflow_bluegreen.actions.observe import Watch
        from airflow_bluegreen.core.documents import from_json
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        if self._watch is None:
            site = open_plan_site(self.project, self.environment, self.plan)
            baseline = from_json(Baseline, self.baseline)
            self._watch = Watch(site.platform, site.plan, baseline, self.log.info)
        return Watched(observed=self._watch.look())
