"""A real Airflow at its default settings, in which releases are made while parts, tasks and users of it fail.

Each environment has a cluster of its own and its DAGs ``release_<environment>``, ``rollback_<environment>``.
"""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.demo.airflow import LocalAirflow
from airflow_bluegreen.demo.airflow_client import AirflowClient, Run, RunResult, path_of, poll, task_path_of
from tests.airflow.gates import When
from tests.airflow.shared_cluster import VARIABLE, SharedCluster
from tests.fakes.platform import ENDPOINTS, FakeCluster

ROOT = Path(__file__).parents[2]
RELEASE = "v1.0.1"
WAIT_SECONDS = 1500.0
"""For a machine that is busy otherwise; a test's own limit may be narrower."""

Gate = tuple[str, When]


class FaultyAirflow:
    """Starts it, and whatever of it ends is started again.

    :param place: the file by which the clusters are found, each beside it under its environment's name.
    :param clusters: by environment.
    """

    def __init__(
        self,
        place: Path,
        clusters: Mapping[str, SharedCluster],
        *,
        dags: Path,
        settings: Mapping[str, str],
    ) -> None:
        self.clusters = clusters
        home = place.parent
        self.local = LocalAirflow(
            home / "airflow",
            dags=dags,
            endpoints=ENDPOINTS,
            settings={
                "PYTHONPATH": str(ROOT),
                VARIABLE: str(place),
                "AIRFLOW__BLUEGREEN__SITE": "tests.airflow.shared_cluster.open_site",
                "AIRFLOW__BLUEGREEN__REPORT_PATH": str(home / "reports"),
                # As Airflow comes: the demo's is 1 s, which makes its race rare.
                "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "5",
                "AIRFLOW__CORE__PARALLELISM": "6",
                **settings,
            },
            restart=True,
        )
        self.runs: dict[str, Run] = {}

    def __enter__(self) -> "FaultyAirflow":
        self.client: AirflowClient = self.local.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.local.stop()

    # --- releases ---

    def begin(self, environment: str, dag: str = "release", release: str = RELEASE) -> Run:
        """Start a run of the environment's DAG."""
        dag_id = f"{dag}_{environment}"
        self.client.await_dag(dag_id, timeout=WAIT_SECONDS)
        run = self.client.trigger(dag_id, {"release": release})
        if dag == "release":
            self.runs[environment] = run
        return run

    def ended(self, environment: str) -> RunResult:
        """How the environment's release ended."""
        return self.client.wait(self.runs[environment], timeout=WAIT_SECONDS)

    def approved(self, environment: str) -> RunResult:
        """Approve the release, and how it ended then."""
        self.client.approve(self.runs[environment], timeout=WAIT_SECONDS)
        return self.ended(environment)

    def asked(self, environment: str) -> None:
        """Wait until the release asks for approval."""
        seen = self.client.wait_for_task(
            self.runs[environment], "approve", ["awaiting_input"], timeout=WAIT_SECONDS
        )
        assert seen.tasks["approve"] == "awaiting_input", seen

    def phase(self, environment: str, release: str = RELEASE) -> Phase | None:
        """What the ledger says of the release."""
        return self.ask(
            environment,
            lambda world: next(
                (one.phase for one in world.releases.records() if one.release == release), None
            ),
        )

    def jobs(self, environment: str) -> list[str]:
        """The names of the running jobs."""
        return self.ask(environment, lambda world: sorted(job.name for job in world.jobs.jobs()))

    def topics_delivered(self, environment: str) -> str:
        """The topics that the sink reads."""

        def topics(world: FakeCluster) -> str:
            state = world.connectors.connector("sink-fact-o")
            assert state is not None
            return str((state.config or {})["topics"])

        return self.ask(environment, topics)

    def ask(self, environment: str, question: Callable[[FakeCluster], Any]) -> Any:
        """Ask the fake servers."""
        return self.clusters[environment].ask(question)

    def cluster(self, environment: str) -> SharedCluster:
        return self.clusters[environment]

    # --- tasks ---

    def standing(self, environment: str, gate: Gate) -> int:
        """Wait until a task stands at a gate; its process."""
        gates = self.clusters[environment].gates
        found = poll(
            lambda: [pid for pid in gates.standing(*gate) if _lives(pid)],
            bool,
            timeout=WAIT_SECONDS,
            what=f"a task at {gate}",
        )
        return found[-1]

    def gone(self, pid: int) -> None:
        """Wait until a process has ended."""
        poll(lambda: _lives(pid), lambda alive: not alive, timeout=WAIT_SECONDS, what=f"the end of {pid}")

    def tries(self, environment: str, task_id: str) -> int:
        """How often a task was tried."""
        run = self.runs[environment]
        return int(self.client.call("GET", task_path_of(run, task_id))["try_number"])

    def mark(self, environment: str, task_id: str, state: str) -> None:
        """Set the state of a task by hand."""
        path = task_path_of(self.runs[environment], task_id)
        self.client.call("PATCH", path, {"new_state": state})

    def mark_run(self, environment: str, state: str) -> None:
        """Set the state of the run by hand."""
        self.client.call("PATCH", path_of(self.runs[environment]), {"state": state})

    def pause(self, environment: str, paused: bool) -> None:
        """Pause the DAG, or let it go on."""
        self.client.call("PATCH", f"/dags/release_{environment}", {"is_paused": paused})

    def lost_by_airflow(self, environment: str) -> list[str]:
        """The tasks of a release that Airflow failed in its race, once for each time."""
        path = f"/eventLogs?dag_id=release_{environment}&event=state%20mismatch&limit=100"
        return [one["task_id"] for one in self.client.call("GET", path)["event_logs"]]

    # --- parts ---

    def kill(self, *parts: str) -> None:
        """Kill parts of Airflow; they come back by themselves."""
        pids = {part: self.local.pid(part) for part in parts}
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        for part, pid in pids.items():
            poll(
                lambda part=part, pid=pid: self.local.pid(part) != pid,
                bool,
                timeout=WAIT_SECONDS,
                what=f"{part} to come back",
            )


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
