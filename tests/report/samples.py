"""Whole reports as a release manager sees them: the demo's, one that fails, a large and a hostile one.

Used by the tests in the browser and for the pictures of the documentation.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import accumulate

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    AggregatePair,
    CheckResult,
    ColumnMatch,
    Commit,
    ConvergencePoint,
    DifferenceSample,
    EventTimes,
    Histogram,
    KeyCounts,
    Plan,
    PlannedTable,
    Project,
    Quantiles,
    ReleaseCost,
    SideTimes,
    Start,
    StartDecision,
    TableComparison,
    TableCost,
    Verdict,
)
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.report import Report
from benchmarks.synthetic import layered

NOON = 1_768_219_200_000  # 12 January 2026, 12:00 UTC
QUARTER = 900_000
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}</style></svg>\u202e\x07"


def demo() -> Report:
    """The demo's release: two changes, a table that follows, a new one."""
    plan, sources, lineage = _demo_plan()
    return _report(plan, lineage, sources, (_int_3(), _fact_2(), _fact_3(), _view32()))


def cut_over() -> Report:
    """The same after the cut-over."""
    seen = (
        "fact_2_v2, fact_3_v2, view32: running, last checkpoint 4 s ago, 0 records behind",
        "sink-fact-2 moved fact_2 → fact_2_v2, stood still for 2.1 s",
        "sink-fact-3 moved fact_3 → fact_3_v2, stood still for 1.8 s",
        "sink-view32 created, reads view32",
        "watched for 10 min: no restart, lag 0 to 14 records",
    )
    return replace(demo(), cut_over=seen)


def failing() -> Report:
    """A join that drops rows and a shifted window; one table with a warning, one not compared yet."""
    plan, sources, lineage = _demo_plan()
    return _report(plan, lineage, sources, (_int_3(), _dropped(), _late()))


def large(size: int = 120) -> Report:
    """Sixty tables, most of them equal."""
    made = layered(size)
    project, base = (
        read_project(dict(texts), Commit(ref=ref, sha=letter * 40))
        for texts, ref, letter in ((made.after, "v4.12.0", "d"), (made.before, "v4.11.2", "c"))
    )
    environment = next(iter(project.profiles), "production")
    plan = make_plan(project=project, base=base, environment=environment, live={}, base_release="v4.11.2")
    dice = random.Random(4)
    found = tuple(_usual(planned, dice) for planned in plan.tables if planned.green)
    return _report(plan, _lineage_of(project), dict(project.files), found)


def hostile() -> Report:
    """Every text that comes from a repository or from data tries to leave its place."""
    plan, _, lineage = _demo_plan()
    first = plan.tables[0]
    name = f"int_3{HOSTILE}"
    table = replace(first, table=name, green=f"{name}_v2", blue=name, path=(HOSTILE, name))
    check = CheckResult(
        check=HOSTILE, verdict=Verdict.FAIL, blue=HOSTILE, green=HOSTILE, detail=HOSTILE, rule=HOSTILE
    )
    sample = DifferenceSample(
        key={HOSTILE: HOSTILE},
        columns={HOSTILE: (HOSTILE, f"{HOSTILE}\ud800"), "long": ("x" * 9000, "y" * 9000)},
    )
    found = replace(
        _int_3(),
        table=name,
        green=f"{name}_v2",
        verdict=Verdict.FAIL,
        checks=(check,),
        samples=(sample,),
        columns=(ColumnMatch(column=HOSTILE, compared=9, equal=1, left_out="", tolerance=HOSTILE),),
    )
    times = found.event_times
    assert times is not None
    # No calendar reaches these times.
    far = replace(times.rows, edges=tuple(edge * 1e9 for edge in times.rows.edges))
    found = replace(found, event_times=replace(times, column=HOSTILE, rows=far))
    plan = replace(
        plan,
        project=HOSTILE,
        environment=HOSTILE,
        release=Commit(ref=HOSTILE, sha=HOSTILE),
        tables=(table,),
        rewritten={f"a/{HOSTILE}.sql": f"SELECT 1; -- {HOSTILE}\n"},
    )
    report = _report(plan, {**lineage, name: (HOSTILE,)}, {f"a/{HOSTILE}.sql": HOSTILE}, (found,))
    return replace(report, cut_over=(HOSTILE,))


