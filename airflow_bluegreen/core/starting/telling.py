"""The starts and costs of a release for people: terminal, log and Markdown."""

from collections.abc import Iterator

from rich.table import Table as RichTable
from rich.text import Text

from airflow_bluegreen.core.markdown import cell, table
from airflow_bluegreen.core.model import ReleaseCost, StartDecision, TableCost

UNKNOWN = "?"
HEADINGS = ("table", "start", "records", "copied", "state", "slots", "about", "why")


def cost_rows(cost: ReleaseCost) -> Iterator[tuple[str, ...]]:
    """A line a table, under ``HEADINGS``."""
    for one in cost.tables:
        yield (
            one.table,
            str(one.decision.start),
            _count(one.records),
            _count(one.copied),
            size_text(one.state_bytes),
            _count(one.slots),
            _time(one),
            decision_text(one.decision),
        )


def decision_text(decision: StartDecision) -> str:
    """Why a table starts as it does, or why it cannot."""
    return f"REFUSED: {decision.refused}" if decision.refused else decision.why


def cost_shown(cost: ReleaseCost) -> tuple[RichTable | Text, ...]:
    """The costs for the terminal, then the warnings."""
    return cost_table(cost), *(Text(f"warning: {one}") for one in cost_warnings(cost))


def cost_table(cost: ReleaseCost) -> RichTable:
    """The costs as a table for the terminal; the totals are its caption."""
    shown = RichTable(
        *HEADINGS, title="What it costs", title_justify="left", caption=Text(cost_summary(cost))
    )
    for row in cost_rows(cost):
        shown.add_row(*map(Text, row))
    return shown


def cost_summary(cost: ReleaseCost) -> str:
    """The totals in one line."""
    return (
        f"{cost.kept} of {cost.statements} running statements stay; against a second environment "
        f"{cost.records_spared:.0%} of {_count(cost.all_records)} records are not read again and "
        f"{cost.state_spared:.0%} of {size_text(cost.all_state_bytes)} state is not rebuilt; "
        f"{cost.slots} slots needed, {cost.free_slots} free"
    )


def cost_warnings(cost: ReleaseCost) -> tuple[str, ...]:
    """What a rebuild cannot bring back, a sentence each."""
    return tuple(f"{one.table}: {warning}" for one in cost.tables for warning in one.warnings)


def cost_markdown(cost: ReleaseCost) -> str:
    """The costs as a section of a page."""
    lines = ["### What it costs", "", *table(HEADINGS, cost_rows(cost))]
    lines += ["", *(f"- **warning** {cell(one)}" for one in cost_warnings(cost))]
    return "\n".join([*lines, "", cost_summary(cost), ""])


def known_cost_markdown(cost: ReleaseCost | None) -> str:
    """The costs as a section of a page, or that nobody could tell them."""
    if cost is not None:
        return cost_markdown(cost)
    return "### What it costs\n\nNot known: the servers could not tell when the release was planned.\n"


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def size_text(value: int | None) -> str:
    """A number of bytes with its unit; ``?`` for None."""
    if value is None:
        return UNKNOWN
    size = float(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"


def _time(cost: TableCost) -> str:
    if cost.seconds is None:
        return UNKNOWN if cost.records else "0 s"
    if cost.seconds < 120:
        return f"{cost.seconds:,.0f} s"
    return f"{cost.seconds / 60:,.0f} min" if cost.seconds < 7200 else f"{cost.seconds / 3600:,.1f} h"
