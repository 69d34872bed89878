"""The report as Markdown: what a person reads before answering Approve or Reject."""

from collections.abc import Iterable, Iterator, Sequence

from airflow_bluegreen.core.explain import NOTHING, headline_of, pins
from airflow_bluegreen.core.markdown import cell, table
from airflow_bluegreen.core.model import PlannedTable
from airflow_bluegreen.core.starting.telling import known_cost_markdown
from airflow_bluegreen.report.cells import visible
from airflow_bluegreen.report.content import (
    WORDS,
    Explained,
    Remark,
    Report,
    Standing,
    explained,
    headline,
    unexplained,
)

_HEADINGS = ("table", "blue", "green", "verdict", "match", "blue only", "green only", "diff", "in flight")


def markdown(report: Report) -> str:
    """The verdict, what nothing explains, a line a table, what was expected, what is kept, the costs."""
    top = headline(report)
    parts = [
        (f"## {cell(headline_of(report.plan))}", ""),
        (f"**{_SIGNS[top.standing]} {top.text}.** {cell(top.detail)}", ""),
        _section("Preflight", (f"- {cell(line)}" for line in report.preflight or ())),
        _section("Not explained by the change", map(_remark, unexplained(report))),
        (*table(_HEADINGS, (_row(report, planned) for planned in report.by_urgency)), "")
        if report.plan.tables
        else (),
        _section("Expected, and why", map(_explained, explained(report))),
        _section("After the cut-over", (f"- {cell(line)}" for line in report.cut_over or ())),
        _section("Kept running", _kept(report)),
        (known_cost_markdown(report.cost),),
    ]
    return visible("\n".join(line for part in parts for line in part))


_SIGNS = {
    Standing.FAIL: "✕",
    Standing.WARN: "!",
    Standing.PENDING: "…",
    Standing.EXPECTED: "≈",
    Standing.NEW: "+",
    Standing.REMOVED: "−",
    Standing.PASS: "✓",
}


def _section(title: str, lines: Iterable[str]) -> Sequence[str]:
    found = tuple(lines)
    return (f"### {title}", "", *found, "") if found else ()


def _remark(one: Remark) -> str:
    rule = f" (rule: {cell(one.rule)})" if one.rule else ""
    return f"- **{one.standing}** {cell(one.table)}, {cell(one.check)}: {cell(one.detail)}{rule}"


def _row(report: Report, planned: PlannedTable) -> tuple[str, ...]:
    standing, found = report.standing(planned), report.comparison(planned.table)
    keys = found.keys if found else None
    told = f"{_SIGNS[standing]} {standing}"
    if standing is Standing.PENDING:
        told = f"{_SIGNS[standing]} {WORDS[standing]}"
    counts = (keys.match, keys.blue_only, keys.green_only, keys.diff, keys.in_flight) if keys else (None,) * 5
    return (
        planned.table,
        planned.blue or NOTHING,
        planned.green or NOTHING,
        told,
        *(NOTHING if count is None else f"{count:,}" for count in counts),
    )


def _explained(one: Explained) -> str:
    columns = ", ".join(one.columns)
    rows = "rows may come or go" if one.rows_may_change else ""
    what = ", ".join(filter(None, (columns, rows)))
    because = f", because {'; '.join(one.because)}" if one.because else ""
    found = "".join(f" Found in {cell(remark.check)}: {cell(remark.detail)}." for remark in one.found)
    return f"- {cell(one.table)}: {cell(what + because)}.{found}"


def _kept(report: Report) -> Iterator[str]:
    plan = report.plan
    total = len(plan.untouched) + sum(planned.green is not None for planned in plan.tables)
    yield f"- {len(plan.untouched)} of {total} tables keep running untouched"
    yield from (f"- {cell(line)}" for line in pins(plan))
