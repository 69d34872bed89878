import json

from airflow_bluegreen.core.comparison.as_json import comparisons_json
from airflow_bluegreen.core.model import (
    AggregatePair,
    CheckResult,
    ColumnMatch,
    ConvergencePoint,
    DifferenceSample,
    KeyCounts,
    TableComparison,
    Verdict,
)


def test_the_shape_that_programs_read() -> None:
    comparison = TableComparison(
        table="int_3",
        blue="int_3",
        green="int_3_v2",
        verdict=Verdict.PASS,
        keys=KeyCounts(match=3, diff=1),
        checks=(
            CheckResult(
                check="rows",
                verdict=Verdict.PASS,
                blue="4",
                green="4",
                detail="as many",
                rule="may change",
                expected=True,
            ),
        ),
        changed_columns=("total",),
        columns=(ColumnMatch(column="total", compared=4, equal=3, expected=True, green_nulls=0.25),),
        aggregates=(AggregatePair(column="total", measure="sum", blue=3.0, green=None),),
        convergence=(ConvergencePoint(at_ms=5, differing=2, in_flight=1),),
        samples=(DifferenceSample(key={"id": "a"}, columns={"total": ("1", "2")}),),
    )
    assert json.loads(json.dumps(comparisons_json([comparison]))) == {
        "tables": [
            {
                "table": "int_3",
                "blue": "int_3",
                "green": "int_3_v2",
                "verdict": "pass",
                "new": False,
                "expected": True,
                "keys": {"match": 3, "blue_only": 0, "green_only": 0, "diff": 1, "in_flight": 0},
                "checks": [
                    {
                        "check": "rows",
                        "verdict": "pass",
                        "blue": "4",
                        "green": "4",
                        "detail": "as many",
                        "rule": "may change",
                        "expected": True,
                    }
                ],
                "changed_columns": ["total"],
                "samples": [{"key": {"id": "a"}, "columns": {"total": ["1", "2"]}}],
                "columns": [
                    {
                        "column": "total",
                        "compared": 4,
                        "equal": 3,
                        "expected": True,
                        "left_out": "",
                        "tolerance": "",
                        "blue_nulls": None,
                        "green_nulls": 0.25,
                    }
                ],
                "aggregates": [
                    {"column": "total", "measure": "sum", "blue": 3.0, "green": None, "moment": False}
                ],
                "event_times": None,
                "convergence": [{"at_ms": 5, "differing": 2, "in_flight": 1}],
            }
        ]
    }
