"""What the row of a table opens into, ready to be set."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from airflow_bluegreen.core.explain import NOTHING, statement_names
from airflow_bluegreen.core.model import (
    CheckResult,
    ColumnMatch,
    DifferenceSample,
    EventTimes,
    PlannedTable,
    SideTimes,
    TableComparison,
    Verdict,
)
from airflow_bluegreen.report.aggregates import Aggregate, aggregates_of
from airflow_bluegreen.report.cells import Marked, marked
from airflow_bluegreen.report.content import URGENT, Report, Standing, counted, expects_something
from airflow_bluegreen.report.figures import moment, moments, percent, period, span
from airflow_bluegreen.report.plots import differing_bins, draw_convergence, draw_histogram, draw_latency
from airflow_bluegreen.report.signs import anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a bar: its CSS class, label, number, and share of 0 to 1."""

    look: str
    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check with its standing."""

    standing: Standing
    result: CheckResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnBar:
    """A column whose match is worth a bar: ``share`` of 0 to 1 is equal."""

    name: str
    look: str
    share: float
    told: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A plot with its title, what to see in it, its legend as (look, text), and rows of figures."""

    title: str
    plot: Markup
    caption: str
    legend: tuple[tuple[str, str], ...]
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A key that differs, cell by cell."""

    key: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, Marked, Marked], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of the release: its row, and what that opens into."""

    anchor: str
    table: str
    planned: PlannedTable
    standing: Standing
    open: bool
    statements: str
    shares: tuple[Share, ...]
    equal: str
    checks: tuple[Check, ...]
    must_match: bool
    bars: tuple[ColumnBar, ...]
    equal_columns: tuple[str, ...]
    figures: tuple[Figure, ...]
    samples: tuple[Sample, ...]
    aggregates: tuple[Aggregate, ...]


def sections(report: Report) -> Iterator[Section]:
    """Of every table of the plan, those that need a look first."""
    for planned in report.by_urgency:
        standing = report.standing(planned)
        found = report.comparison(planned.table)
        shares = tuple(_shares(found, standing)) if found else ()
        yield Section(
            anchor=anchor(planned.table),
            table=planned.table,
            planned=planned,
            standing=standing,
            open=standing in URGENT and found is not None,
            statements=statement_names(planned),
            shares=shares,
            equal=_equal(found) if found else "",
            checks=tuple(_checks(found)) if found else (),
            must_match=planned.blue is not None
            and planned.green is not None
            and not expects_something(planned),
            bars=tuple(_bars(found)) if found else (),
            equal_columns=_equal_columns(found) if found else (),
            figures=tuple(_figures(found)) if found else (),
            samples=tuple(map(_sample, found.samples)) if found else (),
            aggregates=aggregates_of(found) if found else (),
        )


def _shares(found: TableComparison, standing: Standing) -> Iterator[Share]:
    keys = found.keys
    differs = "expected" if standing is Standing.EXPECTED else "fail"
    parts = (
        ("same", "equal", keys.match),
        (differs, "different", keys.diff),
        ("blue", "only in blue", keys.blue_only),
        ("green", "only in green", keys.green_only),
        ("flying", "in flight", keys.in_flight),
    )
    total = sum(count for _, _, count in parts)
    for look, label, count in parts:
        if count:
            yield Share(look=look, label=label, count=count, share=count / total)


def _equal(found: TableComparison) -> str:
    keys = found.keys
    lasting = keys.match + keys.diff + keys.blue_only + keys.green_only
    if found.new or not lasting:
        return ""
    return f"{percent(keys.match / lasting)} equal"


def _checks(found: TableComparison) -> Iterator[Check]:
    """The gravest first, otherwise as they were made."""
    order = list(Standing)
    known = [Check(standing=_standing_of_check(check), result=check) for check in found.checks]
    yield from sorted(known, key=lambda one: order.index(one.standing))


def _standing_of_check(check: CheckResult) -> Standing:
    return Standing.EXPECTED if check.expected and check.verdict is Verdict.PASS else Standing(check.verdict)


def _bars(found: TableComparison) -> Iterator[ColumnBar]:
    """Of the columns that differ or were left out: what nobody expected first."""

    def urgency(one: ColumnMatch) -> tuple[bool, bool, float]:
        return bool(one.left_out), one.expected, one.equal / max(one.compared, 1)

    for one in sorted((one for one in found.columns if not _is_equal(one)), key=urgency):
        differing = one.compared - one.equal
        share = one.equal / one.compared if one.compared else 1.0
        look = "left-out" if one.left_out else "expected" if one.expected or not differing else "fail"
        told = (
            "not compared" if one.left_out else f"{percent(share)} equal, {counted(differing, 'row')} differ"
        )
        if differing == 1 and not one.left_out:
            told = told.replace("1 row differ", "1 row differs")
        yield ColumnBar(name=one.column, look=look, share=share, told=told, note="; ".join(_notes(one)))


