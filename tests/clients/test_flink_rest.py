"""What the cluster client makes of answers; on a real cluster it runs in the contract suite."""

import time
from typing import Any

import httpx
import pytest

from airflow_bluegreen.clients import flink_identities
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.core.model import JobHealth, JobState, MemoryUse
from airflow_bluegreen.exceptions import StatementError, TransientError


def cluster(answers: dict[str, Any]) -> FlinkCluster:
    """A cluster that answers paths with JSON (or a Response) and everything else with 404."""

    def handler(request: httpx.Request) -> httpx.Response:
        answer = answers.get(request.url.path)
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(404 if answer is None else 200, json=answer)

    return FlinkCluster("http://flink.test", transport=httpx.MockTransport(handler))


def row(job_id: str, state: str, **more: Any) -> dict[str, Any]:
    tasks = {"total": 1, "running": 1}
    return {"jid": job_id, "name": f"dml.{job_id}", "state": state, "start-time": 5, "tasks": tasks, **more}


def config(**parameters: str) -> dict[str, Any]:
    named = {f"bluegreen.{name}": value for name, value in parameters.items()}
    return {"jid": "x", "execution-config": {"user-config": {**named, "other": "1"}}}


FULL = config(environment="e", release="r", statement="s", table="t", fingerprint="f")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("INITIALIZING", JobState.STARTING),
        ("CREATED", JobState.STARTING),
        ("RUNNING", JobState.RUNNING),
        ("RESTARTING", JobState.RESTARTING),
        ("CANCELLING", JobState.UNKNOWN),
        ("FAILING", JobState.UNKNOWN),
        ("SUSPENDED", JobState.UNKNOWN),
        ("A_WORD_OF_FLINK_3", JobState.UNKNOWN),
    ],
)
def test_flinks_words(word: str, state: JobState) -> None:
    (found,) = cluster({"/jobs/overview": {"jobs": [row("a", word)]}, "/jobs/a/config": FULL}).jobs()
    assert (found.state, found.status) == (state, word)


@pytest.mark.parametrize(
    ("times", "unchanged_ms"),
    [
        ({"duration": 900, "last-modification": 105}, 800),
        ({"duration": 0, "last-modification": 7}, 0),
        ({"duration": 900, "last-modification": -1}, None),
        ({"duration": 900, "last-modification": 0}, None),
        ({}, None),
    ],
)
def test_for_how_long_a_job_has_been_as_it_is(times: dict[str, int], unchanged_ms: int | None) -> None:
    rows = [row("a", "RUNNING", **times)]
    (found,) = cluster({"/jobs/overview": {"jobs": rows}, "/jobs/a/config": FULL}).jobs()
    assert found.unchanged_ms == unchanged_ms


def test_jobs_that_have_ended_are_left_out() -> None:
    rows = [row("a", "FINISHED"), row("b", "CANCELED"), row("c", "FAILED"), row("d", "RUNNING")]
    found = cluster({"/jobs/overview": {"jobs": rows}, "/jobs/d/config": FULL}).jobs()
    assert [job.job_id for job in found] == ["d"]


def test_a_job_without_the_whole_identity_has_none() -> None:
    rows = [row("a", "RUNNING"), row("b", "RUNNING"), row("c", "INITIALIZING")]
    answers = {
        "/jobs/overview": {"jobs": rows},
        "/jobs/a/config": config(release="r"),
        "/jobs/b/config": FULL,
        "/jobs/c/config": {"jid": "c", "name": "x"},
    }
    identities = {job.job_id: job.identity for job in cluster(answers).jobs()}
    assert identities["a"] is None
    assert identities["c"] is None
    assert identities["b"] is not None
    assert identities["b"].fingerprint == "f"


def test_a_job_that_vanishes_while_it_is_looked_at_has_ended() -> None:
    assert cluster({"/jobs/overview": {"jobs": [row("a", "RUNNING")]}}).jobs() == ()
    assert cluster({"/jobs/a/status": {"status": "RUNNING"}}).job("a") is None


