"""Which rows came through, and how often: by ``row_id`` in a topic, and in the file that a sink wrote."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastavro

from airflow_bluegreen.ports import Platform
from tests.reliability.feed import decoded

_SINK_ROW = re.compile(r"Struct\{id=(?P<id>[^,{]*),row_id=(?P<row_id>\d+),[^{]*_topic=(?P<topic>[^,{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Rows of one topic against those that were sent: ``newest`` is the last ``row_id`` of each key."""

    seen: int
    lost: tuple[int, ...]
    doubled: tuple[int, ...]
    newest: Mapping[str, int]

    @property
    def even(self) -> bool:
        """Every row once."""
        return not self.lost and not self.doubled


def account(rows: Iterable[tuple[str, int]], expected: Iterable[int]) -> Account:
    """Count rows, given as (key, row_id) in their order, against the ids that are expected."""
    times: Counter[int] = Counter()
    newest: dict[str, int] = {}
    for key, row_id in rows:
        times[row_id] += 1
        newest[key] = row_id
    return Account(
        seen=times.total(),
        lost=tuple(sorted(set(expected) - set(times))),
        doubled=tuple(sorted(row_id for row_id, count in times.items() if count > 1)),
        newest=newest,
    )


def rows_in_topic(platform: Platform, topic: str) -> list[tuple[str, int]]:
    """(key, row_id) of every record, in the order of the topic's only partition."""
    begin, end = platform.topics.begin_offsets(topic), platform.topics.end_offsets(topic)
    schemas: dict[int, Any] = {}
    rows: list[tuple[str, int]] = []
    for record in platform.topics.read(topic, begin, end):
        if record.value is None:
            continue
        schema_id = int.from_bytes(record.value[1:5], "big")
        if schema_id not in schemas:
            schemas[schema_id] = fastavro.parse_schema(json.loads(platform.schemas.by_id(schema_id)))
        row = decoded(record.value, schemas[schema_id])
        rows.append((row["id"], row["row_id"]))
    return rows


def rows_in_sink(file: Path) -> dict[str, list[tuple[str, int]]]:
    """(key, row_id) in the order in which a sink wrote them, by the topic that it read them from.

    Half a row is none: a worker that is killed while it writes one writes it again.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for match in _SINK_ROW.finditer(file.read_text() if file.exists() else ""):
        found.setdefault(match["topic"], []).append((match["id"], int(match["row_id"])))
    return found
