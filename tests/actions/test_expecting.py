import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.actions import expecting
from airflow_bluegreen.actions.compare import compare
from airflow_bluegreen.actions.expecting import find_suite, with_expectations
from airflow_bluegreen.actions.planned import planned_table
from airflow_bluegreen.core.expectations import expectations_file
from airflow_bluegreen.core.model import CheckResult, KafkaRecord, Offsets, TableComparison, Verdict
from airflow_bluegreen.exceptions import ConfigurationError
from tests.actions.releasing import bring_up
from tests.actions.world import ROWS, World
from tests.fakes.expectations import FakeValidator
from tests.fakes.kafka import FakeTopics

KEYS = 3 * ROWS
"""Of int_3, which reads three tables."""
BETWEEN = "expect_column_values_to_be_between"
COUNT = "expect_table_row_count_to_be_between"


def suite(minimum: int, severity: str = "critical") -> str:
    one = {"type": BETWEEN, "kwargs": {"column": "total", "min_value": minimum}, "severity": severity}
    return json.dumps({"name": "int_3", "expectations": [one]})


def compared(world: World, validator: FakeValidator | None) -> TableComparison:
    plan = world.plan()
    platform = replace(world.platform, validator=validator)
    return compare(platform, plan, "int_3", world.profile, world.story)


@pytest.fixture
def passing() -> World:
    """A release that was brought up without a suite, and whose tables can be compared."""
    world = World()
    bring_up(world)
    return world


def with_suite(world: World, text: str) -> World:
    """The same release, the suite in its commit from the beginning."""
    commits = world.cluster.repository.commits
    sha = world.cluster.repository.resolve("v1.0.1").sha
    files = {**commits[sha].files, expectations_file("int_3"): text}
    commits[sha] = replace(commits[sha], files=files)
    return world


def expected(comparison: TableComparison) -> CheckResult:
    (found,) = (check for check in comparison.checks if check.check == "expectations")
    return found


def test_a_table_without_a_suite_is_not_validated(passing: World) -> None:
    validator = FakeValidator()
    found = compared(passing, validator)
    assert validator.validated == {}
    assert all(check.check != "expectations" for check in found.checks)


def test_the_suite_and_what_the_ddl_implies_count_in_the_verdict(passing: World) -> None:
    validator = FakeValidator()
    found = compared(with_suite(passing, suite(0)), validator)
    assert (found.verdict, expected(found).verdict) == (Verdict.PASS, Verdict.PASS)
    assert len(validator.validated["int_3"]) == KEYS
    assert "Data Docs: file:///docs/int_3" in expected(found).detail
    assert int(expected(found).green.split()[0]) > 1, "the derived ones, too"


def test_as_many_rows_as_blue_are_expected(passing: World) -> None:
    validator = FakeValidator()
    compared(with_suite(passing, suite(0)), validator)
    (count,) = (one for one in validator.asked["int_3"] if one.type == COUNT)
    assert dict(count.kwargs) == {"min_value": KEYS, "max_value": KEYS}


def test_records_that_came_since_the_comparison_are_no_failure(passing: World) -> None:
    """Green goes on while it is compared; what came is a row more, or one less."""
    world, validator = with_suite(passing, suite(0)), FakeValidator()
    plan = world.plan()
    platform = replace(world.platform, validator=validator)
    planned = planned_table(plan, "int_3")
    assert planned.green is not None
    found = find_suite(platform, plan, planned, planned.green)
    comparison = compare(platform, plan, "int_3", world.profile, world.story)
    world.produce("a", 900, 1)
    world.cluster.run(4)
    judged = with_expectations(platform, planned, world.profile, found, comparison, world.story)
    (count,) = (one for one in validator.asked["int_3"] if one.type == COUNT)
    assert (count.kwargs["min_value"], count.kwargs["max_value"]) == (KEYS - 1, KEYS + 1)
    assert judged.verdict is Verdict.PASS