def _demo_plan() -> tuple[Plan, Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    root = files("airflow_bluegreen.demo") / "project"
    before = _texts(root / "v1.0.0", "")
    after = before | _texts(root / "v1.0.1", "")
    base = read_project(before, Commit(ref="v1.0.0", sha="7316661d012c" + "0" * 28))
    project = read_project(after, Commit(ref="v1.0.1", sha="bd4ab1213df4" + "0" * 28))
    plan = make_plan(project=project, base=base, environment="local", live={}, base_release="v1.0.0")
    return plan, after, _lineage_of(project)


def _texts(folder: Traversable, path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in folder.iterdir():
        here = f"{path}{entry.name}"
        found |= {here: entry.read_text()} if entry.is_file() else _texts(entry, f"{here}/")
    return found


def _lineage_of(project: Project) -> Mapping[str, tuple[str, ...]]:
    lineage = Lineage(project)
    return {name: (*lineage.inputs(name), *lineage.external_inputs(name)) for name in lineage.tables}


def _report(
    plan: Plan,
    lineage: Mapping[str, tuple[str, ...]],
    sources: Mapping[str, str],
    comparisons: tuple[TableComparison, ...],
) -> Report:
    return Report(
        plan=plan,
        comparisons=comparisons,
        lineage=lineage,
        generated_at="2026-01-12 12:04:31 UTC",
        cost=_cost(plan),
        sources=sources,
    )


def _cost(plan: Plan) -> ReleaseCost:
    dice = random.Random(8)
    tables = tuple(
        TableCost(
            table=planned.table,
            decision=StartDecision(table=planned.table, start=Start.REBUILD, why="it is asked for"),
            records=(records := dice.randint(40, 900) * 1000),
            state_bytes=records * 61 if planned.blue else None,
            slots=dice.choice((1, 2, 2, 4)),
            seconds=records / 21_000,
            warnings=("raw_c keeps records for 7 days; older ones do not come back",)
            if planned.table == "int_3"
            else (),
        )
        for planned in plan.tables
        if planned.green
    )
    records = sum(one.records or 0 for one in tables)
    kept = len(plan.untouched)
    return ReleaseCost(
        tables=tables,
        kept=kept,
        statements=kept + sum(planned.blue is not None for planned in plan.tables),
        all_records=records * 4 + 1_234_567,
        all_state_bytes=records * 61 * 5,
        free_slots=24,
    )


def _check(check: str, blue: str, green: str, detail: str, rule: str = "", **more: object) -> CheckResult:
    values = {"verdict": Verdict.PASS, **more}
    return CheckResult(check=check, blue=blue, green=green, detail=detail, rule=rule, **values)  # type: ignore[arg-type]


def _times(
    seed: int, rows: int, *, shift: int = 0, slow: float = 1.0, column: str = "changed_at"
) -> EventTimes:
    """A day of quarters with a morning and an evening peak; ``shift`` moves green's windows."""
    dice = random.Random(seed)
    shape = [
        1 + 3 * math.exp(-((at - 40) ** 2) / 90) + 4 * math.exp(-((at - 74) ** 2) / 60) for at in range(96)
    ]
    blue = tuple(round(rows * one * dice.uniform(0.85, 1.15) / sum(shape)) for one in shape)
    green = blue[-shift:] + blue[:-shift] if shift else blue
    edges = tuple(float(NOON + (at - 96) * QUARTER) for at in range(97))
    steps = tuple(accumulate([10.0] * 18, lambda edge, _: edge * 1.55))
    latency = [math.exp(-((at - 7) ** 2) / 7) for at in range(17)]
    slower = [math.exp(-((at - 7 - slow * 1.2 + 1.2) ** 2) / 8) for at in range(17)]
    return EventTimes(
        column=column,
        rows=Histogram(edges=edges, blue=blue, green=green),
        latencies=Histogram(
            edges=steps,
            blue=tuple(round(rows * one / sum(latency)) for one in latency),
            green=tuple(round(rows * one / sum(slower)) for one in slower),
        ),
        blue=SideTimes(
            newest_ms=NOON - 1_200,
            watermark_ms=NOON - 6_200,
            out_of_order=0.031,
            late=0.0004,
            latency=Quantiles(p50=260, p95=910, p99=2_140),
        ),
        green=SideTimes(
            newest_ms=NOON - 900,
            watermark_ms=NOON - 5_900,
            out_of_order=0.033,
            late=0.0004,
            latency=Quantiles(p50=260 * slow, p95=905 * slow, p99=2_300 * slow),
        ),
    )


def _course(*counts: tuple[int, int]) -> tuple[ConvergencePoint, ...]:
    return tuple(
        ConvergencePoint(at_ms=NOON + at * 5_000, differing=differing, in_flight=flying)
        for at, (differing, flying) in enumerate(counts)
    )


def _equal(rows: int, *columns: str) -> tuple[ColumnMatch, ...]:
    return tuple(ColumnMatch(column=name, compared=rows, equal=rows) for name in columns)


def _int_3() -> TableComparison:
    rows = 2_402
    return TableComparison(
        table="int_3",
        blue="int_3",
        green="int_3_v2",
        verdict=Verdict.PASS,
        keys=KeyCounts(match=2_095, diff=294, in_flight=13),
        checks=(
            _check(
                "columns",
                "9",
                "9",
                "same names and types",
                "columns are equal, but for those that the change touches",
            ),
            _check(
                "rows",
                f"{rows:,}",
                f"{rows:,}",
                "as many; folded from 9,812 and 9,805 records",
                "as many rows",
            ),
            _check("keys", f"{rows:,}", f"{rows:,}", "on both sides, 13 in flight", "the same keys"),
            _check(
                "values",
                "2,389 shared",
                "2,095 equal",
                "294 rows differ, only in columns that the change touches: payment_state 87.69 % equal",
                "rows of one key are equal, but for the columns that the change touches",
                expected=True,
            ),
            _check("freshness", "p95 910 ms", "p95 905 ms", "no slower than blue", "at most 20 % slower"),
        ),
        changed_columns=("payment_state",),
        samples=(
            DifferenceSample(key={"order_id": "o-20931"}, columns={"payment_state": ("partly paid", "paid")}),
            DifferenceSample(key={"order_id": "o-20977"}, columns={"payment_state": ("partly paid", "paid")}),
            DifferenceSample(key={"order_id": "o-21040"}, columns={"payment_state": ("open", "partly paid")}),
        ),
        columns=(
            ColumnMatch(column="payment_state", compared=2_389, equal=2_095, expected=True),
            ColumnMatch(column="order_total", compared=2_389, equal=2_389, tolerance="0.01"),
            *_equal(2_389, "order_id", "customer_id", "segment", "paid", "changed_at"),
            ColumnMatch(
                column="seen_at", compared=0, equal=0, left_out="PROCTIME() gives another value each time"
            ),
        ),
        event_times=_times(3, rows),
        convergence=_course((1_180, 886), (610, 316), (402, 108), (330, 36), (307, 13)),
    )


def _fact_2() -> TableComparison:
    rows = 2_193
    return TableComparison(
        table="fact_2",
        blue="fact_2",
        green="fact_2_v2",
        verdict=Verdict.PASS,
        keys=KeyCounts(match=2_192, in_flight=1),
        checks=(
            _check("columns", "6", "6", "same names and types", "columns are equal"),
            _check(
                "rows",
                f"{rows:,}",
                f"{rows:,}",
                "as many; folded from 5,102 and 5,102 records",
                "as many rows",
            ),
            _check("keys", f"{rows:,}", f"{rows:,}", "on both sides, 1 in flight", "the same keys"),
            _check(
                "values",
                "2,192 shared",
                "2,192 equal",
                "every row on both sides is the same",
                "rows are equal",
            ),
        ),
        columns=_equal(rows, "order_id", "customer_id", "order_total", "outstanding", "segment"),
        event_times=_times(5, rows),
        convergence=_course((240, 240), (31, 31), (4, 4), (1, 1)),
    )


def _fact_3() -> TableComparison:
    rows = 2_060
    return TableComparison(
        table="fact_3",
        blue="fact_3",
        green="fact_3_v2",
        verdict=Verdict.PASS,
        keys=KeyCounts(match=1_960, diff=69, in_flight=31),
        checks=(
            _check(
                "columns",
                "8",
                "8",
                "same names and types",
                "columns are equal, but for those that the change touches",
            ),
            _check(
                "rows",
                f"{rows:,}",
                f"{rows:,}",
                "as many; folded from 6,310 and 6,301 records",
                "as many rows",
            ),
            _check(
                "values",
                "2,029 shared",
                "1,960 equal",
                "69 rows differ, only in columns that the change touches: size_class 98.42 % equal, "
                "payment_state 98.18 % equal",
                "rows of one key are equal, but for the columns that the change touches",
                expected=True,
            ),
        ),
        changed_columns=("payment_state", "size_class"),
        samples=(
            DifferenceSample(
                key={"order_id": "o-20931"},
                columns={"payment_state": ("partly paid", "paid"), "size_class": ("normal", "bulky")},
            ),
        ),
        columns=(
            ColumnMatch(column="payment_state", compared=2_029, equal=1_992, expected=True),
            ColumnMatch(column="size_class", compared=2_029, equal=1_997, expected=True),
            *_equal(2_029, "order_id", "carrier", "weight_kg", "shipped_at"),
        ),
        event_times=_times(7, rows, column="shipped_at"),
        convergence=_course((420, 351), (160, 91), (100, 31)),
    )


def _view32() -> TableComparison:
    times = _times(9, 412)
    return TableComparison(
        table="view32",
        blue=None,
        green="view32",
        verdict=Verdict.PASS,
        keys=KeyCounts(),
        checks=(
            _check("columns", "", "4", "as the DDL declares them", "the records hold the declared columns"),
            _check("rows", "", "6", "412 records in the topic", "a new table has rows"),
            _check("keys", "", "6", "every record has its key", "no record lacks its key"),
        ),
        event_times=replace(
            times,
            rows=replace(times.rows, blue=()),
            latencies=replace(times.latencies, blue=()),
            blue=None,
        ),
    )


def _dropped() -> TableComparison:
    """A join that drops rows."""
    return replace(
        _fact_2(),
        verdict=Verdict.FAIL,
        keys=KeyCounts(match=1_871, diff=12, blue_only=309, in_flight=1),
        checks=(
            _check("columns", "6", "6", "same names and types", "columns are equal"),
            _check(
                "rows",
                "2,193",
                "1,884",
                "-309 rows (14.09 %), and nothing in the change explains it; "
                "folded from 5,102 and 4,310 records",
                "as many rows, where the change does not touch filters, joins or keys",
                verdict=Verdict.FAIL,
            ),
            _check(
                "keys",
                "2,193",
                "1,884",
                "309 only in blue, 0 only in green, 1 in flight, and nothing in the change explains it",
                "the same keys, where the change does not touch filters, joins or keys",
                verdict=Verdict.FAIL,
            ),
            _check(
                "values",
                "1,883 shared",
                "1,871 equal",
                "12 rows differ in outstanding, which nothing in the change explains: "
                "outstanding 99.36 % equal",
                "rows of one key are equal, but for the columns that the change touches",
                verdict=Verdict.FAIL,
            ),
        ),
        changed_columns=("outstanding",),
        samples=(
            DifferenceSample(
                key={"order_id": "o-20814"},
                columns={
                    "customer_id": ("c-311", "(no row)"),
                    "order_total": ("119.90", "(no row)"),
                    "outstanding": ("19.90", "(no row)"),
                    "segment": ("consumer", "(no row)"),
                },
            ),
            DifferenceSample(key={"order_id": "o-20877"}, columns={"outstanding": ("1,204.50", "1,240.50")}),
            DifferenceSample(key={"order_id": "o-20901"}, columns={"outstanding": ("0.00", "NULL")}),
        ),
        columns=(
            ColumnMatch(
                column="outstanding", compared=1_883, equal=1_871, blue_nulls=0.0, green_nulls=0.0042
            ),
            *_equal(1_883, "order_id", "customer_id", "order_total", "segment"),
        ),
        aggregates=(
            AggregatePair(column="order_total", measure="max", blue=1_899.0, green=1_899.0),
            AggregatePair(column="outstanding", measure="sum", blue=48_213.5, green=41_002.75),
            AggregatePair(column="outstanding", measure="distinct", blue=0, green=12),
            AggregatePair(column="outstanding", measure="p95", blue=None, green=311.2),
            AggregatePair(column="order_total", measure="sum", blue=0.1 + 0.2, green=0.3),
            AggregatePair(
                column="updated_at", measure="max", blue=1.7e12, green=1.7e12 + 60_000, moment=True
            ),
        ),
        event_times=_times(5, 2_193, shift=4, slow=2.2),
        convergence=_course((980, 660), (560, 239), (389, 68), (322, 1), (322, 1)),
    )


def _late() -> TableComparison:
    return replace(
        _fact_3(),
        verdict=Verdict.WARN,
        checks=(
            *_fact_3().checks,
            _check(
                "freshness",
                "p95 910 ms",
                "p95 2.6 s",
                "green is 2.9 times as slow as blue",
                "at most 20 % slower than blue",
                verdict=Verdict.WARN,
            ),
        ),
        event_times=_times(7, 2_060, slow=2.9, column="shipped_at"),
    )


def _usual(planned: PlannedTable, dice: random.Random) -> TableComparison:
    rows = dice.randint(800, 4_000_000)
    fate = dice.random()
    bare = replace(
        _fact_2(),
        table=planned.table,
        blue=planned.blue,
        green=planned.green or "",
        keys=KeyCounts(match=rows),
        event_times=_times(rows, rows),
        convergence=_course((rows // 40, rows // 40), (rows // 300, rows // 300), (0, 0)),
    )
    if fate > 0.93:
        unlike = replace(_dropped(), table=planned.table, blue=planned.blue, green=planned.green or "")
        return replace(unlike, keys=KeyCounts(match=rows, blue_only=rows // 90, diff=rows // 3000))
    return bare
