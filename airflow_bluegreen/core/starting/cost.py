"""What a release costs: records to read again, state to build anew, slots, time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from airflow_bluegreen.core.model import (
    JobWeight,
    Plan,
    PlannedTable,
    ReleaseCost,
    Start,
    StartDecision,
    TableCost,
)

_FROM_BLUE = frozenset({Start.CARRY_OVER, Start.SEED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLoad:
    """What a topic holds.

    ``cut``: whether retention has deleted records from its beginning; ``oldest_ms`` then when the oldest that
    is left was written (ms since the epoch).
    """

    records: int
    cut: bool = False
    oldest_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLoad:
    """What is known of a table that runs, or is to run.

    :param inputs: topics that it reads, under the names that they have now.
    :param weights: of the jobs that fill it now; none for a new table.
    :param capacity: input records a second that these jobs could read.
    :param started_ms: when the oldest of them was started (ms since the epoch).
    :param keeps_state: None where nobody asked.
    """

    inputs: tuple[str, ...]
    weights: tuple[JobWeight, ...] = ()
    capacity: float | None = None
    started_ms: int | None = None
    keeps_state: bool | None = None

    @property
    def state_bytes(self) -> int | None:
        """The state of all its jobs; None where none has completed a checkpoint."""
        known = [one.state_bytes for one in self.weights if one.state_bytes is not None]
        return sum(known) if known else None

    def records(self, topics: Mapping[str, TopicLoad]) -> int | None:
        """The records that its inputs hold; None where none of these topics exists."""
        found = [topics[name].records for name in self.inputs if name in topics]
        return sum(found) if found else None


def release_cost(
    plan: Plan,
    decisions: Iterable[StartDecision],
    loads: Mapping[str, TableLoad],
    topics: Mapping[str, TopicLoad],
    free_slots: int,
) -> ReleaseCost:
    """What a release costs.

    :param decisions: how each table with a green version starts.
    :param loads: by logical name, those of untouched tables too.
    :param topics: by name; one that does not exist is left out.
    """
    decided = {one.table: one for one in decisions}
    tables = tuple(
        _table_cost(planned, decided[planned.table], loads.get(planned.table), topics)
        for planned in plan.tables
        if planned.green is not None and planned.table in decided
    )
    running = [load for load in loads.values() if load.weights]
    replaced = [one for one in plan.tables if one.blue and one.table in loads and loads[one.table].weights]
    return ReleaseCost(
        tables=tables,
        kept=sum(len(load.weights) for load in running)
        - sum(len(loads[one.table].weights) for one in replaced),
        statements=sum(len(load.weights) for load in running),
        all_records=sum(load.records(topics) or 0 for load in loads.values()),
        all_state_bytes=sum(load.state_bytes or 0 for load in loads.values()),
        free_slots=free_slots,
    )


def _table_cost(
    planned: PlannedTable, decision: StartDecision, load: TableLoad | None, topics: Mapping[str, TopicLoad]
) -> TableCost:
    rebuilt = decision.start is Start.REBUILD
    blue = topics.get(planned.blue or "")
    copied = blue.records if blue and decision.start in _FROM_BLUE else 0
    if load is None:
        return TableCost(table=planned.table, decision=decision, copied=copied)
    records = load.records(topics) if rebuilt else 0
    return TableCost(
        table=planned.table,
        decision=decision,
        records=records,
        copied=copied,
        state_bytes=load.state_bytes if rebuilt else 0,
        slots=max(len(planned.dml), sum(one.slots for one in load.weights)) if planned.dml else 0,
        seconds=records / load.capacity if records is not None and load.capacity else None,
        warnings=tuple(_lost(planned, load, topics)) if rebuilt else (),
    )


def _lost(planned: PlannedTable, load: TableLoad, topics: Mapping[str, TopicLoad]) -> Iterable[str]:
    """What blue's state may hold and a rebuild cannot read any more."""
    if planned.blue is None or not load.keeps_state:
        return
    for name in load.inputs:
        topic = topics.get(name)
        if topic is None or not topic.cut:
            continue
        since = f", it begins at {_date(topic.oldest_ms)}" if topic.oldest_ms is not None else ""
        known = topic.oldest_ms is not None and load.started_ms is not None
        surely = known and (topic.oldest_ms or 0) > (load.started_ms or 0)
        yield (
            f"retention has cut {name}{since}: state that blue "
            f"{'built' if surely else 'may have built'} from older records is not rebuilt"
        )


def _date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, tz=UTC).isoformat(sep=" ", timespec="minutes")