def test_a_server_error_is_transient_and_a_bad_request_is_not() -> None:
    broken = httpx.Response(500, json={"errors": ["a.B: overloaded"]})
    with pytest.raises(TransientError, match="overloaded"):
        cluster({"/overview": broken}).free_slots()
    wrong = httpx.Response(400, json={"errors": ["a.B: not a job id"]})
    with pytest.raises(StatementError, match="not a job id"):
        cluster({"/jobs/zz/status": wrong}).job("zz")


def progressing(**more: Any) -> dict[str, Any]:
    return {
        "/jobs/a": row("a", "RUNNING", vertices=[], plan={"nodes": []}),
        "/jobs/a/status": {"status": "RUNNING"},
        "/jobs/a/metrics": [],
        "/jobs/a/checkpoints": {
            "latest": {"completed": None, "failed": None, "savepoint": None},
            "counts": {"completed": 0, "failed": 0},
        },
        "/jobs/a/checkpoints/config": {"interval": 5_000, "timeout": 60_000},
        **more,
    }


def test_progress_without_any_metric_yet() -> None:
    progress = cluster(progressing()).progress("a")
    assert progress.state is JobState.RUNNING
    assert (progress.positions, progress.checkpoint_at, progress.state_bytes) == ({}, None, None)
    assert (progress.watermark, progress.restarts, progress.failure) == (None, 0, None)


def test_the_state_is_that_of_now_and_not_the_cached_one() -> None:
    answers = progressing(**{"/jobs/a/status": {"status": "FAILED"}, "/jobs/a/exceptions": {}})
    assert cluster(answers).progress("a").state is JobState.ENDED


def test_a_restarted_job_tells_its_last_failure() -> None:
    trace = "x.Outer: job failed\n\tat a.B.c(B.java:1)\nCaused by: x.Inner: broken record\n"
    answers = progressing(
        **{
            "/jobs/a/metrics": [{"id": "numRestarts", "value": "2"}],
            "/jobs/a/exceptions": {"exceptionHistory": {"entries": [{"stacktrace": trace}]}},
        }
    )
    progress = cluster(answers).progress("a")
    assert (progress.restarts, progress.failure) == (2, "job failed: broken record")


def test_health_asks_for_four_things_and_no_metrics_of_workers() -> None:
    trace = "x.Outer: job failed\n\tat a.B.c(B.java:1)\nCaused by: x.Inner: broken record\n"
    answers = progressing(
        **{
            "/jobs/a/status": {"status": "FAILED"},
            "/jobs/a/exceptions": {"exceptionHistory": {"entries": [{"stacktrace": trace}]}},
            "/jobs/a/checkpoints/config": {"interval": 2**63 - 1, "timeout": 60_000},
        }
    )
    del answers["/jobs/a"], answers["/jobs/a/checkpoints"]
    assert cluster(answers).health("a") == JobHealth(
        job_id="a", failure="job failed: broken record", checkpointed=False
    )
    with pytest.raises(StatementError, match="does not know job b"):
        cluster(answers).health("b")


