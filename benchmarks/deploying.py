"""How long a release's green side takes to come up, against its statements submitted straight to the gateway.

    python -m benchmarks.deploying                    60 statements, 4 at the same time, on a stack of its own
    python -m benchmarks.deploying --statements 20 --rounds 1

Both sides run the same SQL over the same tables with the same number of submissions at the same time, on the
same stack, one after the other. ``straight`` is what a script would do: for each statement a session, its
tables, the statement, until Flink has given the job's id; topics are there before the clock runs. What
``bring_up`` does is all that ``bluegreen deploy`` does after the preflight: it creates the topics, looks for
jobs that run already, submits parents before children, and waits until every job runs with all of its tasks.
What is printed last is the ratio of the two within a round.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from airflow_bluegreen.actions.bring_up import AT_ONCE, bring_up
from airflow_bluegreen.actions.deploy import launch_of
from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.clients.flink_gateway import job_parameters
from airflow_bluegreen.clients.platform import open_platform
from airflow_bluegreen.core.model import Endpoints, Plan, Profile, Topic
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.ports import Platform
from benchmarks.synthetic import layered

SPARE_SLOTS = 4
TARGET = 1.3

_SETTINGS = """\
project: deploying
environments:
  local:
    dialect: open-source
    external_tables: environments/local/*.sql
    table_options:
      properties.bootstrap.servers: "{kafka.bootstrap.servers}"
"""
_COLUMNS = "id STRING, amount DECIMAL(18, 2), status STRING, PRIMARY KEY (id) NOT ENFORCED"


def project_files(statements: int) -> dict[str, str]:
    """The lineage of the synthetic project of that size, in SQL whose formats need no registry."""
    files = {"bluegreen.yaml": _SETTINGS, "environments/local/ddl.raw_events.sql": _ddl("raw_events")}
    for name, reads in layered(statements).inputs.items():
        first, *others = reads or ("raw_events",)
        joins = "".join(f"\nLEFT JOIN {other} ON {other}.id = {first}.id" for other in others)
        files[f"ddl.{name}.sql"] = _ddl(name)
        files[f"dml.{name}.sql"] = (
            f"INSERT INTO {name}\nSELECT {first}.id, {first}.amount + 1, UPPER({first}.status)\n"
            f"FROM {first}{joins}\nWHERE {first}.amount > 0"
        )
    return files


def _ddl(name: str) -> str:
    return (
        f"CREATE TABLE {name} ({_COLUMNS}) WITH ('connector' = 'upsert-kafka', 'topic' = '{name}', "
        "'key.format' = 'json', 'value.format' = 'json')"
    )


def straight(endpoints: Endpoints, launches: list[Launch], at_once: int) -> None:
    """Submit every statement in a session of its own, as a script would."""
    with httpx.Client(base_url=endpoints.gateway_url, timeout=300) as client:

        def post(path: str, body: Mapping[str, object]) -> dict[str, str]:
            answer = client.post(path, json=body)
            if not answer.is_success:
                raise RuntimeError(f"{body}: {answer.text[:2000]}")
            return dict(answer.json())

        def submit(launch: Launch) -> None:
            session = f"/v3/sessions/{post('/v3/sessions', {})['sessionHandle']}"
            for text in launch.catalog:
                post(f"{session}/configure-session", {"statement": text})
            config = {
                "pipeline.name": launch.job_name,
                "pipeline.global-job-parameters": job_parameters(launch.identity),
            }
            body = {"statement": launch.sql, "executionConfig": config}
            operation = post(f"{session}/statements", body)["operationHandle"]
            result = f"{session}/operations/{operation}/result/0"
            while client.get(result).raise_for_status().json()["resultType"] == "NOT_READY":
                time.sleep(0.1)
            client.delete(session).raise_for_status()

        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(submit, launch) for launch in launches]:
                done.result()


def clear(platform: Platform, plan: Plan) -> None:
    """Cancel the jobs and delete the topics of the plan."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda job: platform.jobs.cancel(job.job_id), platform.jobs.jobs()))
        list(pool.map(lambda table: platform.topics.delete_topic(table.green or ""), plan.tables))


def seconds(act: Callable[[], object]) -> float:
    """How long it takes by the clock on the wall."""
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def measure(platform: Platform, plan: Plan, profile: Profile, at_once: int) -> dict[str, float]:
    """One round: straight, then brought up; nothing is left of either."""
    launches = [
        replace(one, identity=replace(one.identity, release="straight"))
        for table in plan.tables
        for one in (launch_of(plan, table, dml, profile, platform.endpoints) for dml in table.dml)
    ]
    for table in plan.tables:
        platform.topics.create_topic(Topic(name=table.green or "", partitions=1))
    found = {"straight": seconds(lambda: straight(platform.endpoints, launches, at_once))}
    clear(platform, plan)
    found["bring_up"] = seconds(lambda: bring_up(platform, plan, profile, lambda line: None, at_once=at_once))
    clear(platform, plan)
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--statements", type=int, default=60)
    options.add_argument("--at-once", type=int, default=AT_ONCE)
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args()
    os.environ["BLUEGREEN_STACK_SLOTS"] = str(given.statements + SPARE_SLOTS)
    from airflow_bluegreen.stack import LocalStack  # reads the number of slots

    console = Console()
    with tempfile.TemporaryDirectory() as directory:
        stack = LocalStack(Path(directory) / "stack")
        endpoints = stack.up(owned=True)
        try:
            rounds = _rounds(endpoints, directory, given)
        finally:
            stack.down()
    table = Table("round", "straight, s", "bring_up, s", "ratio", title=f"{given.statements} statements")
    for number, found in enumerate(rounds, start=1):
        ratio = found["bring_up"] / found["straight"]
        table.add_row(str(number), f"{found['straight']:.1f}", f"{found['bring_up']:.1f}", f"{ratio:.2f}")
    console.print(table)
    best = min(found["bring_up"] / found["straight"] for found in rounds)
    console.print(f"load {os.getloadavg()[0]:.1f}; best ratio {best:.2f}, to reach {TARGET}")


def _rounds(endpoints: Endpoints, directory: str, given: argparse.Namespace) -> list[dict[str, float]]:
    project = read_project(project_files(given.statements), None)
    plan = make_plan(project=project, base=None, environment="local", live={}, base_release=None)
    profile = project.profiles["local"]
    repository = Path(directory) / "clone"
    repository.mkdir()
    platform = open_platform(
        endpoints, project_path=str(repository), project_name="deploying", environment="local"
    )
    platform.topics.create_topic(Topic(name="raw_events", partitions=1))
    # The planner's classes are loaded with the first statement, which neither side is to pay for.
    first = replace(plan, tables=plan.tables[:1])
    measure(platform, first, profile, 1)
    return [measure(platform, plan, profile, given.at_once) for _ in range(given.rounds)]


if __name__ == "__main__":
    main()
