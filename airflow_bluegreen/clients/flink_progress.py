"""How far a Flink job has come, and how its operators fare, as the JobManager's REST API tells it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Protocol

from airflow_bluegreen.clients import flink_metrics
from airflow_bluegreen.clients.java_errors import root_cause
from airflow_bluegreen.core.model import Checkpoints, JobWeight, Offsets, OperatorLoad

_METRICS_A_REQUEST = 40
_DISABLED_MS = 2**63 - 1
_NO_SLOTS = "NoResourceAvailableException"
_LOADS = ("busyTimeMsPerSecond", "backPressuredTimeMsPerSecond")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job failed last: the root exception as one line, and the tables that the failed task reads.

    An exception about a record does not say which topic it is from; the task's name has its table. On a
    standalone cluster a job that does not get its slots fails at once, elsewhere it waits for them.
    """

    cause: str | None = None
    reading: tuple[str, ...] = ()
    lacks_slots: bool = False


class Get(Protocol):
    """A request that reads: the JSON of a path, with its parameters."""

    def __call__(self, path: str, params: Mapping[str, str] | None = None, /) -> Any: ...


class Find(Protocol):
    """A request that reads; None where the server does not know what is asked for."""

    def __call__(self, path: str, /) -> dict[str, Any] | None: ...


class JobDetails:
    """Reads the details of jobs.

    :param topics: names of the Kafka topics that exist; see :func:`flink_metrics.real_names`.
    """

    def __init__(self, get: Get, find: Find, topics: Callable[[], Iterable[str]] | None) -> None:
        self._get = get
        self._find = find
        self._topics = topics

    def restarts(self, job_id: str) -> int:
        """How often the job was restarted since it was submitted."""
        values = self._get(f"/jobs/{job_id}/metrics", {"get": "numRestarts"})
        return int(float(values[0]["value"])) if values else 0

    def failure(self, job_id: str) -> "Failure":
        """The newest entry of the exception history; nothing in it where there is none."""
        history = self._get(f"/jobs/{job_id}/exceptions", {"maxExceptions": "1"}).get("exceptionHistory", {})
        entries = history.get("entries") or []
        if not entries:
            return Failure()
        trace = entries[0].get("stacktrace") or entries[0]["exceptionName"]
        return Failure(
            cause=root_cause([trace], depth=2),
            reading=flink_metrics.tables_read(entries[0].get("taskName") or ""),
            lacks_slots=_NO_SLOTS in trace,
        )

    def checkpointed(self, job_id: str) -> bool:
        """Whether the job takes checkpoints at all."""
        return self._checkpointing(job_id) is not None

    def _checkpointing(self, job_id: str) -> Mapping[str, Any] | None:
        """How its checkpoints are set; None where it takes none."""
        settings = self._find(f"/jobs/{job_id}/checkpoints/config")
        return settings if settings and int(settings["interval"]) < _DISABLED_MS else None

    def checkpoints(self, job_id: str) -> tuple[Checkpoints, Mapping[str, Any]]:
        """What the checkpoints have come to, and the newest of each sort as Flink describes them."""
        settings = self._checkpointing(job_id)
        stored = self._find(f"/jobs/{job_id}/checkpoints") if settings else None
        if settings is None or stored is None:
            return Checkpoints(enabled=False), {}
        completed, failed = stored["latest"].get("completed") or {}, stored["latest"].get("failed") or {}
        counts = stored["counts"]
        newer = int(failed.get("id", -1)) > int(completed.get("id", -1))
        return Checkpoints(
            interval_ms=int(settings["interval"]),
            timeout_ms=int(settings["timeout"]),
            completed=int(counts["completed"]),
            failed=int(counts["failed"]),
            failure=root_cause([failed.get("failure_message") or ""]) if newer else None,
        ), stored["latest"]

    def weight(self, job_id: str, row: Mapping[str, Any]) -> JobWeight:
        """Slots and state. A slot holds one subtask of each operator, as long as nobody gives them slot
        sharing groups.
        """
        completed = self._get(f"/jobs/{job_id}/checkpoints")["latest"].get("completed") or {}
        return JobWeight(
            slots=max((vertex["parallelism"] for vertex in row["vertices"]), default=1),
            state_bytes=completed.get("state_size"),
        )

    def read_capacity(self, job_id: str, row: Mapping[str, Any]) -> float | None:
        """Records a second that it could read, by how many it reads and how busy its busiest part is."""
        rates, busy = 0.0, 0.0
        for vertex in row["vertices"]:
            found = self._metrics(job_id, vertex["id"], flink_metrics.is_busy_time, "max")
            busy = max(busy, *(value for value in found.values() if not isnan(value)), 0.0)
            if "Source: " in vertex["name"]:
                rates += sum(
                    self._metrics(job_id, vertex["id"], flink_metrics.is_source_rate, "sum").values()
                )
        return flink_metrics.capacity(rates, busy)

    def positions(self, job_id: str, row: Mapping[str, Any]) -> Offsets:
        """Next offset to read of every partition that is read."""
        metrics: dict[str, float] = {}
        for vertex in row["vertices"]:
            if "Source: " in vertex["name"]:
                metrics |= self._metrics(job_id, vertex["id"], flink_metrics.is_offset)
        found = flink_metrics.positions(metrics)
        if self._topics is None or not any("_" in topic for topic, _ in found):
            return found
        return flink_metrics.real_names(found, self._topics())

    def watermark(self, job_id: str, row: Mapping[str, Any]) -> int | None:
        """Of the last vertices, which have the earliest watermark of everything before them."""
        nodes = row.get("plan", {}).get("nodes", [])
        read = {given["id"] for node in nodes for given in node.get("inputs", [])}
        last = [vertex["id"] for vertex in row["vertices"] if vertex["id"] not in read]
        marks = [
            flink_metrics.watermark(self._metrics(job_id, vertex, flink_metrics.is_watermark, "min"))
            for vertex in last
        ]
        return min((mark for mark in marks if mark is not None), default=None)

    def loads(self, job_id: str, row: Mapping[str, Any]) -> tuple[OperatorLoad, ...]:
        """Every vertex in the order of the flow; those that have not reported yet are left out."""
        found = []
        for vertex in row["vertices"]:
            path = f"/jobs/{job_id}/vertices/{vertex['id']}/subtasks/metrics"
            answer = self._get(path, {"get": ",".join(_LOADS), "agg": "max"})
            values = {one["id"]: float(one["max"]) / 1000 for one in answer if "max" in one}
            if values.keys() >= set(_LOADS):
                busy, pressed = (min(1.0, values[name]) for name in _LOADS)
                found.append(
                    OperatorLoad(
                        name=flink_metrics.short_name(vertex["name"]), busy=busy, back_pressured=pressed
                    )
                )
        return tuple(found)

    def _metrics(
        self, job_id: str, vertex: str, wanted: Callable[[str], bool], aggregate: str = "max"
    ) -> dict[str, float]:
        """Metrics of a vertex over its subtasks: only one of them reads a partition."""
        path = f"/jobs/{job_id}/vertices/{vertex}/subtasks/metrics"
        names = [metric["id"] for metric in self._get(path) if wanted(metric["id"])]
        values: dict[str, float] = {}
        for start in range(0, len(names), _METRICS_A_REQUEST):
            chosen = ",".join(names[start : start + _METRICS_A_REQUEST])
            answer = self._get(path, {"get": chosen, "agg": aggregate})
            values |= {metric["id"]: float(metric[aggregate]) for metric in answer if aggregate in metric}
        return values
