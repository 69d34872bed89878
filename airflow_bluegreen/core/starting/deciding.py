"""Which start a table gets, and why not another one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import Column, ColumnKind, PlannedTable, Start, StartDecision
from airflow_bluegreen.core.starting.flink_plan import difference, scanned_twice, state_in

KAFKA = "kafka"
UPSERT_KAFKA = "upsert-kafka"
_FLUSHED = "at-least-once"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTable:
    """A table as a statement's session declares it.

    ``topic`` is empty for a store that is not Kafka; ``options`` are those of the text as Flink gets it.
    """

    name: str
    topic: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def connector(self) -> str:
        """Such as ``kafka`` or ``upsert-kafka``."""
        return self.options.get("connector", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """A statement as its environment's Flink reads it.

    ``target`` is what it fills and ``inputs`` what it reads; ``group`` the consumer group that is its own;
    ``setting`` all that its session is told but for
    the target, in a fixed order and without consumer groups. ``explained`` is Flink's plan with changelog
    modes, empty where nobody asked.
    """

    target: SessionTable
    inputs: tuple[SessionTable, ...]
    group: str = ""
    setting: tuple[str, ...] = ()
    explained: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFacts:
    """What is known for the decision about one table.

    ``blue`` is None where git does not hold what blue runs, ``unknown`` says then why.
    """

    green: StatementFacts
    blue: StatementFacts | None = None
    unknown: str = ""


def decide(planned: PlannedTable, facts: StartFacts | None) -> StartDecision:
    """How a table starts.

    :param facts: None for a table that is not filled by one INSERT alone, or whose wish needs no facts.
    """
    wish = planned.start.start
    if wish is Start.REBUILD or planned.green is None:
        return _decision(planned, Start.REBUILD, "its inputs are read from their beginning")
    if planned.blue is None and wish is not Start.LATEST:
        return _decision(planned, Start.REBUILD, "it is new: there is nothing to take over")
    if facts is None:
        return _refused(planned, "it is not filled by one INSERT alone")
    if wish is Start.AUTO:
        return _automatic(planned, facts)
    reason = _REFUSALS[wish](planned, facts)
    if reason is not None:
        return _refused(planned, reason)
    return _decision(planned, wish, _WHY[wish])


def _decision(planned: PlannedTable, start: Start, why: str) -> StartDecision:
    return StartDecision(table=planned.table, start=start, why=why)


def _refused(planned: PlannedTable, reason: str) -> StartDecision:
    wish = planned.start.start
    if planned.start.or_rebuild:
        return _decision(planned, Start.REBUILD, f"not {wish}: {reason}")
    return StartDecision(table=planned.table, start=wish, why=_WHY.get(wish, ""), refused=reason)


def _automatic(planned: PlannedTable, facts: StartFacts) -> StartDecision:
    """What gives the data that a rebuild would give, the cheapest first."""
    seed = _seed_refusal(planned, facts)
    if seed is None:
        return _decision(planned, Start.SEED, _WHY[Start.SEED])
    carry = _carry_over_refusal(planned, facts) or _rows_differ(planned)
    if carry is None:
        return _decision(planned, Start.CARRY_OVER, _WHY[Start.CARRY_OVER])
    append = facts.green.target.connector == KAFKA
    return _decision(
        planned, Start.REBUILD, f"not {'carry_over' if append else 'seed'}: {carry if append else seed}"
    )


def _rows_differ(planned: PlannedTable) -> str | None:
    expected = planned.expected
    columns = (*expected.changed, *expected.added)
    if columns:
        return f"rows that were written before would keep blue's {', '.join(columns)}"
    return "the change may alter which rows there are" if expected.rows_may_change else None


def _taken_over(planned: PlannedTable, facts: StartFacts) -> str | None:
    """What forbids to go on from anything of blue's."""
    if facts.blue is None:
        return facts.unknown
    if planned.parents:
        return f"its input {planned.parents[0]} gets a new version, whose offsets are others"
    return None


def _seed_refusal(planned: PlannedTable, facts: StartFacts) -> str | None:
    forbidden = _taken_over(planned, facts)
    blue, green = facts.blue, facts.green
    if forbidden or blue is None:
        return forbidden
    if {blue.target.connector, green.target.connector} != {UPSERT_KAFKA}:
        return "only a table with one row a key can be filled from blue and from its state at once"
    if planned.columns != planned.blue_columns:
        return "its columns changed"
    if blue.setting != green.setting:
        return "its inputs or settings are declared differently than for blue"
    return difference(blue.explained, green.explained)


def _carry_over_refusal(planned: PlannedTable, facts: StartFacts) -> str | None:
    forbidden = _taken_over(planned, facts)
    blue, green = facts.blue, facts.green
    if forbidden or blue is None:
        return forbidden
    if {blue.target.connector, green.target.connector} != {KAFKA}:
        return "it is no append-only table in Kafka"
    if blue.target.options.get("sink.delivery-guarantee", _FLUSHED) != _FLUSHED:
        return "blue does not flush its rows before it commits its offsets (sink.delivery-guarantee)"
    return _no_offsets(blue, green) or _columns_refusal(planned) or _not_stateless(blue, green)


def _no_offsets(blue: StatementFacts, green: StatementFacts) -> str | None:
    """Why blue's committed offsets do not say where green begins."""
    read = {one.topic for one in blue.inputs}
    for one in (*blue.inputs, *green.inputs):
        if one.connector != KAFKA:
            return f"its input {one.name} is read through {one.connector or 'no connector'}, not kafka"
        if one.topic not in read:
            return f"it reads {one.name}, which blue does not"
    groups = {one.options.get("properties.group.id", "") for one in blue.inputs}
    if groups != {blue.group} or len(read) != len(blue.inputs):
        return "blue's sources do not share one consumer group of their own"
    if any(one.options.get("properties.enable.auto.commit") == "true" for one in blue.inputs):
        return "blue commits offsets between checkpoints (enable.auto.commit)"
    return None


def _not_stateless(blue: StatementFacts, green: StatementFacts) -> str | None:
    for side, one in (("", green), ("blue: ", blue)):
        reason = state_in(one.explained)
        twice = scanned_twice(one.explained)
        if reason or twice:
            return side + (reason or f"it reads {twice} in two places")
    return None


def _columns_refusal(planned: PlannedTable) -> str | None:
    before = {column.name: column for column in planned.blue_columns}
    for column in planned.columns:
        if column.kind is not ColumnKind.PHYSICAL:
            continue
        old = before.get(column.name)
        if old is None and not column.nullable:
            return f"column {column.name} is new and may not be null"
        if old is not None and not _fits(old, column):
            return f"column {column.name} changed from {old.type} to {column.type}"
    return None


def _fits(old: Column, new: Column) -> bool:
    return (old.type, old.kind) == (new.type, new.kind) and (new.nullable or not old.nullable)


def _latest_refusal(planned: PlannedTable, facts: StartFacts) -> str | None:
    """Upsert inputs are always read in full; a start at the end needs another input to mean anything."""
    if any(one.connector == KAFKA for one in facts.green.inputs):
        return None
    return "none of its inputs is an append-only table in Kafka, which alone can be read from its end"


_REFUSALS = {
    Start.SEED: _seed_refusal,
    Start.CARRY_OVER: _carry_over_refusal,
    Start.LATEST: _latest_refusal,
}
_WHY = {
    Start.SEED: "Flink plans it as blue: its state and its rows are taken over",
    Start.CARRY_OVER: "it keeps no state: blue's rows are copied and it goes on where they end",
    Start.LATEST: "it begins at the end of its inputs, without history",
}
