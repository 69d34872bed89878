"""The drawn graph: golden lineage, dependencies, trigger rules, and what a parse costs."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from airflow.sdk import DAG, TriggerRule

from airflow_bluegreen.dag_factory import cleanup_dag, release_dag, release_task_group, rollback_dag
from airflow_bluegreen.operators.approval import ApproveReleaseOperator
from airflow_bluegreen.operators.comparing import ReportOperator
from airflow_bluegreen.operators.planning import BuildReleasePlanOperator
from airflow_bluegreen.operators.table_tasks import task_id_of
from airflow_bluegreen.snapshot import DrawnTable, Snapshot, save_snapshot
from tests.airflow.golden_graph import GOLDEN, INPUTS

ROOT = Path(__file__).parents[2]
SPINE = ["choose_release", "compute_modified", "plan", "rewrite_versions", "preflight"]
ENDING = ["report", "approve", "cut_over", "observe", "retire_blue", "confirm"]


def drawn(snapshot: Snapshot, folder: Path) -> DAG:
    save_snapshot(snapshot, folder / "s.json")
    return release_dag(
        dag_id="release", project="/srv/retail", environment="local", snapshot=folder / "s.json"
    )


@pytest.fixture
def dag(tmp_path: Path) -> DAG:
    return drawn(GOLDEN, tmp_path)


def downstream(dag: DAG, task_id: str) -> set[str]:
    return set(dag.get_task(task_id).downstream_task_ids)


def test_every_table_has_its_four_tasks(dag: DAG) -> None:
    expected = {
        f"deploy.{table}.{step}" for table in INPUTS for step in ("ddl", "dml", "await_catch_up", "compare")
    }
    assert {task_id for task_id in dag.task_ids if task_id.startswith("deploy.")} == expected
    assert set(dag.task_ids) - expected == {*SPINE, *ENDING, "roll_back"}


@pytest.mark.parametrize("step", ["dml", "await_catch_up"])
def test_edges_between_tables_are_the_lineage(dag: DAG, step: str) -> None:
    edges = {
        (parent, child)
        for parent in INPUTS
        for child in INPUTS
        if f"deploy.{child}.{step}" in downstream(dag, f"deploy.{parent}.{step}")
    }
    assert edges == {(parent, child) for child, parents in INPUTS.items() for parent in parents}


@pytest.mark.parametrize(("before", "after"), [*pairwise(SPINE), *pairwise(ENDING)])
def test_spine(dag: DAG, before: str, after: str) -> None:
    assert after in downstream(dag, before)


def test_no_table_task_starts_before_the_plan_has_skipped_the_others(dag: DAG) -> None:
    of_tables = {task_id for task_id in dag.task_ids if task_id.startswith("deploy.")}
    assert of_tables <= dag.get_task("plan").get_flat_relative_ids(upstream=False)


def test_only_the_lineage_draws_lines_between_tables_and_the_spine(dag: DAG) -> None:
    assert downstream(dag, "plan") == {"rewrite_versions"}
    assert downstream(dag, "preflight") == {f"deploy.{table}.ddl" for table in INPUTS}
    assert dag.get_task("report").upstream_task_ids == {f"deploy.{table}.compare" for table in INPUTS}


def test_what_follows_tables_accepts_skipped_ones(dag: DAG) -> None:
    rules = {task.task_id: task.trigger_rule for task in dag.tasks}
    assert {rules[one] for one in rules if one.startswith("deploy.")} == {TriggerRule.NONE_FAILED}
    assert rules["report"] == TriggerRule.NONE_FAILED


def test_the_rollback_waits_for_everything_that_may_deploy_and_for_the_decision(dag: DAG) -> None:
    roll_back = dag.get_task("roll_back")
    writing = {task_id for task_id in dag.task_ids if task_id.endswith((".ddl", ".dml"))}
    assert roll_back.trigger_rule == TriggerRule.ALL_DONE
    assert roll_back.upstream_task_ids == writing | {"approve"}
    assert roll_back.downstream_task_ids == set()


def test_a_failed_run_cannot_end_well_because_the_rollback_worked(dag: DAG) -> None:
    assert {task.task_id for task in dag.leaves} == {"confirm", "roll_back"}
    after_decision = [dag.get_task(task_id) for task_id in ("approve", *ENDING[2:])]
    assert {task.trigger_rule for task in after_decision} == {TriggerRule.ALL_SUCCESS}


def test_every_task_is_tried_again(dag: DAG) -> None:
    assert {task.retries for task in dag.tasks} == {2}
    assert dag.max_active_runs == 1


def test_a_table_without_dml_needs_no_job_and_no_wait(tmp_path: Path) -> None:
    tables = {"a": DrawnTable(), "v": DrawnTable(inputs=("a",), has_dml=False)}
    dag = drawn(Snapshot(project="p", tables=tables), tmp_path)
    assert {one for one in dag.task_ids if one.startswith("deploy.v.")} == {
        "deploy.v.ddl",
        "deploy.v.compare",
    }
    assert "deploy.v.ddl" in downstream(dag, "deploy.a.dml")


def test_without_snapshot_the_plan_can_still_say_so(tmp_path: Path) -> None:
    dag = release_dag(dag_id="r", project="/srv/p", environment="e", snapshot=tmp_path / "none.json")
    assert set(dag.task_ids) == {*SPINE, *ENDING, "roll_back"}


def test_names_that_airflow_refuses_still_get_tasks(tmp_path: Path) -> None:
    tables = {name: DrawnTable() for name in ("shop.orders", "shop_orders", "größe")}
    dag = drawn(Snapshot(project="p", tables=tables), tmp_path)
    assert {task_id_of("deploy", name, "ddl") for name in tables} <= set(dag.task_ids)
    assert len({task_id_of("deploy", name, "ddl") for name in tables}) == 3


def test_in_a_dag_of_ones_own_the_group_has_its_prefix(tmp_path: Path) -> None:
    save_snapshot(GOLDEN, tmp_path / "s.json")
    with DAG(dag_id="mine", schedule=None) as dag:
        release_task_group(
            project="/srv/retail",
            environment="local",
            release="v1",
            snapshot=tmp_path / "s.json",
            group_id="shop",
        )
    assert "shop.deploy.int_3.dml" in dag.task_ids
    approve = dag.get_task("shop.approve")
    assert isinstance(approve, ApproveReleaseOperator)
    assert approve.roll_back_task in dag.task_ids
    assert approve.downstream_task_ids == {"shop.cut_over", "shop.roll_back"}


@pytest.mark.parametrize("ref", ["v1.0.1", "main", "release/2026-01", "a1b2c3d4", "v1+build.5"])
def test_refs_that_may_be_given(dag: DAG, ref: str) -> None:
    assert dag.params.get_param("release").resolve(ref) == ref


@pytest.mark.parametrize("ref", ["", "-x", "--upload-pack=x", "a..b", "a b", "a;b", "../x", "a\nb", "$(x)"])
def test_refs_that_are_refused(dag: DAG, ref: str) -> None:
    with pytest.raises(Exception, match="does not match"):
        dag.params.get_param("release").resolve(ref)


@pytest.mark.parametrize("given", [None, "10m", "1.5h"])
def test_observations_that_may_be_given(dag: DAG, given: str | None) -> None:
    assert dag.params.get_param("observation").resolve(given) == given


def test_an_observation_without_a_unit_is_refused(dag: DAG) -> None:
    with pytest.raises(Exception, match=r"not valid under any|does not match"):
        dag.params.get_param("observation").resolve("10")


@pytest.mark.parametrize("given", [[], ["int_3=auto"], ["int_3=seed", "sales.fact_2=latest"]])
def test_starts_that_may_be_given(dag: DAG, given: list[str]) -> None:
    assert dag.params.get_param("start").resolve(given) == given


@pytest.mark.parametrize("given", ["auto", ["auto"], ["int_3=fast"], ["int_3="], ["=seed"], ["a b=seed"]])
def test_starts_that_are_refused(dag: DAG, given: object) -> None:
    with pytest.raises(Exception, match=r"does not match|is not of type"):
        dag.params.get_param("start").resolve(given)


def test_the_starts_reach_the_plan_and_the_costs_the_person_who_approves(dag: DAG) -> None:
    plan, report = dag.get_task("plan"), dag.get_task("report")
    assert isinstance(plan, BuildReleasePlanOperator)
    assert plan.start == "{{ params.start | tojson }}"
    assert isinstance(report, ReportOperator)
    assert "xcom_pull(task_ids='plan', key='cost')" in report.cost


def test_the_clean_up_lists_before_it_deletes() -> None:
    dag = cleanup_dag(dag_id="clean", project="/srv/retail", environment="local", schedule="@daily")
    assert downstream(dag, "list_leftovers") == {"delete_leftovers"}
    assert {task.retries for task in dag.tasks} == {2}


def test_the_rollback_dag_wants_a_release() -> None:
    dag = rollback_dag(dag_id="back", project="/srv/retail", environment="local")
    assert dag.task_ids == ["roll_back"]
    with pytest.raises(Exception, match="No value passed"):
        dag.params.get_param("release").resolve()


PARSE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
bag = DagBag(sys.argv[1], bundle_path=None)
heavy = ["git", "sqlglot", "networkx", "confluent_kafka", "duckdb", "pyarrow", "great_expectations"]
loaded = [module for module in heavy if module in sys.modules]
texts = {name: json.dumps(DagSerialization.to_dict(dag), sort_keys=True) for name, dag in bag.dags.items()}
print("\\n" + json.dumps({"errors": bag.import_errors, "heavy": loaded, "dags": texts}))
"""


