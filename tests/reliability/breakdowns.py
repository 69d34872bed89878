"""What may break under a release: how it is broken and mended, and what the release must then say."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from airflow_bluegreen.core.model import JobState
from tests.reliability.world import World, eventually

_CALM_S = 3.0
_MEND_S = 600.0

Act = Callable[[World], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """``cause``: what a release that stops for it has in its message (a regular expression).

    ``hits_jobs``: Flink's jobs restart over it, blue's as well, with or without a release.
    """

    name: str
    strike: Act
    mend: Act
    cause: str
    hits_jobs: bool = False

    def explains(self, message: str) -> bool:
        return re.search(self.cause, message, re.IGNORECASE) is not None


def mended(world: World, breakdown: Breakdown) -> None:
    """Mend it, and wait until everything that was there before works again."""
    breakdown.mend(world)
    _start_what_ended(world)
    assert eventually(lambda: blue_runs(world), _MEND_S), "blue did not come back"


def blue_runs(world: World) -> bool:
    """Every job of blue is RUNNING, and fills its table."""
    jobs = [
        job for job in world.platform.jobs.jobs() if job.identity and job.identity.table in world.names.blue
    ]
    return len(jobs) == len(world.names.blue) and all(job.state is JobState.RUNNING for job in jobs)


def _start_what_ended(world: World) -> None:
    world.wired.stack.up(keep_jobs=True)


def _down(part: str, cause: str, *, hits_jobs: bool = False) -> Breakdown:
    return Breakdown(
        name=f"{part} killed",
        strike=lambda world: world.wired.stack.halt(part),
        mend=_start_what_ended,
        cause=cause,
        hits_jobs=hits_jobs,
    )


def _cut(pair: str, cause: str, *, back: str = "", hits_jobs: bool = False) -> Breakdown:
    """``back``: the proxy of the other direction, where each side opens connections of its own."""
    halves = [half for half in (pair, back) if half]

    def cut(world: World) -> None:
        for half in halves:
            world.wired.proxies[half].cut()

    def mend(world: World) -> None:
        for half in halves:
            world.wired.proxies[half].mend()

    return Breakdown(
        name=f"network cut: {pair.replace('-', ' – ')}",
        strike=cut,
        mend=mend,
        cause=cause,
        hits_jobs=hits_jobs,
    )


def _fill_disk(world: World) -> None:
    assert world.wired.disk is not None
    world.wired.disk.fill()


def _clear_disk(world: World) -> None:
    assert world.wired.disk is not None
    world.wired.disk.clear()


def _send_unreadable(world: World) -> None:
    """The rows before it are through and in a checkpoint: what is deleted later holds no other row."""
    world.settled(("src",), then_flow=False)
    world.platform.clock.sleep(_CALM_S)
    world.feed.poison(b"\x00\x00\x00\x00\x01this is no Avro")


def _delete_unreadable(world: World) -> None:
    """What people do: the record goes, with all before it, which have been read."""
    admin = AdminClient(dict(world.wired.direct.kafka))
    at = TopicPartition(world.names.raw, 0, world.feed.poisoned)
    for done in admin.delete_records([at]).values():
        done.result(60)
    world.feed.go_on()


BREAKDOWNS = (
    _down("taskmanager", r"job|slot|running|checkpoint|failing|ready", hits_jobs=True),
    _down("jobmanager", r"flink", hits_jobs=True),
    _down("gateway", r"gateway"),
    _down("kafka", r"kafka|ledger|broker", hits_jobs=True),
    _down("connect", r"connect"),
    _down("registry", r"registry", hits_jobs=True),
    _cut("client-gateway", r"gateway"),
    _cut("client-flink", r"flink"),
    _cut("client-kafka", r"kafka|ledger"),
    _cut("client-connect", r"connect"),
    _cut("client-registry", r"registry"),
    _cut("flink-kafka", r"kafka|job|timed out|timeout|ready|behind|failing", hits_jobs=True),
    _cut("flink-registry", r"registry|job|timed out|schema|failing", hits_jobs=True),
    _cut("connect-kafka", r"connect"),
    _cut("connect-registry", r"connect"),
    _cut("gateway-jobmanager", r"gateway|flink"),
    _cut(
        "taskmanager-jobmanager",
        r"flink|job|slot|running|checkpoint|failing|ready",
        back="jobmanager-taskmanager",
        hits_jobs=True,
    ),
    _cut("flink-zookeeper", r"flink", hits_jobs=True),
    Breakdown(
        name="no room for checkpoints",
        strike=_fill_disk,
        mend=_clear_disk,
        cause=r"checkpoint|space|directory|failing",
        hits_jobs=True,
    ),
    Breakdown(
        name="a record that nobody can read",
        strike=_send_unreadable,
        mend=_delete_unreadable,
        cause=r"src|RESTARTING|deseriali|failing|schema|avro",
        hits_jobs=True,
    ),
)
