from collections.abc import Iterable
from dataclasses import replace

import pytest

from airflow_bluegreen.core.drift import (
    DriftKind,
    Expected,
    Found,
    WantedConnector,
    WantedJob,
    WantedTopic,
    compare,
)
from airflow_bluegreen.core.model import ConnectorState, Job, JobIdentity, JobState, Topic

JOB = Job(job_id="1", name="dml.t", state=JobState.RUNNING, status="RUNNING", started_at=0)
SAYS = JobIdentity(environment="e", release="v1", statement="dml.t", table="t", fingerprint="f")
NAMED = replace(JOB, identity=SAYS)
WANTED = WantedJob(table="t", name="dml.t", statement="dml.t", fingerprint="f")
FAILING = replace(NAMED, state=JobState.RESTARTING, status="RESTARTING")


def of_jobs(wanted: Iterable[WantedJob], *jobs: Job, free: Iterable[str] = ()) -> list[DriftKind]:
    expected = Expected(jobs=tuple(wanted), free=frozenset(free))
    found = Found(jobs=tuple(("t", job) for job in jobs))
    return [one.kind for one in compare(expected, found)]


@pytest.mark.parametrize(
    ("wanted", "jobs", "kinds"),
    [
        pytest.param(WANTED, (NAMED,), [], id="as-wanted"),
        pytest.param(WANTED, (), [DriftKind.JOB_MISSING], id="missing"),
        pytest.param(WANTED, (FAILING,), [DriftKind.JOB_TROUBLED], id="restarting"),
        pytest.param(replace(WANTED, running=False), (FAILING,), [], id="need-not-run"),
        pytest.param(replace(WANTED, fingerprint="g"), (NAMED,), [DriftKind.JOB_DIFFERS], id="other-sql"),
        pytest.param(WANTED, (NAMED, replace(NAMED, job_id="2")), [DriftKind.JOB_TWICE], id="twice"),
        pytest.param(WANTED, (JOB,), [], id="adopted-by-name"),
        pytest.param(WANTED, (replace(JOB, name="insert-into_t"),), [], id="adopted-as-the-only-one"),
        pytest.param(
            replace(WANTED, role="planned"),
            (JOB,),
            [DriftKind.JOB_MISSING, DriftKind.JOB_UNKNOWN],
            id="a-planned-job-must-say-so-itself",
        ),
        pytest.param(WantedJob(table="t", role="kept"), (JOB, NAMED), [], id="any-will-do"),
    ],
)
def test_jobs(wanted: WantedJob, jobs: tuple[Job, ...], kinds: list[DriftKind]) -> None:
    jobs = tuple(replace(job, job_id=str(number)) for number, job in enumerate(jobs))
    assert of_jobs([wanted], *jobs) == kinds


def test_a_job_that_nobody_wants_is_unknown_unless_its_table_is_free() -> None:
    assert of_jobs([], NAMED) == [DriftKind.JOB_UNKNOWN]
    assert of_jobs([], NAMED, free=["t"]) == []


def test_two_statements_of_a_table_are_two_jobs() -> None:
    second = WantedJob(table="t", name="dml.t.2", statement="dml.t.2")
    other = replace(NAMED, job_id="2", name="dml.t.2", identity=replace(SAYS, statement="dml.t.2"))
    assert of_jobs([WANTED, second], NAMED, other) == []
    assert of_jobs([WANTED, second], NAMED) == [DriftKind.JOB_MISSING]


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (Topic(name="t", partitions=2, config={"cleanup.policy": "compact", "x": "y"}), []),
        (None, ["topic t is missing"]),
        (
            Topic(name="t", partitions=1),
            ["topic t: it has 1 partitions, not 2; cleanup.policy is unset, not compact"],
        ),
    ],
)
def test_topics(there: Topic | None, told: list[str]) -> None:
    wanted = WantedTopic(name="t", partitions=2, config={"cleanup.policy": "compact"})
    drift = compare(Expected(topics=(wanted,)), Found(topics={"t": there}))
    assert [one.what for one in drift] == told


CONNECTOR = ConnectorState(
    name="sink", config={"topics": "t", "x": "1"}, offsets={("t", 0): 7}, state="RUNNING"
)


@pytest.mark.parametrize(
    ("wanted", "there", "told"),
    [
        (WantedConnector(name="sink", topics=frozenset({"t"})), CONNECTOR, []),
        (WantedConnector(name="sink"), None, ["connector sink is absent"]),
        (WantedConnector(name="sink", topics=frozenset({"u"})), CONNECTOR, ["connector sink reads t"]),
        (
            WantedConnector(name="sink", config={"topics": "t", "x": "2"}),
            CONNECTOR,
            ["connector sink has another x"],
        ),
        (
            WantedConnector(name="sink"),
            replace(CONNECTOR, state="FAILED"),
            ["connector sink is FAILED"],
        ),
        (WantedConnector(name="sink", state="STOPPED"), replace(CONNECTOR, state="STOPPED"), []),
        (WantedConnector(name="sink", offsets={("t", 0): 7}), CONNECTOR, []),
        (
            WantedConnector(name="sink", offsets={("t", 0): 8}),
            CONNECTOR,
            ["connector sink lost its offsets of t-0"],
        ),
    ],
)
def test_connectors(wanted: WantedConnector, there: ConnectorState | None, told: list[str]) -> None:
    drift = compare(Expected(connectors=(wanted,)), Found(connectors={"sink": there}))
    assert [one.what for one in drift] == told


def test_what_is_meant_to_be_gone() -> None:
    expected = Expected(
        subjects=("s",), gone_topics=("t",), gone_subjects=("t-value",), gone_connectors=("sink",)
    )
    there = Found(
        topics={"t": Topic(name="t", partitions=1)},
        subjects=frozenset({"t-value"}),
        connectors={"sink": CONNECTOR},
    )
    assert [one.kind for one in compare(expected, there)] == [
        DriftKind.TOPIC_LEFT,
        DriftKind.SUBJECT_MISSING,
        DriftKind.SUBJECT_LEFT,
        DriftKind.CONNECTOR_LEFT,
    ]
    gone = Found(subjects=frozenset({"s"}), connectors={"sink": None})
    assert compare(expected, gone) == ()


@pytest.mark.parametrize("kind", DriftKind)
def test_every_kind_has_a_remedy(kind: DriftKind) -> None:
    (drift,) = compare(Expected(), Found(jobs=(("t", JOB),)))
    assert replace(drift, kind=kind).remedy
