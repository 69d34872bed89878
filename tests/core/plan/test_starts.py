import pytest

from airflow_bluegreen.core.explain import plan_rows
from airflow_bluegreen.core.model import Start, StartWish
from airflow_bluegreen.core.starting import read_wishes
from airflow_bluegreen.exceptions import ConfigurationError, UnknownTableError
from tests.core.plan.releasing import chain, plan_of, planned

BEFORE = chain("a", "b:a")
AFTER = {**BEFORE, "dml.a.sql": "INSERT INTO a SELECT raw.id, 2 AS v FROM raw;\n"}
BASE = {**BEFORE, "bluegreen.yaml": "project: retail\n"}


def configured(start: str) -> dict[str, str]:
    return {**AFTER, "bluegreen.yaml": f"project: retail\nstart: {start}\n"}


def test_a_table_starts_as_the_project_says() -> None:
    plan = plan_of(BASE, configured("{default: auto, tables: {b: seed}}"))
    assert planned(plan, "a").start == StartWish(start=Start.AUTO, or_rebuild=True)
    assert planned(plan, "b").start == StartWish(start=Start.SEED)


def test_the_release_has_the_last_word() -> None:
    plan = plan_of(BASE, configured("auto"), start={"a_v2": Start.LATEST})
    assert planned(plan, "a").start == StartWish(start=Start.LATEST)
    assert planned(plan, "b").start.start is Start.AUTO


def test_without_history_rows_are_missing_from_there_on_down() -> None:
    plan = plan_of(BASE, configured("{tables: {a: latest}}"))
    assert planned(plan, "a").expected.rows_may_change
    assert any("no history" in reason for reason in planned(plan, "a").expected.reasons)
    assert planned(plan, "b").expected.rows_may_change
    assert not planned(plan_of(BASE, configured("rebuild")), "b").expected.rows_may_change


def test_a_table_that_there_is_not_cannot_start() -> None:
    with pytest.raises(UnknownTableError, match="no table q, which is to start with seed"):
        plan_of(BASE, configured("{tables: {q: seed}}"))
    with pytest.raises(UnknownTableError, match="no table q"):
        plan_of(BASE, configured("auto"), start={"q": Start.SEED})


def test_wishes_as_people_write_them() -> None:
    assert read_wishes(["a=seed", "b=auto"]) == {"a": Start.SEED, "b": Start.AUTO}
    assert read_wishes(["a=seed", "a=seed"]) == {"a": Start.SEED}
    for text in ("a", "a=", "=seed", "a=savepoint"):
        with pytest.raises(ConfigurationError, match=r"Write TABLE=rebuild\|carry_over"):
            read_wishes([text])
    with pytest.raises(ConfigurationError, match="a is to start with seed and with auto"):
        read_wishes(["a=seed", "a=auto"])


def test_a_start_that_nobody_gets_is_refused() -> None:
    changed = {**BEFORE, "dml.b.sql": AFTER["dml.b.sql"].replace("FROM", "  FROM").replace("a.v", "a.v + 1")}
    with pytest.raises(UnknownTableError, match="table a gets no new version, so it cannot start with seed"):
        plan_of(BASE, changed, start={"a": Start.SEED})


def test_the_plan_shows_a_start_that_is_not_the_usual_one() -> None:
    plan = plan_of(BASE, configured("{tables: {b: auto}}"))
    why = {row.green: row.why for row in plan_rows(plan)}
    assert why["b_v2"].endswith("start: auto")
    assert "start" not in why["a_v2"]
