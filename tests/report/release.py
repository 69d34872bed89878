"""The golden plan, and comparisons of it that say what a test wants to see."""

from typing import Any

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    CheckResult,
    Commit,
    DifferenceSample,
    KeyCounts,
    Plan,
    TableComparison,
    Verdict,
)
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.report import Report
from tests.core.golden import v1_0_0, v1_0_1

BASE = read_project(v1_0_0(), Commit(ref="v1.0.0", sha="a" * 40))
RELEASE = read_project(v1_0_1(), Commit(ref="v1.0.1", sha="b" * 40))
PLAN: Plan = make_plan(project=RELEASE, base=BASE, environment="local", live={}, base_release="v1.0.0")
_LINEAGE = Lineage(RELEASE)
LINEAGE = {name: (*_LINEAGE.inputs(name), *_LINEAGE.external_inputs(name)) for name in _LINEAGE.tables}


def comparison(table: str, verdict: Verdict, *, expected: bool = False, **changes: object) -> TableComparison:
    planned = PLAN.table(table)
    assert planned is not None
    check = CheckResult(
        check="rows",
        verdict=verdict,
        blue="3",
        green="4",
        detail=f"{table} <b>rows</b>",
        rule="rows may change",
        expected=expected,
    )
    sample = DifferenceSample(key={"id": "k&1"}, columns={"note": ("<script>alert(1)</script>", "NULL")})
    values: dict[str, object] = {
        "table": table,
        "blue": planned.blue,
        "green": planned.green,
        "verdict": verdict,
        "keys": KeyCounts(match=3, diff=1),
        "checks": (check,),
        "changed_columns": ("note",),
        "samples": (sample,),
    }
    return TableComparison(**{**values, **changes})  # type: ignore[arg-type]


COMPARISONS = (
    comparison("int_3", Verdict.PASS, expected=True),
    comparison("fact_2", Verdict.PASS, samples=(), keys=KeyCounts(match=4)),
    comparison("fact_3", Verdict.PASS, expected=True),
    comparison("view32", Verdict.PASS, samples=(), keys=KeyCounts()),
)


def report(comparisons: tuple[TableComparison, ...] = COMPARISONS, **changes: Any) -> Report:
    values: dict[str, Any] = {"plan": PLAN, "lineage": LINEAGE, "generated_at": "2026-01-12 12:00 UTC"}
    return Report(comparisons=comparisons, **{**values, **changes})
