"""One project on the wired stack: its repository, its feed, blue running, and what is to be seen of it."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from airflow_bluegreen.clients.platform import open_platform
from airflow_bluegreen.core.configuration import FILE_NAME, read_configuration
from airflow_bluegreen.core.model import JobState
from airflow_bluegreen.demo.first_release import bring_live
from airflow_bluegreen.ports import Platform
from tests.reliability import project
from tests.reliability.feed import Feed
from tests.reliability.project import BASE, ENVIRONMENT, RELEASE, Names
from tests.reliability.rows import Account, account, rows_in_sink, rows_in_topic
from tests.reliability.runs import Ended, Runner
from tests.reliability.seen import Blue, Seen
from tests.reliability.wiring import SESSION_IDLE_S, Wired

STEPS = ("deploy", "cut-over", "retire")
_SETTLE_S = 300.0
"""Far more than anything takes: who waits for a condition leaves as soon as it holds."""
_LOOKS_FOR_SESSIONS = 4
_ENVIRONMENT = threading.Lock()
"""Placeholders are filled from the environment of this process, which two projects share."""
_LOOK_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A project while v1.0.0 is live and rows flow; ``platform`` goes past every proxy."""

    wired: Wired
    names: Names
    runner: Runner
    platform: Platform
    feed: Feed
    sinks: Path
    sessions: list[str] = field(default_factory=list)

    def run(self, command: str, release: str = RELEASE, **how: object) -> Ended:
        """A command of the release, to its end."""
        ended = self.runner.run(command, release, **how)  # type: ignore[arg-type]
        self.sessions.extend(ended.sessions)
        return ended

    def done(self, command: str, release: str = RELEASE) -> Ended:
        """A command that nothing disturbs, and that must succeed."""
        ended = self.run(command, release)
        assert ended.code == 0, f"{command} ended with {ended.code}:\n{ended.told}"
        return ended

    def seen(self) -> Seen:
        return Seen.now(self.platform, self.names)

    def blue(self) -> Blue:
        return Blue.now(self.platform, self.names)

    def settled(self, tables: Sequence[str], *, then_flow: bool = True) -> dict[str, Account]:
        """The rows of each table once all that were sent are there; the feed rests meanwhile."""
        self.feed.hold()
        try:
            found: dict[str, Account] = {}

            def complete() -> bool:
                for table in tables:
                    found[table] = account(
                        rows_in_topic(self.platform, self.names.of(table)), range(1, self.feed.sent + 1)
                    )
                return not any(one.lost for one in found.values())

            eventually(complete)
            return found
        finally:
            if then_flow:
                self.feed.go_on()

    def sunk(self, connector: str, topic: str, *, then_flow: bool = True) -> Account:
        """The rows of a topic in the file of a sink, once every row of the topic is there; the feed rests
        meanwhile.
        """
        file = self.sinks / f"{self.names.sink(connector)}.txt"
        found: list[Account] = []

        def complete() -> bool:
            wanted = {row_id for _, row_id in rows_in_topic(self.platform, self.names.of(topic))}
            found[:] = [account(rows_in_sink(file).get(self.names.of(topic), []), wanted)]
            return not found[0].lost

        self.feed.hold()
        try:
            eventually(complete)
        finally:
            if then_flow:
                self.feed.go_on()
        return found[0]

    def sessions_left(self) -> list[str]:
        """Sessions of the runs so far that the SQL gateway knows although their idle time is over.

        Asking for a session is a sign of life of it, so that there is a whole idle time between two looks.
        """
        left = self.sessions
        for _ in range(_LOOKS_FOR_SESSIONS):
            self.platform.clock.sleep(1.5 * SESSION_IDLE_S)
            left = [one for one in left if self._gateway_knows(one)]
            if not left:
                break
        return left

    def _gateway_knows(self, session: str) -> bool:
        url = f"{self.wired.direct.gateway_url}/v3/sessions/{session}"
        return httpx.get(url, timeout=60).is_success


def eventually(condition: Callable[[], bool], seconds: float = _SETTLE_S) -> bool:
    """Whether it comes to hold within that time."""
    polling = Retrying(
        retry=retry_if_result(lambda holds: not holds),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(_LOOK_S),
        retry_error_callback=lambda _: False,
    )
    return bool(polling(condition))


@contextmanager
def living_project(wired: Wired, folder: Path, prefix: str, *, seed: int) -> Iterator[World]:
    """A project of that prefix with v1.0.0 live; its jobs and connectors end with the block."""
    names = Names(prefix=prefix)
    repository = project.create(folder / "project", names)
    sinks = folder / "sinks"
    sinks.mkdir()
    variables = {
        **wired.variables,
        "BLUEGREEN_VAR_SINK_DIRECTORY": str(sinks),
        "BLUEGREEN_SQL_CACHE": str(folder / "sql-cache"),
    }
    platform = open_platform(
        wired.direct, project_path=str(repository), project_name=prefix, environment=ENVIRONMENT
    )
    with Feed(wired.direct, names.raw, seed=seed) as feed:
        world = World(
            wired=wired,
            names=names,
            runner=Runner(project=repository, folder=folder / "runs", variables=variables),
            platform=platform,
            feed=feed,
            sinks=sinks,
        )
        _bring_live(world, repository, variables)
        yield world
        _clear(world)


def _bring_live(world: World, repository: Path, variables: dict[str, str]) -> None:
    profile = read_configuration((repository / FILE_NAME).read_text()).profiles[ENVIRONMENT]
    own = {name: text for name, text in variables.items() if name.startswith("BLUEGREEN_VAR_")}
    with _ENVIRONMENT:
        os.environ.update(own)
        bring_live(world.platform, profile, release=BASE, say=lambda _: None)
    assert not any(one.lost for one in world.settled(("src", "mid", "fact")).values())


def _clear(world: World) -> None:
    """Leave nothing that takes slots, so that the next project has them."""
    platform, names = world.platform, world.names
    for name in platform.connectors.connectors():
        if names.owns(name):
            platform.connectors.delete_connector(name)
    for job in platform.jobs.jobs():
        if names.owns(job.name) and job.state is not JobState.ENDED:
            platform.jobs.cancel(job.job_id)
