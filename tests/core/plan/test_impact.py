"""What must hold for every lineage and every release."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Plan, Trigger
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.sql import parse
from airflow_bluegreen.exceptions import UnknownTableError
from tests.core.plan.releasing import chain, names, plan_of, planned


def test_a_diamond_is_visited_once_with_all_its_inputs_known() -> None:
    before = chain("a", "b:a", "c:a", "d:b,c", "e:c")
    after = {**before, "dml.a.sql": before["dml.a.sql"].replace("1 AS v", "2 AS v")}
    plan = plan_of(before, after)
    assert [one.table for one in plan.tables] == ["a", "b", "c", "d", "e"]
    assert planned(plan, "d").inputs == ("b_v2", "c_v2")
    assert planned(plan, "d").path in (("a", "b", "d"), ("a", "c", "d"))


def test_half_a_diamond_reads_green_on_one_side_and_blue_on_the_other() -> None:
    before = chain("a", "b:a", "c:a", "d:b,c")
    after = {**before, "dml.b.sql": before["dml.b.sql"].replace("1 AS v", "2 AS v")}
    assert planned(plan_of(before, after), "d").inputs == ("b_v2", "c")


def test_a_new_table_between_two_old_ones() -> None:
    before = chain("a", "c:a")
    plan = plan_of(before, before | chain("b:a", "c:b"))
    assert names(plan) == {"b": (None, "b", "new"), "c": ("c", "c_v2", "modified")}


def test_an_unknown_wish_names_near_tables() -> None:
    with pytest.raises(UnknownTableError, match=r"no table int_33 in the lineage\. Did you mean int_3\?"):
        plan_of(chain("int_3"), chain("int_3"), requested=["int_33"])


@st.composite
def releases(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """A random acyclic project, the same with some statements changed, and random live versions."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    tables = [f"t{number}" for number in range(draw(st.integers(1, 9)))]
    entries = []
    for number, table in enumerate(tables):
        reads = [other for other in tables[:number] if chance.random() < 0.4]
        entries.append(f"{table}:{','.join(reads)}" if reads else table)
    before = chain(*entries)
    after = dict(before)
    for table in tables:
        if chance.random() < 0.3:
            after[f"dml.{table}.sql"] = before[f"dml.{table}.sql"].replace("1 AS v", "2 AS v")
        elif chance.random() < 0.2:
            after[f"ddl.{table}.sql"] = before[f"ddl.{table}.sql"].replace("v INT", "v INT, w INT")
    live = {table: f"{table}_v{chance.randint(2, 12)}" for table in tables if chance.random() < 0.3}
    return before, after, live


@settings(max_examples=60, deadline=None)
@given(releases())
def test_every_plan_is_consistent(release: tuple[dict[str, str], dict[str, str], dict[str, str]]) -> None:
    before, after, live = release
    plan = plan_of(before, after, live=live)
    check_no_green_reads_blue(plan)
    check_triggers(plan, after)
    again = plan_of(before, {**after, **plan.rewritten}, live=live)
    assert again.rewritten == {}
    assert (again.tables, again.physical) == (plan.tables, plan.physical)


def check_no_green_reads_blue(plan: Plan) -> None:
    replaced = {one.blue for one in plan.tables}
    for one in plan.tables:
        assert one.green not in replaced
        for statement in one.statements:
            (parsed,) = parse(statement.sql, statement.name)
            assert not replaced & {*parsed.inputs, *parsed.outputs}, statement.sql
            assert not replaced & {table.physical for table in statement.catalog}
            assert {*parsed.inputs, *parsed.outputs} - {"raw"} <= set(plan.physical.values())


def check_triggers(plan: Plan, files: Mapping[str, str]) -> None:
    """Impacted is what was modified and all that depends on it; every path is one through the lineage."""
    lineage = Lineage(read_project(files, None))
    causes = {one.table for one in plan.tables if one.trigger is Trigger.MODIFIED}
    assert {one.table for one in plan.tables} == causes.union(*map(lineage.descendants, causes))
    done: set[str] = set()
    for one in plan.tables:
        assert one.path[0] in causes
        assert one.path[-1] == one.table
        assert all(end in lineage.children(start) for start, end in zip(one.path, one.path[1:], strict=False))
        assert set(one.parents) <= done
        done.add(one.table)