@pytest.mark.parametrize("reading", [False, True], ids=["before the reading", "while it is read"])
def test_what_came_and_what_retention_deleted_do_not_cancel_out(passing: World, *, reading: bool) -> None:
    world, validator = with_suite(passing, suite(0)), FakeValidator()
    plan = world.plan()
    platform = replace(world.platform, validator=validator)
    planned = planned_table(plan, "int_3")
    assert planned.green is not None
    found = find_suite(platform, plan, planned, planned.green)
    comparison = compare(platform, plan, "int_3", world.profile, world.story)
    moving = Moving(world.cluster.topics, planned.green)
    if reading:
        platform = replace(platform, topics=moving)  # type: ignore[arg-type]
    else:
        moving.move()
    judged = with_expectations(platform, planned, world.profile, found, comparison, world.story)
    (count,) = (one for one in validator.asked["int_3"] if one.type == COUNT)
    moved = 2 + 2 * len(world.cluster.topics.begin_offsets(planned.green))
    assert (count.kwargs["min_value"], count.kwargs["max_value"]) == (KEYS - moved, KEYS + moved)
    assert judged.verdict is Verdict.PASS


class Moving:
    """Topics of which one gets two records, and loses two of each partition, when it is read."""

    def __init__(self, topics: FakeTopics, name: str) -> None:
        self._topics, self._name = topics, name

    def move(self) -> None:
        begins = self._topics.begin_offsets(self._name)
        for number in range(2):
            self._topics.produce(self._name, f"gone{number}".encode(), None)
        self._topics.truncate(self._name, min(begins.values()) + 2)

    def read(self, topic: str, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        self.move()
        return self._topics.read(topic, start, end)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._topics, name)


def test_where_any_number_of_rows_may_change_none_is_expected(passing: World) -> None:
    validator = FakeValidator()
    world = with_suite(passing, suite(0))
    plan = world.plan()
    may = replace(planned_table(plan, "int_3").expected, rows_may_change=True)
    tables = [replace(one, expected=may) if one.table == "int_3" else one for one in plan.tables]
    platform = replace(world.platform, validator=validator)
    for tolerance, expected in ((0.0, []), (0.1, [(KEYS * 9 // 10, -(-KEYS * 11 // 10))])):
        profile = replace(world.profile, row_count_tolerance=tolerance)
        compare(platform, replace(plan, tables=tuple(tables)), "int_3", profile, world.story)
        counts = [one.kwargs for one in validator.asked["int_3"] if one.type == COUNT]
        assert [(one["min_value"], one["max_value"]) for one in counts] == expected


@pytest.mark.parametrize(
    ("severity", "verdict"), [("critical", Verdict.FAIL), ("warning", Verdict.WARN), ("info", Verdict.WARN)]
)
def test_what_fails_is_told_and_fails_by_its_severity(
    passing: World, severity: str, verdict: Verdict
) -> None:
    found = compared(with_suite(passing, suite(10_000, severity)), FakeValidator())
    assert (found.verdict, expected(found).verdict) == (verdict, verdict)
    assert f"{BETWEEN}(" in expected(found).detail
    assert f"{KEYS} of {KEYS} rows" in expected(found).detail


def test_a_suite_that_nothing_can_validate_stops_the_comparison(passing: World) -> None:
    with pytest.raises(ConfigurationError, match=r"expectations/int_3.json asks for Great Expectations"):
        compared(with_suite(passing, suite(0)), None)


def test_too_many_rows_never_pass(passing: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expecting, "MOST_RECORDS", 1)
    found = compared(with_suite(passing, suite(0)), FakeValidator())
    assert (found.verdict, expected(found).verdict) == (Verdict.WARN, Verdict.WARN)
    assert "not validated: the topic spans" in expected(found).detail


def test_deleted_rows_are_not_validated(passing: World) -> None:
    topics = passing.cluster.topics
    (first, *_) = topics.read("int_3_v2", {}, topics.end_offsets("int_3_v2"))
    for topic in ("int_3", "int_3_v2"):
        topics.produce(topic, first.key, None)
    validator = FakeValidator()
    compared(with_suite(passing, suite(0)), validator)
    assert len(validator.validated["int_3"]) == KEYS - 1
