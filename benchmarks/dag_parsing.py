"""What a release DAG costs to parse: against bare EmptyOperators with the same edges, and against Cosmos.

    python -m benchmarks.dag_parsing                           1,000 tables
    python -m benchmarks.dag_parsing --tables 200
    python -m benchmarks.dag_parsing --cosmos VENV/bin/python  an interpreter with astronomer-cosmos

Each way is built and serialized in a process of its own, the ways in turn, ``--repeat`` times; a number is
the processor time in seconds, the best of them, without the import of Airflow. ``parse`` is what the
dag-processor does at each look at the file and each task at its start; ``serialize`` is done by the
dag-processor alone; ``MiB`` is the largest resident size of the process, ``JSON`` the size of the serialized
DAG in KiB. Cosmos draws a dbt project of the same lineage from its manifest, one task a model
(``TestBehavior.NONE``).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from airflow_bluegreen.snapshot import DrawnTable, Snapshot, save_snapshot
from benchmarks.synthetic import layered

STAGES = ("parse", "serialize", "MiB", "JSON")

_MEASURE = """
import gc, json, resource, time
from airflow.serialization.serialized_objects import DagSerialization
gc.collect(); begun = time.process_time()
dag = build()
parsed = time.process_time()
text = json.dumps(DagSerialization.to_dict(dag))
done = time.process_time()
size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"tasks": len(dag.tasks), "parse": parsed - begun, "serialize": done - parsed,
                  "MiB": size, "JSON": len(text) / 1024}))
"""

_OURS = """
import sys
from airflow_bluegreen.dag_factory import release_dag
def build():
    return release_dag(dag_id="release", project="/srv/p", environment="e", snapshot=sys.argv[1])
"""

_BARE = """
import json, sys
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
edges = json.load(open(sys.argv[2]))
def build():
    with DAG(dag_id="bare", schedule=None) as dag:
        tasks = {name: EmptyOperator(task_id=name) for name in edges}
        for name, following in edges.items():
            for one in following:
                tasks[name] >> tasks[one]
    return dag
"""

_COSMOS = """
import sys
from cosmos import DbtDag, ExecutionConfig, LoadMode, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import TestBehavior
def build():
    folder = sys.argv[3]
    return DbtDag(
        dag_id="cosmos", schedule=None,
        project_config=ProjectConfig(manifest_path=f"{folder}/manifest.json", project_name="p"),
        profile_config=ProfileConfig(
            profile_name="p", target_name="t", profiles_yml_filepath=f"{folder}/profiles.yml"
        ),
        execution_config=ExecutionConfig(dbt_project_path=folder, dbt_executable_path=sys.executable),
        render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST, test_behavior=TestBehavior.NONE),
    )
"""

_EDGES = """
import json, sys
exec(sys.argv[4])
json.dump({task.task_id: sorted(task.downstream_task_ids) for task in build().tasks}, open(sys.argv[2], "w"))
"""


def manifest(tables: Mapping[str, DrawnTable]) -> dict[str, object]:
    """A dbt manifest of the same lineage, with what Cosmos reads of one."""
    nodes = {
        f"model.p.{name}": {
            "resource_type": "model",
            "package_name": "p",
            "name": name,
            "alias": name,
            "original_file_path": f"models/{name}.sql",
            "tags": [],
            "config": {"materialized": "table", "tags": []},
            "depends_on": {"nodes": [f"model.p.{parent}" for parent in table.inputs]},
        }
        for name, table in tables.items()
    }
    return {"metadata": {"project_name": "p"}, "nodes": nodes, "sources": {}, "exposures": {}}


def write_projects(folder: Path, tables: int) -> list[str]:
    """The snapshot, the place for the edges, and the dbt project, as the measuring processes take them."""
    drawn = {
        name: DrawnTable(inputs=inputs, kind=name.partition("_")[0], product="shop")
        for name, inputs in sorted(layered(tables).inputs.items())
    }
    save_snapshot(Snapshot(project="p", tables=drawn), folder / "s.json")
    (folder / "manifest.json").write_text(json.dumps(manifest(drawn)))
    (folder / "dbt_project.yml").write_text("name: p\nprofile: p\nmodel-paths: [models]\n")
    (folder / "profiles.yml").write_text("p: {target: t, outputs: {t: {type: duckdb}}}\n")
    models = folder / "models"
    models.mkdir()
    for name in drawn:
        (models / f"{name}.sql").write_text("select 1\n")
    return [str(folder / "s.json"), str(folder / "edges.json"), str(folder)]


def measure(python: str, building: str, arguments: list[str]) -> dict[str, float]:
    """One process: what it took to build and serialize the DAG."""
    done = subprocess.run(
        [python, "-W", "ignore", "-c", building + _MEASURE, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(tables: int, repeat: int, cosmos: str) -> dict[str, dict[str, float]]:
    """By way, the best of each figure."""
    ways = {"EmptyOperators": (sys.executable, _BARE), "release DAG": (sys.executable, _OURS)}
    if cosmos:
        ways["Cosmos"] = (cosmos, _COSMOS)
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as place:
        arguments = write_projects(Path(place), tables)
        subprocess.run([sys.executable, "-W", "ignore", "-c", _EDGES, *arguments, _OURS], check=True)
        for _ in range(repeat):
            for way, (python, building) in ways.items():
                found = measure(python, building, arguments)
                known = best.setdefault(way, found)
                best[way] = {stage: min(found[stage], known[stage]) for stage in found}
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cosmos", default="", metavar="PYTHON")
    given = parser.parse_args()
    best = compare(given.tables, given.repeat, given.cosmos)
    shown = Table("way", "tasks", *STAGES, "parse ÷ bare", title=f"{given.tables:,} tables")
    bare = best["EmptyOperators"]
    for way, found in best.items():
        figures = (
            f"{found[stage]:.2f}" if stage in STAGES[:2] else f"{found[stage]:,.0f}" for stage in STAGES
        )
        shown.add_row(way, f"{found['tasks']:,.0f}", *figures, f"{found['parse'] / bare['parse']:.2f}")
    Console().print(shown)


if __name__ == "__main__":
    main()
