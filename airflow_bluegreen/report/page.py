"""The report as one HTML page: no script, and nothing that is asked of anybody."""

from collections import Counter
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from airflow_bluegreen import __version__
from airflow_bluegreen.core.explain import pins
from airflow_bluegreen.core.model import ReleaseCost
from airflow_bluegreen.core.starting.telling import (
    HEADINGS,
    cost_rows,
    cost_summary,
    cost_warnings,
    size_text,
)
from airflow_bluegreen.report.cells import file_diffs, visible
from airflow_bluegreen.report.content import (
    URGENT,
    WORDS,
    Report,
    Spared,
    Standing,
    explained,
    headline,
    spared,
    unexplained,
)
from airflow_bluegreen.report.drawing import draw_lineage
from airflow_bluegreen.report.figures import percent
from airflow_bluegreen.report.sections import Section, sections
from airflow_bluegreen.report.signs import anchor, icon, symbols

TEMPLATE = "report.html.j2"

FILTERED_FROM = 8
"""With fewer tables nobody needs to choose which to see."""


def html_page(report: Report) -> str:
    """One HTML file without external resources; every text of the project and of the data is escaped."""
    tables = list(sections(report))
    page = template(TEMPLATE).render(
        report=report,
        plan=report.plan,
        headline=headline(report),
        tally=_tally(report),
        totals=_totals(report),
        drawing=Markup(draw_lineage(report)),  # noqa: S704 -- built and escaped by draw_lineage
        symbols=Markup(symbols()),  # noqa: S704 -- texts of our own
        unexplained=unexplained(report),
        explained=explained(report),
        tables=tables,
        filters=_filters(tables),
        spared=[(one, _told(one)) for one in spared(report) if one.whole],
        cost=_cost(report.cost),
        pins=pins(report.plan),
        files=file_diffs(report.sources, report.plan.rewritten),
        version=__version__,
    )
    return visible(page)


@cache
def template(name: str) -> Template:
    """A template of the folder, which escapes every text and fails for a name that it is not given."""
    environment = Environment(
        loader=PackageLoader("airflow_bluegreen.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        icon=lambda standing: Markup(icon(standing)),  # noqa: S704 -- texts of our own
        anchor=anchor,
        words=WORDS,
    )
    environment.filters["percent"] = percent
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment.get_template(name)


def _tally(report: Report) -> list[tuple[Standing, int, str]]:
    """How many tables stand how."""
    counts = Counter(report.standings.values())
    return [(standing, counts[standing], text) for standing, text in WORDS.items() if counts[standing]]


def _totals(report: Report) -> list[tuple[str, str]]:
    counts = [comparison.keys for comparison in report.comparisons]
    compared = sum(one.match + one.diff + one.blue_only + one.green_only + one.in_flight for one in counts)
    differing = sum(one.diff + one.blue_only + one.green_only for one in counts)
    plan = report.plan
    return [
        (f"{len(plan.tables):,}", "tables in the release"),
        (f"{len(plan.untouched):,}", "tables keep running"),
        (f"{len(plan.connectors):,}", "connectors change"),
        (f"{compared:,}", "rows compared"),
        (f"{differing:,}", "rows differ"),
    ]


def _filters(tables: list[Section]) -> list[tuple[str, str, int]]:
    """What can be chosen to be shown: id, label, number of tables."""
    if len(tables) < FILTERED_FROM:
        return []
    groups = (
        ("look", "to look at", URGENT),
        ("expected", "expected differences", (Standing.EXPECTED,)),
        ("fine", "the rest", (Standing.NEW, Standing.REMOVED, Standing.PASS)),
    )
    counted = [(name, label, sum(one.standing in group for one in tables)) for name, label, group in groups]
    return [("all", "all", len(tables)), *(one for one in counted if one[2])]


def _told(one: Spared) -> tuple[str, str]:
    """What was spared, and what that means."""
    numbers = {
        "tables": (f"{one.kept:,} of {one.whole:,} tables kept running", "the same jobs, from first to last"),
        "records": (
            f"{one.kept:,} of {one.whole:,} records not read again",
            "retained records that a second environment would read from the beginning",
        ),
        "state": (
            f"{size_text(one.kept)} of {size_text(one.whole)} of state not rebuilt",
            "of what the jobs hold in their last checkpoints",
        ),
    }
    return numbers[one.what]


def _cost(cost: ReleaseCost | None) -> dict[str, object] | None:
    if cost is None:
        return None
    return {
        "headings": HEADINGS,
        "rows": tuple(cost_rows(cost)),
        "summary": cost_summary(cost),
        "warnings": cost_warnings(cost),
    }