def _notes(one: ColumnMatch) -> Iterator[str]:
    if one.left_out:
        yield one.left_out
    elif one.equal < one.compared:
        yield "the change explains it" if one.expected else "nothing in the change explains it"
    if one.tolerance:
        yield f"tolerance {one.tolerance}"
    if one.blue_nulls != one.green_nulls:
        blue, green = (
            NOTHING if share is None else percent(share) for share in (one.blue_nulls, one.green_nulls)
        )
        yield f"null in {blue} of blue and {green} of green"


def _is_equal(one: ColumnMatch) -> bool:
    return not one.left_out and one.equal == one.compared and one.blue_nulls == one.green_nulls


def _equal_columns(found: TableComparison) -> tuple[str, ...]:
    return tuple(one.column for one in found.columns if _is_equal(one))


def _figures(found: TableComparison) -> Iterator[Figure]:
    if found.event_times is not None:
        yield from _of_times(found.event_times)
    if len(found.convergence) > 1:
        yield _convergence(found)


def _of_times(times: EventTimes) -> Iterator[Figure]:
    if any((*times.rows.green, *times.rows.blue)):
        yield _event_times(times)
    if any((*times.latencies.green, *times.latencies.blue)):
        yield _latency(times)


def _sides(times: EventTimes) -> tuple[tuple[str, SideTimes], ...]:
    """Blue first, where there is one."""
    return ((("blue", times.blue),) if times.blue else ()) + (("green", times.green),)


def _legend(times: EventTimes) -> tuple[tuple[str, str], ...]:
    return (*((("blue-key", "blue"),) if times.blue else ()), ("green-key", "green"))


def _event_times(times: EventTimes) -> Figure:
    rows, sides, windows = times.rows, _sides(times), counted(len(times.rows.green), "window")
    differing = differing_bins(rows)
    if not rows.blue:
        seen = f"{windows} of {times.column}"
    elif differing:
        seen = f"{differing:,} of {windows} hold other numbers of rows (▲ green more, ▼ fewer)"
    else:
        seen = f"all {windows} hold the same numbers of rows"
    caption = f"{seen}; {period(rows.edges[0], rows.edges[-1])}"
    return Figure(
        title=f"Rows by event time ({times.column})",
        plot=Markup(draw_histogram(rows, caption, moments)),  # noqa: S704 -- drawn and escaped there
        caption=caption,
        legend=_legend(times),
        headings=("", *(name for name, _ in sides)),
        rows=(
            ("newest", *(_moment(side.newest_ms) for _, side in sides)),
            ("watermark", *(_moment(side.watermark_ms) for _, side in sides)),
            ("out of order", *(percent(side.out_of_order) for _, side in sides)),
            ("late", *(percent(side.late) for _, side in sides)),
        ),
    )


def _moment(at: int | None) -> str:
    return NOTHING if at is None else moment(at)


def _latency(times: EventTimes) -> Figure:
    green, blue = times.green.latency, times.blue.latency if times.blue else None
    known = tuple((name, side.latency) for name, side in _sides(times) if side.latency is not None)
    caption = "From the event to its record in the topic; the upright lines are the medians"
    plot = draw_latency(times.latencies, caption, green, blue)
    return Figure(
        title="Latency",
        plot=Markup(plot),  # noqa: S704 -- drawn and escaped there
        caption=caption,
        legend=_legend(times),
        headings=("", *(name for name, _ in known)),
        rows=tuple((name, *(span(getattr(one, name)) for _, one in known)) for name in ("p50", "p95", "p99")),
    )


def _convergence(found: TableComparison) -> Figure:
    points = found.convergence
    first, last = points[0], points[-1]
    stay = max(last.differing - last.in_flight, 0)
    caption = (
        f"{counted(first.differing, 'key')} differed at the first look, {last.differing:,} at the last,"
        f" {counted(len(points), 'look')} in {span(last.at_ms - first.at_ms)}; {stay:,} of them last"
    )
    return Figure(
        title="Keys that differ, over time",
        plot=Markup(draw_convergence(points, caption)),  # noqa: S704 -- drawn and escaped there
        caption=caption,
        legend=(("lasting-key", "last"), ("flight-key", "in flight")),
    )


def _sample(sample: DifferenceSample) -> Sample:
    return Sample(
        key=tuple(sample.key.items()),
        cells=tuple((name, *marked(blue, green)) for name, (blue, green) in sample.columns.items()),
    )
