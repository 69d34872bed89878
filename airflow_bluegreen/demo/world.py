"""All that the golden scenario happens in, while a block lasts: servers, project, records, blue, Airflow."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from airflow_bluegreen.clients.platform import open_platform
from airflow_bluegreen.core.configuration import FILE_NAME, read_configuration
from airflow_bluegreen.core.model import Endpoints, Profile
from airflow_bluegreen.demo.airflow import LocalAirflow
from airflow_bluegreen.demo.airflow_client import AirflowClient
from airflow_bluegreen.demo.first_release import bring_live
from airflow_bluegreen.demo.generator import running_generator
from airflow_bluegreen.demo.repository import create_repository
from airflow_bluegreen.ports import Narrator, Platform
from airflow_bluegreen.snapshot import write_snapshot
from airflow_bluegreen.stack import LocalStack

ENVIRONMENT = "local"
RELEASE_DAG = "bluegreen_release"
ROLLBACK_DAG = "bluegreen_rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The demo while it runs, in a folder of its own."""

    directory: Path
    endpoints: Endpoints
    platform: Platform
    profile: Profile
    airflow: AirflowClient

    @property
    def project(self) -> Path:
        """The git repository with the SQL."""
        return self.directory / "retail"

    @property
    def sinks(self) -> Path:
        """The folder that the sink connectors write into, a file each."""
        return self.directory / "sinks"

    @property
    def reports(self) -> Path:
        """The folder of the comparison reports."""
        return self.directory / "reports"

    @property
    def snapshot(self) -> Path:
        """The file that the release DAG is drawn from."""
        return self.directory / "retail.snapshot.json"


@contextmanager
def open_world(
    directory: Path,
    *,
    say: Narrator,
    endpoints: Endpoints | None = None,
    dags: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """Set everything up, with v1.0.0 live and records flowing; leaving the block stops what it started.

    :param directory: an empty or absent folder; project, databases and logs stay there afterwards.
    :param endpoints: use these servers and leave them running, rather than a stack of its own.
    :param dags: Airflow's DAGs folder; the example DAGs by default.
    :param settings: further environment variables for Airflow.
    :raises BluegreenError: a server did not come up, or the first release failed.
    """
    project = _create_project(directory, say)
    with ExitStack() as cleanup:
        if endpoints is None:
            endpoints = _own_stack(directory / "stack", cleanup, say)
        cleanup.enter_context(running_generator(endpoints))
        say("records    customers, orders, payments, shipments; 20 changes a second from now on")
        platform, profile = _open_environment(project, endpoints)
        with as_file(files("airflow_bluegreen") / "example_dags") as examples:
            airflow = _airflow(directory, endpoints, dags or examples, settings or {})
        with ThreadPoolExecutor(max_workers=1) as aside:
            blue = aside.submit(bring_live, platform, profile, release="v1.0.0", say=_silent)
            cleanup.callback(airflow.stop)
            client = airflow.start()
            say(f"airflow    {client.url}")
            plan = blue.result()
        say(f"blue       v1.0.0 is live: {len(plan.tables)} tables, {len(plan.connectors)} sink connectors")
        yield World(
            directory=directory, endpoints=endpoints, platform=platform, profile=profile, airflow=client
        )


def _create_project(directory: Path, say: Narrator) -> Path:
    project, sinks = directory / "retail", directory / "sinks"
    create_repository(project)
    sinks.mkdir()
    os.environ["BLUEGREEN_VAR_SINK_DIRECTORY"] = str(sinks)
    drawn = write_snapshot(str(project), (), directory / "retail.snapshot.json")
    say(f"project    {project}, tags v1.0.0 and v1.0.1, {len(drawn.tables)} tables")
    return project


def _own_stack(directory: Path, cleanup: ExitStack, say: Narrator) -> Endpoints:
    stack = LocalStack(directory)
    cleanup.callback(stack.down)
    endpoints = stack.up(owned=True)
    parts = ", ".join(part.name for part in stack.status())
    say(f"stack      {parts} are up; Flink's UI: {endpoints.flink_url}")
    return endpoints


def _open_environment(project: Path, endpoints: Endpoints) -> tuple[Platform, Profile]:
    configuration = read_configuration((project / FILE_NAME).read_text())
    platform = open_platform(
        endpoints, project_path=str(project), project_name=configuration.project, environment=ENVIRONMENT
    )
    return platform, configuration.profiles[ENVIRONMENT]


def _airflow(directory: Path, endpoints: Endpoints, dags: Path, settings: Mapping[str, str]) -> LocalAirflow:
    return LocalAirflow(
        directory / "airflow",
        dags=dags,
        endpoints=endpoints,
        settings={
            "AIRFLOW__BLUEGREEN__PROJECT": str(directory / "retail"),
            "AIRFLOW__BLUEGREEN__ENVIRONMENT": ENVIRONMENT,
            "AIRFLOW__BLUEGREEN__SNAPSHOT_PATH": str(directory / "retail.snapshot.json"),
            "AIRFLOW__BLUEGREEN__REPORT_PATH": str(directory / "reports"),
            "AIRFLOW__BLUEGREEN__POLL_INTERVAL": "2.0",  # the demo's tables catch up in seconds
            "BLUEGREEN_VAR_SINK_DIRECTORY": str(directory / "sinks"),
            **settings,
        },
    )


def _silent(_line: str) -> None:
    """The first release is not what the demo is about."""
