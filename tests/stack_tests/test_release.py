"""Whole releases through a real Airflow on real servers: the golden scenario, its way back, what goes wrong.

The tests tell one story and run in the order in which they stand.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.lifecycle import in_progress, live_release
from airflow_bluegreen.core.model import Commit, Endpoints, JobState, Phase, Plan, TableComparison
from airflow_bluegreen.demo.airflow_client import Run, RunResult
from airflow_bluegreen.demo.repository import add_release
from airflow_bluegreen.demo.world import ENVIRONMENT, RELEASE_DAG, ROLLBACK_DAG, World, open_world
from airflow_bluegreen.stack.free_ports import pick_ports

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
GREEN = {"int_3_v2", "fact_2_v2", "fact_3_v2", "view32"}
UNIMPACTED = {"src_a", "src_b", "src_c", "src_x", "int_1", "int_2", "fact_1", "view_1"}
BLUE = UNIMPACTED | {"int_3", "fact_2", "fact_3"}
NOWHERE = """\
from airflow_bluegreen.dag_factory import release_dag
from airflow_bluegreen.hooks.settings import project_path

dag = release_dag(dag_id="nowhere", project=project_path(), environment="nowhere")  # an Airflow DAG
"""


@dataclass(frozen=True)
class Seen:
    """What is outside: running jobs by table, topics, connector configurations."""

    jobs: Mapping[str, str]
    topics: frozenset[str]
    connectors: Mapping[str, Mapping[str, str]]

    @classmethod
    def now(cls, world: World) -> "Seen":
        platform = world.platform
        listed = [job for job in platform.jobs.jobs() if job.identity]
        jobs = {job.identity.table: job.job_id for job in listed if job.identity}
        assert len(jobs) == len(listed), "two jobs fill one table"
        names = sorted(BLUE | GREEN | {"int_3_v3", "fact_2_v3", "fact_3_v3", "view32_v2"})
        states = {name: platform.connectors.connector(name) for name in platform.connectors.connectors()}
        return cls(
            jobs=jobs,
            topics=frozenset(name for name in names if platform.topics.topic(name)),
            connectors={name: dict(state.config or {}) for name, state in states.items() if state},
        )

    def job_ids(self, tables: set[str]) -> dict[str, str]:
        return {table: job for table, job in self.jobs.items() if table in tables}


@pytest.fixture(scope="module")
def world(stack: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("release")
    dags = Path(copytree(ROOT / "dags", directory / "dags"))
    (dags / "nowhere.py").write_text(NOWHERE)
    closed = pick_ports(("gateway", "flink", "kafka", "connect", "registry"))
    settings = {
        "AIRFLOW_CONN_NOWHERE_GATEWAY": json.dumps(
            {
                "conn_type": "flink_sql_gateway",
                "host": "127.0.0.1",
                "schema": "http",
                "port": closed["gateway"],
                "extra": {"jobmanager_url": f"http://127.0.0.1:{closed['flink']}"},
            }
        ),
        "AIRFLOW_CONN_NOWHERE_KAFKA": json.dumps(
            {"conn_type": "kafka", "extra": {"bootstrap.servers": f"127.0.0.1:{closed['kafka']}"}}
        ),
        "AIRFLOW_CONN_NOWHERE_CONNECT": f"kafka-connect://127.0.0.1:{closed['connect']}",
        "AIRFLOW_CONN_NOWHERE_REGISTRY": f"schema-registry://127.0.0.1:{closed['registry']}",
        "AIRFLOW__BLUEGREEN__DEFERRABLE": "True",
    }
    with open_world(directory / "world", say=print, endpoints=stack, dags=dags, settings=settings) as opened:
        yield opened


def branch(world: World, name: str, files: Mapping[str, str]) -> str:
    """A branch of v1.0.0 with these files in place, as a developer would push it."""
    repository = world.platform.repository
    repository.commit_files(repository.resolve("v1.0.0"), files, branch=name, message=f"Try {name}")
    return name


def text_of(world: World, path: str) -> str:
    commit: Commit = world.platform.repository.resolve("v1.0.0")
    return world.platform.repository.read_files(commit, (path,))[path]


def failed_tasks(result: RunResult) -> list[str]:
    return sorted(task for task, state in result.tasks.items() if state == "failed")


def release(world: World, ref: str) -> Run:
    return world.airflow.trigger(RELEASE_DAG, {"release": ref})


def plan_of(world: World, run: Run) -> Plan:
    return world.airflow.record(Plan, run, "plan", "plan")


def comparison(world: World, run: Run, table: str) -> TableComparison:
    return world.airflow.record(TableComparison, run, f"deploy.{table}.compare")


def assert_untouched(world: World, before: Seen) -> None:
    """Nothing changed outside, and no release is left in the way of the next one."""
    after = Seen.now(world)
    assert after.jobs == before.jobs
    assert after.topics == before.topics
    assert after.connectors == before.connectors
    records = world.platform.releases.records()
    assert in_progress(records) is None
    live = live_release(records)
    assert live is not None
    assert live.release == "v1.0.0"


def test_the_first_release_is_live(world: World) -> None:
    seen = Seen.now(world)
    assert set(seen.jobs) == BLUE
    assert set(seen.connectors) == {"sink-fact-1", "sink-fact-2", "sink-fact-3", "sink-view-1"}
    assert all(job.state is JobState.RUNNING for job in world.platform.jobs.jobs())


INT_3 = "pipelines/intermediates/retail/int_3/sql-scripts/dml.int_3.sql"
INT_1 = "pipelines/intermediates/retail/int_1/sql-scripts/dml.int_1.sql"


def test_an_unknown_tag_is_one_clear_line(world: World) -> None:
    before = Seen.now(world)
    run = release(world, "v1.0.9")
    result = world.airflow.wait(run)
    assert result.state == "failed"
    assert failed_tasks(result) == ["compute_modified"]
    log = world.airflow.task_log(run, "compute_modified")
    assert "v1.0.9" in log
    assert "v1.0.1" in log, "the message offers near matches"
    assert log.count("v1.0.9") <= 3
    assert_untouched(world, before)


@pytest.mark.parametrize(
    ("name", "path", "find", "put", "expected"),
    [
        pytest.param(
            "bad/unparsable",
            INT_3,
            "INSERT INTO int_3",
            "INSERT INTO int_3 SELEKT",
            f"{INT_3}:",
            id="unparsable",
        ),
        pytest.param("bad/cycle", INT_1, "FROM src_b AS o", "FROM fact_1 AS o", INT_1, id="cycle"),
        pytest.param(
            "bad/function",
            INT_3,
            "COALESCE(c.country",
            "NO_SUCH_FUNCTION(c.country",
            f"{INT_3}:",
            id="flink-error",
        ),
    ],
)
def test_a_bad_release_names_the_file_and_leaves_nothing_behind(
    world: World, name: str, path: str, find: str, put: str, expected: str
) -> None:
    before = Seen.now(world)
    text = text_of(world, path)
    assert find in text
    run = release(world, branch(world, name, {path: text.replace(find, put)}))
    result = world.airflow.wait(run)
    assert result.state == "failed"
    (failed,) = failed_tasks(result)
    assert expected in world.airflow.task_log(run, failed)
    assert not any(state == "success" for task, state in result.tasks.items() if task.startswith("deploy."))
    assert_untouched(world, before)


def test_a_table_that_the_graph_does_not_have_stops_the_run(world: World) -> None:
    before = Seen.now(world)
    folder = "pipelines/views/retail/view_9/sql-scripts"
    ddl = text_of(world, "pipelines/views/retail/view_1/sql-scripts/ddl.view_1.sql")
    dml = text_of(world, "pipelines/views/retail/view_1/sql-scripts/dml.view_1.sql")
    name = branch(
        world,
        "late/table",
        {
            f"{folder}/ddl.view_9.sql": ddl.replace("view_1", "view_9"),
            f"{folder}/dml.view_9.sql": dml.replace("INSERT INTO view_1", "INSERT INTO view_9"),
        },
    )
    run = release(world, name)
    result = world.airflow.wait(run)
    assert result.state == "failed"
    assert failed_tasks(result) == ["plan"]
    assert "view_9" in world.airflow.task_log(run, "plan")
    assert_untouched(world, before)


def test_servers_that_are_down_are_named(world: World) -> None:
    before = Seen.now(world)
    text = text_of(world, "bluegreen.yaml")
    connections = ["gateway", "kafka", "connect", "registry"]
    keys = ["flink_gateway", "kafka", "kafka_connect", "schema_registry"]
    lines = [f"      {key}: nowhere_{part}" for key, part in zip(keys, connections, strict=True)]
    nowhere = "\n".join(["  nowhere:", "    dialect: open-source", "    connections:", *lines, ""])
    name = branch(world, "bad/nowhere", {"bluegreen.yaml": text.rstrip("\n") + "\n" + nowhere})
    run = world.airflow.trigger("nowhere", {"release": name})
    result = world.airflow.wait(run)
    assert result.state == "failed"
    (failed,) = [task for task in failed_tasks(result) if task != "roll_back"]
    assert "127.0.0.1" in world.airflow.task_log(run, failed, try_number=3)
    assert_untouched(world, before)


def test_a_rejected_release_leaves_blue_alone(world: World) -> None:
    before = Seen.now(world)
    run = release(world, "v1.0.1")
    asked = world.airflow.wait_for_task(run, "approve", ("awaiting_input",))
    assert asked.tasks["approve"] == "awaiting_input", asked
    assert Seen.now(world).topics == before.topics | GREEN
    world.airflow.reject(run)
    result = world.airflow.wait(run)
    assert result.tasks["roll_back"] == "success"
    assert result.tasks["cut_over"] == "skipped"
    assert_untouched(world, before)


@pytest.fixture(scope="module")
def released(world: World) -> tuple[Run, Seen]:
    """v1.0.1 released, each deploy task cleared and run again while approval was open; what was before."""
    before = Seen.now(world)
    run = release(world, "v1.0.1")
    asked = world.airflow.wait_for_task(run, "approve", ("awaiting_input",))
    assert asked.tasks["approve"] == "awaiting_input", asked
    green = Seen.now(world)
    deployed = [
        task for task, state in asked.tasks.items() if task.endswith((".ddl", ".dml")) and state == "success"
    ]
    assert len(deployed) == 2 * len(GREEN)
    world.airflow.clear(run, deployed)
    for task in deployed:
        world.airflow.wait_for_task(run, task, ("success", "failed"))
    assert Seen.now(world) == green, "a deploy task that runs again starts nothing"
    world.airflow.approve(run)
    result = world.airflow.wait(run)
    assert result.state == "success", result
    return run, before


def test_the_plan_is_exactly_the_golden_one(world: World, released: tuple[Run, Seen]) -> None:
    plan = plan_of(world, released[0])
    rows = {(row.blue, row.green, row.dml[0].name, str(row.trigger)) for row in plan.tables}
    assert rows == {
        ("int_3", "int_3_v2", "dml.int_3", "modified"),
        ("fact_3", "fact_3_v2", "dml.fact_3", "modified"),
        ("fact_2", "fact_2_v2", "dml.fact_2", "side-effect"),
        (None, "view32", "dml.view32", "new"),
    }
    assert len(plan.tables) == 4


def test_untouched_statements_keep_their_jobs(world: World, released: tuple[Run, Seen]) -> None:
    after = Seen.now(world)
    assert after.job_ids(UNIMPACTED) == released[1].job_ids(UNIMPACTED)
    assert set(after.jobs) == UNIMPACTED | GREEN
    assert all(job.state is JobState.RUNNING for job in world.platform.jobs.jobs())


def test_the_verdicts_tell_what_the_change_did(world: World, released: tuple[Run, Seen]) -> None:
    run = released[0]
    assert comparison(world, run, "fact_2").told == "pass"
    assert comparison(world, run, "view32").told == "pass (new)"
    int_3, fact_3 = comparison(world, run, "int_3"), comparison(world, run, "fact_3")
    assert int_3.told == fact_3.told == "pass (expected differences)"
    assert int_3.changed_columns == ("payment_state",)
    assert "payment_state" in fact_3.changed_columns
    assert int_3.keys.match > 100
    assert int_3.keys.diff > 0


def test_the_sinks_read_green_and_nothing_of_blue(world: World, released: tuple[Run, Seen]) -> None:
    connectors = world.platform.connectors
    for name, topic in (
        ("sink-fact-2", "fact_2_v2"),
        ("sink-fact-3", "fact_3_v2"),
        ("sink-view32", "view32"),
    ):
        state = connectors.connector(name)
        assert state is not None
        assert (state.state, dict(state.config or {})["topics"]) == ("RUNNING", topic)
        assert {read for read, _ in state.offsets} <= {topic}
    blue_rows, green_rows = topics_in(world.sinks / "sink-fact-2.txt")
    assert set(blue_rows) == {"fact_2"}
    assert set(green_rows) == {"fact_2_v2"}, "after the cut-over nothing of fact_2 is written"
    live_keys = comparison(world, released[0], "fact_2").keys.match
    assert len(green_rows) >= live_keys, "the sink gets every row of green"
    for name in ("sink-fact-1", "sink-view-1"):
        assert Seen.now(world).connectors[name] == released[1].connectors[name]


def topics_in(file: Path) -> tuple[list[str], list[str]]:
    """The topics of a sink's rows, those up to the first green row and those from it on."""
    topics = [
        line.rpartition("_topic=")[2].strip("}\n")
        for line in file.read_text().splitlines()
        if "_topic=" in line
    ]
    turn = next((index for index, topic in enumerate(topics) if topic.endswith("_v2")), len(topics))
    return topics[:turn], topics[turn:]