def test_the_dag_files_parse_light_and_always_the_same(tmp_path: Path) -> None:
    save_snapshot(GOLDEN, tmp_path / "s.json")
    environment = {
        **os.environ,
        "AIRFLOW__BLUEGREEN__PROJECT": "/srv/retail",
        "AIRFLOW__BLUEGREEN__ENVIRONMENT": "local",
        "AIRFLOW__BLUEGREEN__SNAPSHOT_PATH": str(tmp_path / "s.json"),
    }
    seen = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PARSE, str(ROOT / "dags")],
            env={**environment, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        seen.append(json.loads(done.stdout.splitlines()[-1]))
    assert seen[0]["errors"] == {}
    assert seen[0]["heavy"] == []
    assert set(seen[0]["dags"]) == {
        "bluegreen_release",
        "bluegreen_rollback",
        "bluegreen_cleanup",
        "bluegreen_environment",
        "bluegreen_snapshot",
        "bluegreen_start_release",
        "bluegreen_finish_release",
    }
    assert seen[0]["dags"] == seen[1]["dags"]


def test_the_job_of_a_statement_set_waits_for_all_its_topics_and_all_its_tables_for_the_job(
    tmp_path: Path,
) -> None:
    tables = {"a": DrawnTable(), "b": DrawnTable(filled_with=("a",)), "c": DrawnTable(inputs=("b",))}
    dag = drawn(Snapshot(project="p", tables=tables), tmp_path)
    assert {"deploy.a.dml", "deploy.b.dml"} <= downstream(dag, "deploy.b.ddl")
    assert "deploy.b.await_catch_up" in downstream(dag, "deploy.a.dml")
    dag.check_cycle()


def test_the_form_proposes_what_the_snapshot_knows(tmp_path: Path) -> None:
    tables = {"a": DrawnTable(kind="source", product="shop"), "b": DrawnTable()}
    refs = dict.fromkeys(("HEAD", "v1.9.0", "v1.10.0"), "1" * 40)
    dag = drawn(Snapshot(project="p", tables=tables, refs=refs), tmp_path)
    found = {name: dag.params.get_param(name) for name in dag.params}
    schemas = {name: param.schema for name, param in found.items()}
    assert schemas["release"]["examples"] == schemas["base"]["examples"] == ["v1.10.0", "v1.9.0"]
    assert schemas["tables"]["examples"] == ["a", "b"]
    assert schemas["tables"]["values_display"] == {"a": "a (source, shop)"}
    assert all(param.schema["title"] and param.description for param in found.values())
    assert list(schemas)[:3] == ["release", "dry_run", "auto_approve"]


def test_without_a_release_the_newest_is_meant(dag: DAG) -> None:
    assert dag.params.get_param("release").resolve(None) is None
    assert dag.get_task("choose_release").release == "{{ params.release or '' }}"  # type: ignore[attr-defined]
    assert dag.get_task("plan").release == "{{ ti.xcom_pull(task_ids='choose_release') or '' }}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("given", [["a b"], "a", [1]])
def test_tables_that_are_refused(dag: DAG, given: object) -> None:
    with pytest.raises(Exception, match=r"does not match|is not of type"):
        dag.params.get_param("tables").resolve(given)
