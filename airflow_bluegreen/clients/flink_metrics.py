"""What Flink's metric names mean (seen on Flink 2.2.1 with the Kafka connector 5.0.0).

* ``<operator>.KafkaSourceReader.topic.<topic>.partition.<n>.currentOffset`` is the offset of the record that
  was read last, −1 before the first. ``….committedOffset`` is the next offset to read as of the last
  checkpoint; it moves only for sources with a consumer group. After a restore only the latter is known until
  new records come.
* Dots in a topic's name are written as underscores. Kafka refuses two topics that would be mistaken for one
  another that way, so the real name can be found among the topics that exist.
* ``<source>.numRecordsInPerSecond`` is what a source reads; ``busyTimeMsPerSecond`` of a task how much of a
  second it works, NaN before it is measured.
* A watermark of −9223372036854775808 means that there is none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from airflow_bluegreen.core.model import MemoryUse, Offsets

_OFFSET = re.compile(
    r"^(?P<operator>.+)\.KafkaSourceReader\.topic\.(?P<topic>.+)\.partition\.(?P<partition>\d+)"
    r"\.(?P<which>currentOffset|committedOffset)$"
)
_WATERMARK = re.compile(r"(?:^|\.)currentInputWatermark$")
_SOURCE = re.compile(r"Source: ([^\[\]\s]+)\[\d+\]")
_RATE = re.compile(r"^Source__.+\.numRecordsInPerSecond$")
_BUSY_MS = 20.0
"""A task that works less than this of a second says nothing of what it could do."""
NO_WATERMARK = -(2**63)


def is_offset(name: str) -> bool:
    """Whether a metric tells a source's position in a partition."""
    return _OFFSET.match(name) is not None


def is_watermark(name: str) -> bool:
    """Whether a metric tells the watermark that an operator has received."""
    return _WATERMARK.search(name) is not None


def is_source_rate(name: str) -> bool:
    """Whether a metric tells how many records a source reads a second."""
    return _RATE.match(name) is not None


def is_busy_time(name: str) -> bool:
    """Whether a metric tells how many milliseconds of a second a task works."""
    return name == "busyTimeMsPerSecond"


def capacity(rate: float, busy_ms: float) -> float | None:
    """Records a second at full work, from those at the work that is done now; None if that is too little.

    :param busy_ms: milliseconds of a second that the busiest task works.
    """
    return rate * 1000 / busy_ms if rate > 0 and busy_ms >= _BUSY_MS else None


def positions(metrics: Mapping[str, float]) -> Offsets:
    """Next offset to read by (topic as the metric spells it, partition); nothing read yet = left out.

    Where two sources of a job read the same partition, the one that is further behind counts.
    """
    by_operator: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for name, value in metrics.items():
        if found := _OFFSET.match(name):
            partition = (found["topic"], int(found["partition"]))
            following = int(value) + 1 if found["which"] == "currentOffset" else int(value)
            known = by_operator[partition].get(found["operator"], 0)
            by_operator[partition][found["operator"]] = max(known, following)
    slowest = {partition: min(operators.values()) for partition, operators in by_operator.items()}
    return {partition: offset for partition, offset in slowest.items() if offset > 0}


def watermark(metrics: Mapping[str, float]) -> int | None:
    """The earliest watermark among those that there are, in ms; None if there is none."""
    known = [int(value) for name, value in metrics.items() if is_watermark(name) and value > NO_WATERMARK]
    return min(known, default=None)


def short_name(vertex: str) -> str:
    """A vertex by what it does: ``Source: orders[1] -> Calc[2] -> Sink: x[3]`` → ``orders[1] … x[3]``."""
    parts = [
        part.removeprefix("Source: ").removeprefix("Sink: ").strip("() ") for part in vertex.split(" -> ")
    ]
    return parts[0] if len(parts) == 1 else f"{parts[0]} … {parts[-1]}"


def tables_read(task: str) -> tuple[str, ...]:
    """The tables whose sources are in a task: ``Source: orders[1] -> Calc[2] (1/4)`` → ``orders``."""
    return tuple(dict.fromkeys(_SOURCE.findall(task)))


def spelled(topic: str) -> str:
    """A topic's name as metrics spell it."""
    return topic.replace(".", "_")


def real_names(offsets: Offsets, topics: Iterable[str]) -> Offsets:
    """The same offsets by the names of existing topics; a name that no topic has stays as it is."""
    names = {spelled(topic): topic for topic in topics}
    return {(names.get(topic, topic), partition): offset for (topic, partition), offset in offsets.items()}


_KINDS = {
    "heap": ("Status.JVM.Memory.Heap.Used", "Status.JVM.Memory.Heap.Max"),
    "metaspace": ("Status.JVM.Memory.Metaspace.Used", "Status.JVM.Memory.Metaspace.Max"),
    "managed": ("Status.Flink.Memory.Managed.Used", "Status.Flink.Memory.Managed.Total"),
    "network": ("Status.Shuffle.Netty.UsedMemory", "Status.Shuffle.Netty.TotalMemory"),
}
"""Kind of memory → the metrics of what is used of it and how much there is."""
MEMORY = tuple(name for pair in _KINDS.values() for name in pair)
"""The metrics of a task manager that :func:`memory` reads."""


def memory(worker: str, metrics: Iterable[Mapping[str, str]]) -> list[MemoryUse]:
    """The memory of a task manager; without what is not measured yet, or has no limit (−1)."""
    values = {metric["id"]: int(float(metric["value"])) for metric in metrics}
    return [
        MemoryUse(worker=worker, kind=kind, used=values[used], limit=values[limit])
        for kind, (used, limit) in _KINDS.items()
        if values.keys() >= {used, limit} and values[limit] > 0
    ]
