import json

import pytest

from airflow_bluegreen.core.flink_plan import parallelism


def explained(*nodes: object) -> str:
    plan = json.dumps({"nodes": nodes}, indent=2)
    return f"== Optimized Execution Plan ==\nSink\n\n== Physical Execution Plan ==\n{plan}"


def test_the_widest_operator_counts() -> None:
    assert parallelism(explained({"parallelism": 2}, {"parallelism": 6}, {"parallelism": 1})) == 6


@pytest.mark.parametrize(
    "text", ["", "== Optimized Execution Plan ==\nSink", explained(), explained({"id": 1}), explained()[:-3]]
)
def test_a_plan_that_does_not_say(text: str) -> None:
    assert parallelism(text) is None
