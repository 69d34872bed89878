"""The report page: what the release does, and how green compares with blue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from airflow_bluegreen import __version__
from airflow_bluegreen.core.model import Plan, PlannedTable, ReleaseCost, TableComparison, Verdict
from airflow_bluegreen.core.starting.telling import HEADINGS, cost_rows, cost_summary, cost_warnings
from airflow_bluegreen.report.drawing import draw_lineage

TEMPLATE = "report.html.j2"

_WORST_FIRST = (Verdict.FAIL, Verdict.WARN, Verdict.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The sentence on top: ``tone`` is ``good``, ``bad`` or ``open``."""

    tone: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a bar: its CSS class, label, number and width in per cent."""

    look: str
    label: str
    count: int
    percent: float


def build_report(
    plan: Plan,
    comparisons: Sequence[TableComparison],
    *,
    lineage: Mapping[str, tuple[str, ...]],
    cost: ReleaseCost | None = None,
    cut_over: Sequence[str] | None = None,
    generated_at: str,
    diff: str = "",
) -> str:
    """One HTML file without external resources; every text of the project is escaped.

    :param comparisons: of the tables compared so far.
    :param lineage: logical table → its inputs, logical names and external tables, of the whole project.
    :param cost: what the release costs; left out where nobody could tell.
    :param cut_over: what was seen after the cut-over, a line each; None before it.
    :param generated_at: the time to show, as it is to be read.
    :param diff: unified diff of the rewritten files, left out where empty.
    """
    by_table = {comparison.table: comparison for comparison in comparisons}
    environment = Environment(
        loader=PackageLoader("airflow_bluegreen.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(
        plan=plan,
        headline=_headline(plan, by_table, cut_over),
        totals=_totals(plan, comparisons),
        drawing=Markup(draw_lineage(plan, lineage)),  # noqa: S704 -- built and escaped by draw_lineage
        rows=[_row(planned, by_table.get(planned.table)) for planned in plan.tables],
        sections=[(comparison, _shares(comparison)) for comparison in sorted(comparisons, key=_by_urgency)],
        cost=_costs(cost) if cost else None,
        cut_over=cut_over,
        diff=diff.splitlines(),
        generated_at=generated_at,
        version=__version__,
    )


def _costs(cost: ReleaseCost) -> dict[str, object]:
    return {
        "headings": HEADINGS,
        "rows": tuple(cost_rows(cost)),
        "warnings": cost_warnings(cost),
        "summary": cost_summary(cost),
    }


def _headline(
    plan: Plan, compared: Mapping[str, TableComparison], cut_over: Sequence[str] | None
) -> Headline:
    bad = sorted(name for name, one in compared.items() if one.verdict is Verdict.FAIL)
    doubtful = sorted(name for name, one in compared.items() if one.verdict is Verdict.WARN)
    missing = sorted(
        planned.table for planned in plan.tables if planned.green and planned.table not in compared
    )
    if bad:
        return Headline(tone="bad", text="Failed", detail=f"Unexplained differences in {', '.join(bad)}.")
    if missing:
        return Headline(tone="open", text="Incomplete", detail=f"Not compared yet: {', '.join(missing)}.")
    if doubtful:
        return Headline(
            tone="open", text="Look first", detail=f"There are warnings in {', '.join(doubtful)}."
        )
    intended = sum(one.expected for one in compared.values())
    detail = "Nothing differs" if not intended else f"Only intended differences, in {intended} tables"
    if cut_over is not None:
        return Headline(tone="good", text="Cut over", detail=f"{detail}; the sink connectors read green.")
    return Headline(tone="good", text="Ready to cut over", detail=f"{detail}.")


def _totals(plan: Plan, comparisons: Iterable[TableComparison]) -> list[tuple[str, str]]:
    counts = [comparison.keys for comparison in comparisons]
    compared = sum(one.match + one.diff + one.blue_only + one.green_only + one.in_flight for one in counts)
    differing = sum(one.diff + one.blue_only + one.green_only for one in counts)
    return [
        (f"{len(plan.tables):,}", "tables in the release"),
        (f"{len(plan.untouched):,}", "tables keep running"),
        (f"{len(plan.connectors):,}", "connectors change"),
        (f"{compared:,}", "rows compared"),
        (f"{differing:,}", "rows differ"),
    ]


def _row(planned: PlannedTable, comparison: TableComparison | None) -> dict[str, object]:
    expected = planned.expected
    changes = [
        *(f"{name} changed" for name in expected.changed),
        *(f"{name} added" for name in expected.added),
        *(f"{name} removed" for name in expected.removed),
        *(("rows may change",) if expected.rows_may_change else ()),
    ]
    return {
        "blue": planned.blue or "–",
        "green": planned.green or "–",
        "statements": ", ".join(one.name for one in planned.dml)
        or (planned.ddl.name if planned.ddl else "–"),
        "trigger": planned.trigger.value,
        "path": " → ".join(planned.path),
        "expected": ", ".join(changes) or "no difference",
        "verdict": comparison.told if comparison else "",
        "look": comparison.verdict.value if comparison else "",
        "table": planned.table,
    }


def _by_urgency(comparison: TableComparison) -> tuple[int, bool, bool]:
    return _WORST_FIRST.index(comparison.verdict), not comparison.expected, not comparison.new


def _shares(comparison: TableComparison) -> list[Share]:
    keys = comparison.keys
    intended = comparison.expected
    parts = [
        ("match", "equal", keys.match),
        ("intended" if intended else "diff", "different", keys.diff),
        ("blue", "only in blue", keys.blue_only),
        ("green", "only in green", keys.green_only),
        ("flying", "in flight", keys.in_flight),
    ]
    total = sum(count for _, _, count in parts)
    return [
        Share(look=look, label=label, count=count, percent=100 * count / total)
        for look, label, count in parts
        if count
    ]
