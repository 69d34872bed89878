"""An environment as one HTML page, in the look of the report: no script, and nothing is asked of anybody."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from markupsafe import Markup

from airflow_bluegreen import __version__
from airflow_bluegreen.core.environment import EnvironmentState
from airflow_bluegreen.core.retirement import Leftover, LeftoverKind
from airflow_bluegreen.report.cells import visible
from airflow_bluegreen.report.content import Headline, Standing, counted
from airflow_bluegreen.report.page import template
from airflow_bluegreen.report.signs import symbols

TEMPLATE = "environment.html.j2"
_OLD_RELEASES = 20
"""So many releases are listed; the ledger keeps all."""


def environment_page(state: EnvironmentState, *, rollback_dag: str = "") -> str:
    """One HTML file without external resources; every text of the project and of the data is escaped.

    :param rollback_dag: the DAG that takes a release back; empty where there is none to lead to.
    """
    page = template(
        TEMPLATE
    ).render(
        state=state,
        headline=headline(state),
        totals=_totals(state),
        symbols=Markup(symbols()),  # noqa: S704 -- texts of our own
        seen_at=moment(state.seen_at),
        moment=moment,
        kept=[(one, told) for one, told in _kept(state)],
        releases=state.releases[:_OLD_RELEASES],
        older=max(0, len(state.releases) - _OLD_RELEASES),
        # The page is one step below Airflow's own address, wherever that is.
        rollback_href=f"../dags/{quote(rollback_dag, safe='')}" if rollback_dag and state.live else "",
        version=__version__,
    )
    return visible(page)


def headline(state: EnvironmentState) -> Headline:
    """What the page says on top."""
    if state.running is not None:
        doing = state.running.phase.replace("_", " ")
        text = f"Release {state.running.release} is in progress"
        serving = f"; {state.live.release} is still the live one" if state.live else ""
        return Headline(
            standing=Standing.PENDING,
            text=text,
            detail=f"It is {doing} since {moment(state.running.since)}{serving}.",
        )
    if state.live is None:
        return Headline(
            standing=Standing.PENDING, text="Nothing is live", detail="No release has ended here yet."
        )
    detail = f"Since {moment(state.live.since)}"
    if state.drift is None:
        return Headline(
            standing=Standing.WARN,
            text=f"{state.live.release} is live",
            detail=f"{detail}. Whether it runs as it is meant to could not be told.",
        )
    if state.drift:
        return Headline(
            standing=Standing.FAIL,
            text=f"{state.live.release} is live, and not as it is meant to be",
            detail=f"{detail}. {counted(len(state.drift), 'thing')} {_differs(len(state.drift))}.",
        )
    if state.trouble:
        return Headline(
            standing=Standing.WARN,
            text=f"{state.live.release} is live",
            detail=f"{detail}. Nothing differs of what could be told.",
        )
    return Headline(
        standing=Standing.PASS,
        text=f"{state.live.release} is live",
        detail=f"{detail}. What runs is what it says.",
    )


def moment(at: str) -> str:
    """A time of the ledger as people read it: ``2026-01-31 12:00 UTC``; as it is where it is none."""
    try:
        return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return at


def _differs(number: int) -> str:
    return "differs" if number == 1 else "differ"


def _totals(state: EnvironmentState) -> list[tuple[str, str]]:
    retired = sum(one.kind is LeftoverKind.TABLE for one in state.kept)
    return [
        (f"{len(state.tables):,}", "live tables"),
        (f"{sum(one.version > 1 for one in state.tables):,}", "in a later version"),
        (f"{len(state.pinned):,}", "pinned readers"),
        (f"{retired:,}", "retired tables kept"),
        ("?" if state.drift is None else f"{len(state.drift):,}", "differences"),
    ]


def _kept(state: EnvironmentState) -> Iterator[tuple[Leftover, str]]:
    """What retired versions left, and what becomes of it."""
    for one in state.kept:
        over = datetime.fromisoformat(one.until) <= datetime.fromisoformat(state.seen_at)
        if not one.kept:
            yield one, "may be deleted"
        else:
            yield one, one.kept if over else f"{one.kept}, until {moment(one.until)}"
