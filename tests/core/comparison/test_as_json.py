import json

from airflow_bluegreen.core.comparison.as_json import comparisons_json
from airflow_bluegreen.core.model import CheckResult, DifferenceSample, KeyCounts, TableComparison, Verdict


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
            }
        ]
    }
