"""No green statement reads a table that has a green one: on random lineages, and on one of 1,000 tables."""

from collections.abc import Mapping
from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from airflow_bluegreen.core.explain import plan_markdown, plan_tree
from airflow_bluegreen.core.model import Plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.published import plan_json
from benchmarks.synthetic import layered
from tests.core.plan.releasing import chain, plan_of

Dag = dict[str, tuple[str, ...]]


@st.composite
def dags(draw: st.DrawFn) -> Dag:
    """Tables by name, each with those before it that it reads."""
    size = draw(st.integers(1, 12))
    names = [f"t{number}" for number in range(size)]
    return {
        name: tuple(draw(st.lists(st.sampled_from(names[:at]), unique=True, max_size=3))) if at else ()
        for at, name in enumerate(names)
    }


def reached(dag: Mapping[str, tuple[str, ...]], causes: set[str]) -> set[str]:
    found = set(causes)
    for name, reads in dag.items():
        if found.intersection(reads):
            found.add(name)
    return found


def check_reads(dag: Mapping[str, tuple[str, ...]], plan: Plan, blue: Mapping[str, str]) -> None:
    """Green reads the green name of every impacted input and the live name of every other one."""
    green = {one.table: one.green for one in plan.tables}
    for planned in plan.tables:
        (dml,) = planned.dml
        text = read_project(
            {"ddl.x.sql": f"CREATE TABLE {planned.green} (id STRING)", "dml.x.sql": dml.sql}, None
        )
        ((statement,),) = (table.dml for table in text.tables.values())
        expected = {green.get(name) or blue[name] for name in dag[planned.table]} or {"raw"}
        assert set(statement.statement.inputs) == expected
        assert statement.statement.outputs == (planned.green,)


@given(data=st.data(), dag=dags())
@settings(max_examples=40, deadline=None)
def test_every_green_statement_reads_green_parents_and_the_live_names_of_the_others(
    data: st.DataObject, dag: Dag
) -> None:
    versions = {name: data.draw(st.integers(1, 11)) for name in dag}
    blue = {name: name if number == 1 else f"{name}_v{number}" for name, number in versions.items()}
    causes = set(data.draw(st.lists(st.sampled_from(sorted(dag)), unique=True, min_size=1)))
    files = files_of(dag)
    plan = plan_of(files, files, live=blue, requested=sorted(causes))
    assert {one.table for one in plan.tables} == reached(dag, causes)
    check_reads(dag, plan, blue)
    assert all(one.green == f"{one.table}_v{versions[one.table] + 1}" for one in plan.tables)
    rewritten = plan_of(files, {**files, **plan.rewritten}, live=blue, requested=sorted(causes))
    assert (rewritten.physical, rewritten.rewritten) == (plan.physical, {})


def files_of(dag: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return chain(*(f"{name}:{','.join(reads)}" if reads else name for name, reads in dag.items()))


def test_a_thousand_tables_have_no_blue_read_left() -> None:
    project = layered(1_000)  # its graph; the texts are shorter ones, as they are read thrice
    before = files_of(project.inputs)
    changed = f"dml.{project.changed}.sql"
    release = before | {changed: before[changed].replace("1 AS v", "2 AS v")}
    plan = plan_of(before, release)
    assert ({one.table for one in plan.tables}, len(plan.tables)) == (project.impacted, 336)
    position = {one.table: at for at, one in enumerate(plan.tables)}
    assert all(position[parent] < position[one.table] for one in plan.tables for parent in one.parents)
    after = read_project({**release, **plan.rewritten}, None)
    for name, reads in project.inputs.items():
        ((dml,),) = [after.tables[name].dml]
        assert set(dml.statement.inputs) == ({plan.physical[read] for read in reads} or {"raw"})
        assert name in project.impacted or project.impacted.isdisjoint(reads)


def test_a_chain_of_a_thousand_tables_is_planned_to_its_end() -> None:
    dag: Dag = {f"t{number}": (f"t{number - 1}",) if number else () for number in range(1_000)}
    files = files_of(dag)
    plan = plan_of(files, files, requested=["t0"])
    assert [one.table for one in plan.tables] == list(dag)
    assert all(one.inputs == (f"{one.parents[0]}_v2",) for one in plan.tables[1:])
    assert len(plan_json(plan)) < 2_000_000
    assert len(plan_markdown(plan).splitlines()) > 1_000
    Console(file=StringIO(), width=120).print(plan_tree(plan))
