"""Waiting in the triggerer until no other release is in progress."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from airflow_bluegreen.triggers.looking import FIRST_LOOK_SECONDS, Broken, kept, look_until


class Ahead(BaseModel):
    """The wait is over: which release is still in progress, none if it is one's turn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["ahead"] = "ahead"
    release: str | None


_EVENTS: TypeAdapter[Ahead | Broken] = TypeAdapter(Annotated[Ahead | Broken, Field(discriminator="kind")])


def read_event(event: object) -> Ahead | Broken:
    """The record of an event as the task receives it. Raises pydantic's ValidationError for anything else."""
    return _EVENTS.validate_python(event)


class TurnTrigger(BaseTrigger):
    """Looks into the ledger every ``poll_s`` seconds until no other release is in progress.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: the one that waits.
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
        timeout_s: float,
        poll_s: float,
        first_look_s: float = FIRST_LOOK_SECONDS,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.project = project
        self.environment = environment
        self.release = release
        self.timeout_s = timeout_s
        self.poll_s = poll_s
        self.first_look_s = first_look_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        return kept(self)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, an :class:`Ahead` or a :class:`Broken` as a dictionary."""
        yield await look_until(self, self._look, done=lambda seen: seen.release is None)

    def _look(self) -> Ahead:
        from airflow_bluegreen.actions.turn import release_ahead
        from airflow_bluegreen.hooks.platform import open_site

        site = open_site(self.project, self.environment, self.release)
        ahead = release_ahead(site.platform.releases, self.release)
        return Ahead(release=ahead.release if ahead else None)