def test_positions_come_from_sources_and_the_watermark_from_the_end() -> None:
    offset = "Source__a[1].KafkaSourceReader.topic.shop_raw.partition.0.currentOffset"
    vertices = [{"id": "v1", "name": "Source: a[1]"}, {"id": "v2", "name": "Join[2] -> sink: Writer"}]
    plan = {"nodes": [{"id": "v1"}, {"id": "v2", "inputs": [{"id": "v1"}]}]}
    values = {"v1": (offset, "max", 9.0), "v2": ("currentInputWatermark", "min", 1.7e12)}
    answers = progressing(**{"/jobs/a": row("a", "RUNNING", vertices=vertices, plan=plan)})

    def handler(request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        if "vertices" not in parts:
            return httpx.Response(200, json=answers[request.url.path])
        name, aggregate, value = values[parts[4]]
        listed = {"id": name} | ({aggregate: value} if "get" in request.url.params else {})
        return httpx.Response(200, json=[listed, {"id": "numRecordsIn"}])

    client = FlinkCluster(
        "http://flink.test", topics=lambda: ["shop.raw"], transport=httpx.MockTransport(handler)
    )
    progress = client.progress("a")
    assert progress.positions == {("shop.raw", 0): 10}
    assert progress.watermark == 1_700_000_000_000


def test_a_savepoint_that_fails_is_told_with_its_cause() -> None:
    answers: dict[str, Any] = {
        "/jobs/a": row("a", "RUNNING"),
        "/jobs/a/status": {"status": "RUNNING"},
        "/jobs/a/config": FULL,
        "/jobs/a/stop": {"request-id": "x"},
    }

    def handler(request: httpx.Request) -> httpx.Response:
        if "/savepoints/" in request.url.path:
            failure = {"failure-cause": {"stack-trace": "a.B: x\nCaused by: a.C: disk full\n"}}
            return httpx.Response(200, json={"status": {"id": "COMPLETED"}, "operation": failure})
        return httpx.Response(200, json=answers[request.url.path])

    client = FlinkCluster("http://flink.test", transport=httpx.MockTransport(handler))
    with pytest.raises(StatementError, match=r"dml\.a \(a\).*disk full"):
        client.stop_with_savepoint("a")


EARLY: list[dict[str, Any]] = [{"jid": "a"}, {"jid": "a", "execution-config": {}}]


def test_a_job_that_initialises_has_no_identity_and_its_configuration_is_not_asked_for() -> None:
    answers: dict[str, Any] = {
        "/jobs/overview": {"jobs": [row("a", "INITIALIZING")]},
        "/jobs/a/status": {"status": "INITIALIZING"},
        "/jobs/a/config": httpx.Response(500, json={"errors": ["a.B: it would be given for seconds"]}),
        "/jobs/a": httpx.Response(500, json={"errors": ["a.B: and so would they"]}),
    }
    flink = cluster(answers)
    found = flink.job("a")
    assert found is not None
    assert (found.identity, found.state, flink.jobs()) == (None, JobState.STARTING, (found,))
    answers |= {"/jobs/overview": {"jobs": [row("a", "RUNNING")]}, "/jobs/a/config": FULL}
    (listed,) = flink.jobs()
    assert listed.identity is not None
    assert listed.identity.table == "t"


@pytest.mark.parametrize("early", EARLY)
def test_a_job_that_runs_is_asked_again_while_the_answer_is_from_before(early: dict[str, Any]) -> None:
    configurations = iter([early, early, FULL])

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/jobs/a/config":
            return httpx.Response(200, json=next(configurations))
        return httpx.Response(200, json={"jobs": [row("a", "RUNNING")]})

    (found,) = FlinkCluster("http://flink.test", transport=httpx.MockTransport(handler)).jobs()
    assert found.identity is not None
    assert found.identity.fingerprint == "f"


def test_a_job_whose_configuration_stays_empty_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flink_identities, "CACHE_SECONDS", 0.05)
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/jobs/a/config":
            asked.append("a")
            return httpx.Response(200, json={"jid": "a"})
        return httpx.Response(200, json={"jobs": [row("a", "RUNNING")]})

    flink = FlinkCluster("http://flink.test", transport=httpx.MockTransport(handler))
    assert [job.identity for job in flink.jobs()] == [None]
    assert len(asked) > 1
    asked.clear()
    assert [job.identity for job in flink.jobs()] == [None]
    assert len(asked) == 1, "it is waited for once"


@pytest.mark.parametrize("state", ["CREATED", "RESTARTING", "CANCELLING"])
def test_a_job_that_does_not_run_is_not_waited_for(state: str) -> None:
    answers = {"/jobs/overview": {"jobs": [row("a", state)]}, "/jobs/a/config": {"jid": "a"}}
    begun = time.monotonic()
    assert [job.identity for job in cluster(answers).jobs()] == [None]
    assert time.monotonic() - begun < flink_identities.CACHE_SECONDS


