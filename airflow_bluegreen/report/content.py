"""What a report tells, as data; the page, the JSON and the Markdown are three readers of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_bluegreen.core.model import Plan, PlannedTable, ReleaseCost, TableComparison, Verdict


class Standing(StrEnum):
    """How a table of the release stands, the most urgent first; the value is its CSS class and its word."""

    FAIL = "fail"
    WARN = "warn"
    PENDING = "pending"
    EXPECTED = "expected"
    NEW = "new"
    REMOVED = "removed"
    PASS = "pass"  # noqa: S105 -- no password


WORDS: Mapping[Standing, str] = {
    Standing.FAIL: "unexplained differences",
    Standing.WARN: "worth a look",
    Standing.PENDING: "not compared yet",
    Standing.EXPECTED: "only expected differences",
    Standing.NEW: "new, its checks pass",
    Standing.REMOVED: "removed",
    Standing.PASS: "no difference",
}

URGENT = (Standing.FAIL, Standing.WARN, Standing.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A release and what is known of it so far.

    :param comparisons: of the tables compared so far.
    :param lineage: logical table → its inputs, logical names and external tables, of the whole project.
    :param generated_at: the time to show, as it is to be read.
    :param cost: what the release costs against a full dual environment; None where nobody could be asked.
    :param cut_over: what was seen after the cut-over, a line each; None before it.
    :param sources: the texts of the files that the release rewrites, before it did, by path.
    :param preflight: what the preflight of a dry run found, a line each; None for a release.
    """

    plan: Plan
    comparisons: tuple[TableComparison, ...]
    lineage: Mapping[str, tuple[str, ...]]
    generated_at: str
    cost: ReleaseCost | None = None
    cut_over: tuple[str, ...] | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    preflight: tuple[str, ...] | None = None

    def comparison(self, table: str) -> TableComparison | None:
        """The comparison of a table, given by its logical name; None where there is none yet."""
        return next((one for one in self.comparisons if one.table == table), None)

    def standing(self, planned: PlannedTable) -> Standing:
        """How a table of the plan stands."""
        if planned.green is None:
            return Standing.REMOVED
        found = self.comparison(planned.table)
        return Standing.PENDING if found is None else standing_of(found)

    @property
    def standings(self) -> Mapping[str, Standing]:
        """Of every table of the plan, by logical name."""
        return {planned.table: self.standing(planned) for planned in self.plan.tables}

    @property
    def by_urgency(self) -> tuple[PlannedTable, ...]:
        """The tables of the plan, those that need a look first; otherwise in the plan's order."""
        order, standings = list(Standing), self.standings
        return tuple(sorted(self.plan.tables, key=lambda one: order.index(standings[one.table])))


def standing_of(comparison: TableComparison) -> Standing:
    """How a compared table stands."""
    if comparison.verdict is Verdict.FAIL:
        return Standing.FAIL
    if comparison.verdict is Verdict.WARN:
        return Standing.WARN
    if comparison.new:
        return Standing.NEW
    return Standing.EXPECTED if comparison.expected else Standing.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What the report says on top: how it stands, in a few words, and a sentence."""

    standing: Standing
    text: str
    detail: str


def headline(report: Report) -> Headline:
    """The verdict over all tables, for whoever has to decide."""
    tables: dict[Standing, list[str]] = {}
    for table, standing in report.standings.items():
        tables.setdefault(standing, []).append(table)
    done = report.cut_over is not None
    if not report.plan.tables and not report.plan.connectors:
        return Headline(
            standing=Standing.PASS, text="Nothing to deploy", detail="Every statement keeps running."
        )
    if report.preflight is not None:
        found = report.preflight[-1:] or ("",)
        return Headline(
            standing=Standing.PENDING, text="Dry run", detail=f"Nothing was changed. Preflight: {found[0]}"
        )
    if failed := tables.get(Standing.FAIL):
        text = "Cut over in spite of failures" if done else "Do not cut over"
        return Headline(
            standing=Standing.FAIL, text=text, detail=f"Nothing explains what differs in {_listed(failed)}."
        )
    if pending := tables.get(Standing.PENDING):
        return Headline(
            standing=Standing.PENDING, text="Incomplete", detail=f"Not compared yet: {_listed(pending)}."
        )
    if doubtful := tables.get(Standing.WARN):
        text = "Cut over with warnings" if done else "Look before you cut over"
        return Headline(
            standing=Standing.WARN, text=text, detail=f"There are warnings in {_listed(doubtful)}."
        )
    detail = _differences(len(tables.get(Standing.EXPECTED, ())))
    text = "Cut over" if done else "Ready to cut over"
    after = "; the sink connectors read green" if done and report.plan.connectors else ""
    return Headline(standing=Standing.PASS, text=text, detail=f"{detail}{after}.")


def _differences(expected: int) -> str:
    if not expected:
        return "Nothing differs"
    return f"Only differences that the change explains, in {counted(expected, 'table')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A check that found something, and whether the change explains it."""

    table: str
    check: str
    standing: Standing
    detail: str
    rule: str