def test_the_report_stands_behind_the_login(world: World, released: tuple[Run, Seen]) -> None:
    pages = [page for page in world.reports.rglob("*.html") if page.parent.name != ".environments"]
    assert pages
    newest = max(pages, key=lambda page: page.stat().st_mtime).read_text()
    for word in ("int_3_v2", "fact_2_v2", "payment_state", "<svg"):
        assert word in newest


def test_the_same_release_again_does_nothing(world: World, released: tuple[Run, Seen]) -> None:
    before = Seen.now(world)
    run = release(world, "v1.0.1")
    result = world.airflow.wait(run)
    assert result.state == "success"
    assert {state for task, state in result.tasks.items() if task.startswith("deploy.")} == {"skipped"}
    assert Seen.now(world) == before


def test_rolling_back_brings_blue_back(world: World, released: tuple[Run, Seen]) -> None:
    before = released[1]
    run = world.airflow.trigger(ROLLBACK_DAG, {"release": "v1.0.1"})
    assert world.airflow.wait(run).state == "success"
    after = Seen.now(world)
    assert after.connectors == before.connectors
    assert after.topics == before.topics
    assert set(after.jobs) == set(before.jobs)
    assert after.job_ids(UNIMPACTED) == before.job_ids(UNIMPACTED)
    for table in ("int_3", "fact_2", "fact_3"):
        subject = world.platform.schemas.latest(f"{table}_v2-value")
        assert subject is None, "green's subjects are removed"
    live = live_release(world.platform.releases.records())
    assert live is not None
    assert live.release == "v1.0.0"


