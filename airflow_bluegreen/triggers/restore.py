"""Waiting in the triggerer until restored blue tables have caught up."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from airflow_bluegreen.triggers.looking import FIRST_LOOK_SECONDS, Broken, kept, look_until

if TYPE_CHECKING:
    from airflow_bluegreen.actions.restore import BlueWatch


class Restored(BaseModel):
    """The wait is over: whether all have caught up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["restored"] = "restored"
    ready: bool


_EVENTS: TypeAdapter[Restored | Broken] = TypeAdapter(
    Annotated[Restored | Broken, Field(discriminator="kind")]
)


def read_event(event: object) -> Restored | Broken:
    """The record of an event as the task receives it. Raises pydantic's ValidationError for anything else."""
    return _EVENTS.validate_python(event)


class RestoreTrigger(BaseTrigger):
    """Looks at blue's jobs, which were started again, every ``poll_s`` seconds until all have caught up.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: the one that is rolled back.
    :param tables: physical names of the tables.
    :param timeout_s: seconds that a table may take.
    :param poll_s: seconds between two looks.
    :param first_look_s: seconds before the first look, and so before an event.
    """

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        release: str,
        tables: Sequence[str],
        timeout_s: float,
        poll_s: float,
        first_look_s: float = FIRST_LOOK_SECONDS,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.project = project
        self.environment = environment
        self.release = release
        self.tables = list(tables)
        self.timeout_s = timeout_s
        self.poll_s = poll_s
        self.first_look_s = first_look_s
        self._watch: BlueWatch | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        return kept(self)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, a :class:`Restored` or a :class:`Broken` as a dictionary."""
        yield await look_until(self, self._look, done=lambda seen: seen.ready)

    def _look(self) -> Restored:
        from airflow_bluegreen.actions.restore import BlueWatch
        from airflow_bluegreen.hooks.plan_site import open_begun_site

        if self._watch is None:
            site = open_begun_site(self.project, self.environment, self.release)
            self._watch = BlueWatch(
                site.platform,
                self.release,
                site.profile,
                self.tables,
                self.log.info,
                timeout_s=self.timeout_s,
            )
        return Restored(ready=self._watch.look())
