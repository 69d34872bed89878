"""Waiting in the triggerer until a job of a test with synthetic records has ended."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from airflow_bluegreen.triggers.looking import FIRST_LOOK_SECONDS, Broken, kept, look_until


class Moved(BaseModel):
    """The wait is over: how many jobs have ended, none where the time is up; ``progress`` as it was given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["moved"] = "moved"
    ended: int
    progress: str


_EVENTS: TypeAdapter[Moved | Broken] = TypeAdapter(Annotated[Moved | Broken, Field(discriminator="kind")])


def read_event(event: object) -> Moved | Broken:
    """The record of an event as the task receives it. Raises pydantic's ValidationError for anything else."""
    return _EVENTS.validate_python(event)


class IntegrationTestTrigger(BaseTrigger):
    """Looks at the running jobs of a test every ``poll_s`` seconds until one of them has ended.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: its commit.
    :param progress: JSON of how far the test has come.
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
        progress: str,
        timeout_s: float,
        poll_s: float,
        first_look_s: float = FIRST_LOOK_SECONDS,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.project = project
        self.environment = environment
        self.release = release
        self.progress = progress
        self.timeout_s = timeout_s
        self.poll_s = poll_s
        self.first_look_s = first_look_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        return kept(self)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, a :class:`Moved` or a :class:`Broken` as a dictionary."""
        yield await look_until(self, self._look, done=lambda seen: seen.ended > 0)

    def _look(self) -> Moved:
        from airflow_bluegreen.actions.integration.running import Progress, ended_jobs
        from airflow_bluegreen.core.documents import from_json
        from airflow_bluegreen.hooks.platform import open_site

        site = open_site(self.project, self.environment, self.release)
        running = from_json(Progress, self.progress).running
        return Moved(ended=ended_jobs(site.platform, running.values()), progress=self.progress)
