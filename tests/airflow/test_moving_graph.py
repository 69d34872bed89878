"""The graph of a release moves while releases run: what a run deploys never does, and nothing is left out.

A real Airflow and real git repositories, of the project and of a DAG bundle; the servers are fakes. Each test
goes on where the one before it ended; the first one is quick, and ``make test-faults`` plays the others.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.demo.airflow_client import poll
from airflow_bluegreen.snapshot import write_snapshot
from tests.airflow.faulty_airflow import WAIT_SECONDS, FaultyAirflow, Gate
from tests.airflow.moving_world import Clone, live, project, reading

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1800)]

further = pytest.mark.faults

DAGS = Path(__file__).parent / "moving_dags"
BRANCH = "release/v1.0.1"
SUBMITTED: Gate = ("gateway.submit", "after")

PINNED = """\
from pathlib import Path

from airflow_bluegreen.dag_factory import release_dag

# An Airflow DAG in a bundle of its own, with the snapshot that it is drawn from beside it.
dag = release_dag(
    dag_id="release_pinned",
    project={project!r},
    environment="pinned",
    snapshot=Path(__file__).with_name("s.json"),
)
"""


class Moving:
    """The projects, the bundle's repository, and the Airflow over them."""

    def __init__(self, home: Path) -> None:
        place = home / "cluster.pickle"
        self.moving = project(home / "moving", "moving")
        self.pinned = project(home / "pinned", "pinned")
        self.bundle = Clone(home / "bundle")
        write_snapshot(str(self.moving.path), ["v1.0.0"], home / "s.json")
        write_snapshot(str(self.pinned.path), ["v1.0.1"], self.bundle.path / "s.json")
        self.bundle.commit({"pinned.py": PINNED.format(project=str(self.pinned.path))})
        clusters = {
            "moving": live(place, self.moving, "moving"),
            "pinned": live(place, self.pinned, "pinned"),
        }
        for cluster in clusters.values():
            cluster.gates.close(*SUBMITTED)
        bundles = [
            {
                "name": "here",
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": {"path": str(DAGS)},
            },
            {
                "name": "git",
                "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
                "kwargs": {"repo_url": str(self.bundle.path), "tracking_ref": "main", "refresh_interval": 5},
            },
        ]
        self.airflow = FaultyAirflow(
            place,
            clusters,
            dags=DAGS,
            settings={
                "BLUEGREEN_TEST_PROJECT": str(self.moving.path),
                "AIRFLOW__BLUEGREEN__SNAPSHOT_PATH": str(home / "s.json"),
                "AIRFLOW__BLUEGREEN__SITE": "tests.airflow.git_site.open_site",
                "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
                "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
            },
        )

    def draws(self, environment: str, table: str, *, drawn: bool = True) -> None:
        """Wait until the release DAG has a table, or has it no more."""
        path = f"/dags/release_{environment}/tasks"
        poll(
            lambda: {one["task_id"] for one in self.airflow.client.call("GET", path)["tasks"]},
            lambda tasks: (f"deploy.{table}.ddl" in tasks) == drawn,
            timeout=WAIT_SECONDS,
            what=f"{table} in the graph",
        )

    def states(self, environment: str, table: str) -> set[str | None]:
        """The states of a table's tasks in the environment's run."""
        tasks = self.airflow.client.task_states(self.airflow.runs[environment])
        return {state for task, state in tasks.items() if task.startswith(f"deploy.{table}.")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    world = Moving(tmp_path_factory.mktemp("moving"))
    with world.airflow as airflow:
        airflow.begin("moving")
        yield world


def test_a_tag_pushed_a_moment_ago_with_a_new_table(world: Moving) -> None:
    airflow = world.airflow
    result = airflow.ended("moving")
    assert (result.state, result.tasks["plan"], result.tasks["roll_back"]) == ("failed", "failed", "skipped")
    told = airflow.client.task_log(airflow.runs["moving"], "plan")
    assert "the graph of this run lacks table view_o of v1.0.1; nothing was deployed" in told
    assert "start the release again as soon as the DAG shows the table" in told
    assert airflow.phase("moving") is None
    assert airflow.jobs("moving") == ["dml.fact_o", "dml.src_o"]
    world.draws("moving", "view_o")


@further
def test_all_moves_in_the_middle_of_a_run(world: Moving) -> None:
    airflow = world.airflow
    world.draws("moving", "view_o")
    airflow.begin("moving", release=BRANCH)
    airflow.standing("moving", SUBMITTED)
    world.moving.git("branch", "--quiet", "-D", BRANCH)
    world.moving.git("tag", "--delete", "v1.0.1")
    world.moving.commit(reading("more_o", "src_o"))
    drawing = airflow.client.trigger("draw_moving")
    assert airflow.client.wait(drawing, timeout=WAIT_SECONDS).state == "success"
    world.draws("moving", "more_o")
    airflow.cluster("moving").gates.open(*SUBMITTED)
    assert airflow.approved("moving").state == "success"
    assert airflow.phase("moving", BRANCH) is Phase.LIVE
    # view_o is on no branch any more, and more_o on none of this release.
    assert airflow.jobs("moving") == ["dml.fact_o_v2", "dml.src_o", "dml.view_o"]
    assert world.states("moving", "view_o") == {"success"}
    assert world.states("moving", "more_o") <= {"skipped"}


@further
def test_a_run_of_a_git_bundle_keeps_its_graph(world: Moving) -> None:
    airflow = world.airflow
    airflow.begin("pinned")
    airflow.standing("pinned", SUBMITTED)
    world.pinned.git("branch", "--quiet", "-D", BRANCH)
    world.pinned.commit(reading("more_o", "src_o"))
    write_snapshot(str(world.pinned.path), ["main"], world.bundle.path / "s.json")
    world.bundle.commit({})
    world.draws("pinned", "view_o", drawn=False)
    airflow.cluster("pinned").gates.open(*SUBMITTED)
    assert airflow.approved("pinned").state == "success"
    assert airflow.phase("pinned") is Phase.LIVE
    assert airflow.jobs("pinned") == ["dml.fact_o_v2", "dml.src_o", "dml.view_o"]
    assert world.states("pinned", "view_o") == {"success"}
    assert world.states("pinned", "more_o") == set()


@further
def test_a_release_whose_branch_is_gone_is_taken_back(world: Moving) -> None:
    back = world.airflow.begin("moving", "rollback", BRANCH)
    assert world.airflow.client.wait(back, timeout=WAIT_SECONDS).state == "success"
    assert world.airflow.phase("moving", BRANCH) is Phase.ROLLED_BACK
    assert world.airflow.jobs("moving") == ["dml.fact_o", "dml.src_o"]


@further
def test_two_releases_that_wait(world: Moving) -> None:
    airflow, clone = world.airflow, world.moving
    clone.git("tag", "v1.1.0")
    clone.commit(reading("last_o", "more_o"))
    clone.git("tag", "v1.2.0")
    assert airflow.client.wait(airflow.client.trigger("draw_moving"), timeout=WAIT_SECONDS).state == "success"
    world.draws("moving", "last_o")
    first = airflow.begin("moving", release="v1.1.0")
    second = airflow.begin("moving", release="v1.2.0")
    airflow.client.approve(first, timeout=WAIT_SECONDS)
    assert airflow.client.wait(first, timeout=WAIT_SECONDS).state == "success"
    assert airflow.phase("moving", "v1.1.0") is Phase.LIVE
    airflow.client.approve(second, timeout=WAIT_SECONDS)
    assert airflow.client.wait(second, timeout=WAIT_SECONDS).state == "success"
    assert airflow.phase("moving", "v1.2.0") is Phase.LIVE
    # The second one was planned on the first: it brought its own table, and left the other alone.
    assert airflow.jobs("moving") == ["dml.fact_o", "dml.last_o", "dml.more_o", "dml.src_o"]
    assert world.states("moving", "last_o") == {"success"}
    assert world.states("moving", "more_o") == {"skipped"}