def remarks(comparison: TableComparison) -> Iterator[Remark]:
    """The checks of a table that found something, the gravest first."""
    order = (Standing.FAIL, Standing.WARN, Standing.EXPECTED)
    found = [
        Remark(
            table=comparison.table,
            check=check.check,
            standing=Standing.EXPECTED if check.expected else Standing(check.verdict),
            detail=check.detail,
            rule=check.rule,
        )
        for check in comparison.checks
        if check.expected or check.verdict is not Verdict.PASS
    ]
    return iter(sorted(found, key=lambda one: order.index(one.standing)))


def unexplained(report: Report) -> tuple[Remark, ...]:
    """What nobody expected, failures first."""
    found = [one for comparison in report.comparisons for one in remarks(comparison)]
    return tuple(
        one for standing in (Standing.FAIL, Standing.WARN) for one in found if one.standing is standing
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What was expected of a table and why, and what was found of it."""

    table: str
    green: str
    because: tuple[str, ...]
    columns: tuple[str, ...]
    rows_may_change: bool
    found: tuple[Remark, ...]


def explained(report: Report) -> tuple[Explained, ...]:
    """The tables in which the change lets something differ, in the plan's order."""
    return tuple(
        _explained(planned, report.comparison(planned.table))
        for planned in report.plan.tables
        if planned.green and planned.blue and expects_something(planned)
    )


def expects_something(planned: PlannedTable) -> bool:
    """Whether anything may differ from blue in a table."""
    expected = planned.expected
    return bool(expected.changed or expected.added or expected.removed or expected.rows_may_change)


def _explained(planned: PlannedTable, comparison: TableComparison | None) -> Explained:
    expected = planned.expected
    marked = (
        *expected.changed,
        *(f"+{name}" for name in expected.added),
        *(f"−{name}" for name in expected.removed),
    )
    found = remarks(comparison) if comparison else iter(())
    return Explained(
        table=planned.table,
        green=planned.green or "",
        because=expected.reasons,
        columns=marked,
        rows_may_change=expected.rows_may_change,
        found=tuple(one for one in found if one.standing is Standing.EXPECTED),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spared:
    """What a full dual environment would have done to the ``whole``, and how much of it was ``kept``."""

    what: str
    kept: int
    whole: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.kept / self.whole if self.whole else 1.0


def spared(report: Report) -> tuple[Spared, ...]:
    """What the release left alone, against a second environment beside the whole first one."""
    plan, cost = report.plan, report.cost
    replaced = sum(planned.blue is not None for planned in plan.tables)
    found = [Spared(what="tables", kept=len(plan.untouched), whole=len(plan.untouched) + replaced)]
    if cost is None:
        return tuple(found)
    read, built = max(0, cost.all_records - cost.records), max(0, cost.all_state_bytes - cost.state_bytes)
    return (
        *found,
        Spared(what="records", kept=read, whole=cost.all_records),
        Spared(what="state", kept=built, whole=cost.all_state_bytes),
    )


def counted(number: int, what: str) -> str:
    """``1 table``, ``2,000 tables``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _listed(names: list[str], most: int = 6) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
