"""The plan and its outcome for people: terminal and Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table as RichTable
from rich.text import Text
from rich.tree import Tree

from airflow_bluegreen.core.markdown import cell, table
from airflow_bluegreen.core.model import (
    Plan,
    PlannedTable,
    Start,
    Trigger,
)

NOTHING = "–"
HEADINGS = ("blue table", "green table", "statement", "trigger")
_READING_ORDER = (
    Trigger.MODIFIED,
    Trigger.SCHEMA_CHANGE,
    Trigger.REQUESTED,
    Trigger.SIDE_EFFECT,
    Trigger.NEW,
    Trigger.REMOVED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A line of the plan as people read it: causes first, then what follows from them."""

    blue: str
    green: str
    statement: str
    trigger: Trigger
    why: str


def plan_rows(plan: Plan) -> tuple[PlanRow, ...]:
    """The impacted tables, by trigger and within one trigger in the plan's order."""
    ordered = sorted(plan.tables, key=lambda planned: _READING_ORDER.index(planned.trigger))
    return tuple(
        PlanRow(
            blue=planned.blue or NOTHING,
            green=planned.green or NOTHING,
            statement=statement_names(planned),
            trigger=planned.trigger,
            why=_why(planned),
        )
        for planned in ordered
    )


def plan_table(plan: Plan) -> RichTable:
    """The rows as a table for the terminal; the caption says what keeps running."""
    shown = RichTable(*HEADINGS, title=Text(headline_of(plan)), title_justify="left", caption=_kept(plan))
    for row in plan_rows(plan):
        # Text, as names and SQL may hold brackets that rich would read as markup
        shown.add_row(*map(Text, (row.blue, row.green, row.statement, str(row.trigger))))
    return shown


def plan_tree(plan: Plan) -> Tree:
    """Why each table is in: causes at the top, below each what reads it."""
    tree = Tree(Text(headline_of(plan)))
    branches: dict[str, Tree] = {}
    for planned in _causes_first(plan):
        above = branches.get(planned.path[-2], tree) if len(planned.path) > 1 else tree
        names = f"{planned.blue or NOTHING} → {planned.green or NOTHING}"
        label = f"{planned.table} ({names}) {planned.trigger}"
        branches[planned.table] = above.add(Text(": ".join(filter(None, (label, _details(planned))))))
    for connector in plan.connectors:
        topics = f"{_listed(connector.blue_topics)} → {_listed(connector.green_topics)}"
        tree.add(Text(f"connector {connector.name} ({topics}) {connector.action}"))
    for line in pins(plan):
        tree.add(Text(line))
    return tree


def _causes_first(plan: Plan) -> Iterator[PlannedTable]:
    """Every table behind the one that brought it here; in the plan's order otherwise.

    A table that a statement set brought here may stand before its cause in the plan.
    """
    names = {planned.table for planned in plan.tables}
    told: set[str] = set()
    early: dict[str, list[PlannedTable]] = {}
    for planned in plan.tables:
        cause = planned.path[-2] if len(planned.path) > 1 else ""
        if cause in names and cause not in told:
            early.setdefault(cause, []).append(planned)
            continue
        ready = [planned]
        while ready:
            told.add(ready[-1].table)
            yield (one := ready.pop())
            ready += early.pop(one.table, [])


def pins(plan: Plan) -> tuple[str, ...]:
    """What stays with blue, why, what that costs, and what a later release does about it; a sentence each."""
    lines = [f"{one.table} stays on {', '.join(one.reads.values())}: {one.because}" for one in plan.pinned]
    if plan.kept:
        lines.append(
            f"the jobs and topics of {', '.join(plan.kept)} stay for that; the next release that reaches "
            "a table which stays moves it to the version that is live then"
        )
    if plan.freed:
        lines.append(f"{', '.join(plan.freed)} was kept so far and is read by nobody after this release")
    return tuple(lines)


def plan_markdown(plan: Plan) -> str:
    """The plan as a page: the table, why, the connectors, what keeps running."""
    lines = [f"## {cell(headline_of(plan))}", ""]
    if not plan.tables and not plan.connectors:
        return "\n".join([*lines, "Nothing to deploy.", "", cell(_kept(plan)), ""])
    rows = [(row.blue, row.green, row.statement, str(row.trigger), row.why) for row in plan_rows(plan)]
    lines += table((*HEADINGS, "why"), rows)
    if plan.connectors:
        moves = [
            (one.name, str(one.action), _listed(one.blue_topics), _listed(one.green_topics))
            for one in plan.connectors
        ]
        lines += ["", *table(("connector", "action", "blue topics", "green topics"), moves)]
    lines += ["", *(f"- {cell(line)}" for line in pins(plan))] if pins(plan) else []
    return "\n".join([*lines, "", cell(_kept(plan)), ""])


def headline_of(plan: Plan) -> str:
    """What is released over what, and where."""
    base = f" over {plan.base_release or plan.base.ref}" if plan.base else ""
    return f"{plan.project} {plan.release.ref}{base} in {plan.environment}"


def _kept(plan: Plan) -> str:
    total = len(plan.untouched) + sum(planned.green is not None for planned in plan.tables)
    pinned = f", {len(plan.pinned)} of them on blue" if plan.pinned else ""
    return f"{len(plan.untouched)} of {total} tables keep running untouched{pinned}"


def statement_names(planned: PlannedTable) -> str:
    """The statements that fill a table, else the one that creates it, in one line."""
    names = [one.name for one in planned.dml] + [one.statement for one in planned.shared]
    return ", ".join(names or [one.name for one in planned.statements]) or NOTHING


def _why(planned: PlannedTable) -> str:
    way = " → ".join(planned.path) if len(planned.path) > 1 else ""
    return "; ".join(part for part in (way, _details(planned)) if part)


def why_in_words(planned: PlannedTable) -> str:
    """Why a table is in the plan, and what is expected of its data, in one line."""
    return ": ".join(part for part in (str(planned.trigger), _why(planned)) if part)


def _details(planned: PlannedTable) -> str:
    start = planned.start.start
    otherwise = f"start: {start}" if planned.green and start is not Start.REBUILD else ""
    return "; ".join(filter(None, (_differences(planned), otherwise)))


def _differences(planned: PlannedTable) -> str:
    if not planned.blue or not planned.green:
        return ""
    expected = planned.expected
    parts = [
        *(str(schema) for schema in planned.source_schemas if schema.is_newer),
        *expected.reasons,
        *(
            f"{what} {', '.join(names)}"
            for what, names in (
                ("changes", expected.changed),
                ("adds", expected.added),
                ("removes", expected.removed),
            )
            if names
        ),
    ]
    if expected.rows_may_change:
        parts.append("rows may change")
    parts += [f"{one.column} is not compared ({one.function})" for one in expected.unstable]
    return "; ".join(parts) or "data must match"


def _listed(topics: Sequence[str]) -> str:
    return ", ".join(topics) or NOTHING