def test_a_job_without_any_task_yet_is_starting() -> None:
    """Details from before it was scheduled, under a state of now."""
    early = {"jid": "a", "name": "dml.a", "state": "INITIALIZING", "start-time": 5, "vertices": []}
    answers = {"/jobs/a": early, "/jobs/a/status": {"status": "RUNNING"}, "/jobs/a/config": FULL}
    found = cluster(answers).job("a")
    assert found is not None
    assert found.state is JobState.STARTING


def worker(name: str, slots: int, free: int) -> dict[str, Any]:
    return {"id": name, "slotsNumber": slots, "freeSlots": free}


def metric(name: str, value: str) -> dict[str, str]:
    return {"id": name, "value": value}


def test_capacity_adds_up_the_workers_and_leaves_out_what_is_not_known_yet() -> None:
    answers = {
        "/taskmanagers": {"taskmanagers": [worker("a", 4, 1), worker("b", 4, 4), worker("gone", 2, 2)]},
        "/jobmanager/config": [{"key": "parallelism.default", "value": "3"}],
        "/taskmanagers/a/metrics": [
            metric("Status.JVM.Memory.Heap.Used", "5"),
            metric("Status.JVM.Memory.Heap.Max", "1.0E2"),
            metric("Status.Shuffle.Netty.UsedMemory", "7"),
            metric("Status.JVM.Memory.Metaspace.Used", "7"),
            metric("Status.JVM.Memory.Metaspace.Max", "-1"),
        ],
        "/taskmanagers/b/metrics": [],
    }
    found = cluster(answers).capacity()
    assert (found.unit, found.total, found.free, found.parallelism) == ("task slots", 10, 7, 3)
    assert found.memory == (MemoryUse(worker="a", kind="heap", used=5, limit=100),)
    assert found.state_on_heap
    answers["/jobmanager/config"] = [{"key": "state.backend.type", "value": "rocksdb"}]
    assert not cluster(answers).capacity().state_on_heap


def test_what_a_job_could_read_is_bound_by_its_busiest_part() -> None:
    vertices = [
        {"id": "v1", "name": "Source: a[1]", "parallelism": 2},
        {"id": "v2", "name": "Join[2]", "parallelism": 4},
        {"id": "v3", "name": "Sink", "parallelism": 1},
    ]
    rate = "Source__a[1].numRecordsInPerSecond"
    values = {
        "v1": {"busyTimeMsPerSecond": 100.0, rate: 50.0},
        "v2": {"busyTimeMsPerSecond": 250.0},
        "v3": {"busyTimeMsPerSecond": float("nan")},
    }

    def handler(request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        if "checkpoints" in parts:
            return httpx.Response(200, json={"latest": {"completed": {"state_size": 77}}})
        if "vertices" not in parts:
            return httpx.Response(200, json=row("a", "RUNNING", vertices=vertices))
        found = values[parts[4]]
        if "get" not in request.url.params:
            return httpx.Response(200, json=[{"id": name} for name in found])
        aggregate = request.url.params["agg"]
        asked = request.url.params["get"].split(",")
        return httpx.Response(200, json=[{"id": name, aggregate: str(found[name])} for name in asked])

    client = FlinkCluster("http://flink.test", transport=httpx.MockTransport(handler))
    assert client.read_capacity("a") == 200.0
    weight = client.weight("a")
    assert (weight.slots, weight.state_bytes) == (4, 77)


def test_a_savepoint_that_cannot_be_deleted_is_told_and_one_that_is_gone_is_fine() -> None:
    def answers(cause: str | None) -> dict[str, Any]:
        failure = {"failure-cause": {"stack-trace": cause}} if cause else {}
        return {
            "/savepoint-disposal": {"request-id": "1"},
            "/savepoint-disposal/1": {"status": {"id": "COMPLETED"}, "operation": failure},
        }

    cluster(answers(None)).dispose_savepoint("file:/s")
    cluster(answers("java.io.FileNotFoundException: /s")).dispose_savepoint("file:/s")
    with pytest.raises(StatementError, match=r"savepoint file:/s cannot be deleted: .*disk on fire"):
        cluster(answers("java.io.IOException: disk on fire")).dispose_savepoint("file:/s")
