import pytest

from airflow_bluegreen.core.starting.flink_plan import difference, scanned_twice, state_in
from tests.core.starting.plans import AGGREGATE, CALC, explained, scan


def test_calc_and_union_keep_no_state() -> None:
    assert state_in(explained(CALC, scan("a"))) is None
    assert state_in(explained(CALC, "Union(all=[true], union=[k, v])", scan("a"))) is None


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (explained(AGGREGATE, scan("a"), mode="I,UA"), "plans GroupAggregate for it, which keeps state"),
        (explained(CALC, scan("a"), mode="I,UB,UA"), "Calc changes rows that were written before"),
        (explained("Calc(select=[CURRENT_WATERMARK(ts) AS v])", scan("a")), "looks at the watermark"),
        (explained("ChangelogNormalize(key=[k])", scan("a")), "ChangelogNormalize"),
        ("", "cannot be read"),
        ("== Optimized Physical Plan ==\nSink(table=[t])\n+- Calc(select=[k])\n", "Sink changes rows"),
    ],
)
def test_everything_else_may(plan: str, reason: str) -> None:
    assert reason in (state_in(plan) or "")


def test_a_sink_that_orders_changes_keeps_state() -> None:
    plan = explained(CALC, scan("a")).replace(
        "fields=[k, v], changelogMode=[NONE]", "upsertMaterialize=[true], changelogMode=[NONE]"
    )
    assert "its sink keeps state" in (state_in(plan) or "")


def test_a_table_that_is_read_in_two_places() -> None:
    assert scanned_twice(explained(CALC, scan("a"))) is None
    assert scanned_twice(explained(scan("a"), scan("a"))) == "a"


def test_the_name_of_the_sink_makes_no_difference() -> None:
    blue, green = explained(AGGREGATE, scan("a"), sink="t"), explained(AGGREGATE, scan("a"), sink="t_v2")
    assert difference(blue, green) is None


@pytest.mark.parametrize(
    ("green", "reason"),
    [
        (explained(AGGREGATE, scan("a_v2")), "a_v2"),
        (explained(AGGREGATE.replace("SUM", "MAX"), scan("a")), "MAX"),
        (explained(AGGREGATE, CALC, scan("a")), "plans Calc"),
        (
            explained(AGGREGATE, scan("a")).replace(
                "fields=[k, v], changelogMode=[NONE]", "fields=[k], changelogMode=[NONE]"
            ),
            "Sink",
        ),
        (explained(AGGREGATE), "plans 2 operators where blue has 3"),
        ("nothing", "cannot be read"),
    ],
)
def test_everything_else_does(green: str, reason: str) -> None:
    assert reason in (difference(explained(AGGREGATE, scan("a")), green) or "")
