"""Waiting in the triggerer until green's tables in the lake are filled."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from airflow_bluegreen.triggers.looking import FIRST_LOOK_SECONDS, Broken, kept, look_until


class Filled(BaseModel):
    """The wait is over: the records that are still missing, by connector."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["filled"] = "filled"
    missing: Mapping[str, int]


_EVENTS: TypeAdapter[Filled | Broken] = TypeAdapter(Annotated[Filled | Broken, Field(discriminator="kind")])


def read_event(event: object) -> Filled | Broken:
    """The record of an event as the task receives it. Raises pydantic's ValidationError for anything else."""
    return _EVENTS.validate_python(event)


class FillTrigger(BaseTrigger):
    """Looks at the connectors every ``poll_s`` seconds until they have written what they have to.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: its commit.
    :param goals: JSON of what green held when the wait began.
    :param timeout_s: seconds after which it gives up.
    :param poll_s: seconds between two looks.
    :param first_look_s: seconds before the first look, and so before an event.
    """

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        release: str,
        goals: str,
        timeout_s: float,
        poll_s: float,
        first_look_s: float = FIRST_LOOK_SECONDS,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.project = project
        self.environment = environment
        self.release = release
        self.goals = goals
        self.timeout_s = timeout_s
        self.poll_s = poll_s
        self.first_look_s = first_look_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        return kept(self)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, a :class:`Filled` or a :class:`Broken` as a dictionary."""
        yield await look_until(self, self._look, done=lambda seen: not seen.missing)

    def _look(self) -> Filled:
        from airflow_bluegreen.actions.filling import FillGoals, records_missing
        from airflow_bluegreen.core.documents import from_json
        from airflow_bluegreen.hooks.platform import open_site

        site = open_site(self.project, self.environment, self.release)
        goals = from_json(FillGoals, self.goals)
        return Filled(missing=records_missing(site.platform, goals, self.log.info))