def test_rolling_back_before_blue_is_retired_keeps_its_jobs(world: World) -> None:
    """The same in-process, stopped between cut-over and retirement."""
    before, platform, profile = Seen.now(world), world.platform, world.profile
    plan = plan_release(platform, environment=ENVIRONMENT, release="v1.0.1", base=None, tables=())
    open_release(platform, plan, print)
    for planned in plan.tables:
        provision(platform, plan, planned.table, profile, print)
        deploy(platform, plan, planned.table, profile, print)
    for phase in (Phase.DEPLOYING, Phase.COMPARED):
        advance_to(platform, "v1.0.1", phase)
    cut_over(platform, plan, profile, print)
    assert Seen.now(world).connectors["sink-fact-2"]["topics"] == "fact_2_v2"
    roll_back(platform, "v1.0.1", profile, print)
    assert Seen.now(world) == before


def test_the_next_release_takes_int_3_v2_to_int_3_v3(world: World) -> None:
    first = world.airflow.trigger(RELEASE_DAG, {"release": "v1.0.1", "auto_approve": True})
    assert world.airflow.wait(first).state == "success"
    before = Seen.now(world)
    add_release(world.project, "v1.0.2")
    run = world.airflow.trigger(RELEASE_DAG, {"release": "v1.0.2", "auto_approve": True})
    result = world.airflow.wait(run)
    assert result.state == "success", result
    plan = plan_of(world, run)
    renewed = {(row.blue, row.green) for row in plan.tables}
    assert ("int_3_v2", "int_3_v3") in renewed
    assert ("fact_2_v2", "fact_2_v3") in renewed
    after = Seen.now(world)
    assert after.job_ids(UNIMPACTED) == before.job_ids(UNIMPACTED)
    assert {"int_3_v3", "fact_2_v3"} <= set(after.jobs)
    assert not {"int_3_v2", "fact_2_v2"} & set(after.jobs)
    propagated = comparison(world, run, "fact_2")
    assert propagated.told == "pass (expected differences)"
    assert propagated.changed_columns == ("open_amount",)
