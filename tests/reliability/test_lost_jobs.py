"""A JobManager without high availability ends, and every job is gone with it: blue's too."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.core.configuration import FILE_NAME, read_configuration
from tests.reliability.breakdowns import blue_runs
from tests.reliability.figures import add_figures
from tests.reliability.project import BASE, ENVIRONMENT
from tests.reliability.wiring import Wired, with_settings
from tests.reliability.world import World, eventually, living_project

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


def lose_all_jobs(wired: Wired) -> None:
    """Start Flink as another cluster, which does not look at what ZooKeeper keeps of the jobs."""
    config = wired.stack.place.conf / "config.yaml"
    config.write_text(with_settings(config.read_text(), {"high-availability.cluster-id": "/another"}))
    for part in ("jobmanager", "taskmanager", "gateway"):
        wired.stack.halt(part)
    wired.stack.up(keep_jobs=True)


def start_blue_again(world: World) -> None:
    """Deploy the live release's tables once more: what is missing is started, from its inputs."""
    (live,) = (one for one in world.platform.releases.records() if one.release == BASE)
    profile = read_configuration((world.runner.project / FILE_NAME).read_text()).profiles[ENVIRONMENT]
    for planned in live.plan.tables:
        deploy(world.platform, live.plan, planned.table, profile, lambda _: None)


def test_a_release_without_its_jobs_stops_everywhere_and_goes_on_when_they_are_back(
    wired: Wired, tmp_path: Path, tell: Callable[[str], None], results: Path
) -> None:
    with living_project(wired, tmp_path, "lost", seed=5) as world:
        world.done("deploy")
        before = world.seen()
        lose_all_jobs(wired)
        assert world.seen().jobs == {}
        stopped = {step: world.run(step) for step in ("cut-over", "deploy")}
        for step, ended in stopped.items():
            tell(f"without jobs: {step}: {ended.message}")
            assert ended.code == 1, ended.told
        for table in ("mid", "fact"):
            name = world.names.of(table)
            assert re.search(rf"{name} was filled by job \w+, is filled by none", stopped["cut-over"].message)
            assert f"no job fills blue {name}" in stopped["deploy"].told
        assert world.seen().connectors == before.connectors
        start_blue_again(world)
        assert eventually(lambda: blue_runs(world)), world.seen().jobs
        world.done("deploy")
        world.done("cut-over")
        world.done("retire")
        found = world.settled(("src", "mid_v2", "fact_v2", "top"))
        assert {name: one.lost for name, one in found.items()} == dict.fromkeys(found, ())
        add_figures(
            results / "drills.json",
            "all jobs lost while green is compared, and deployed again",
            {
                "rows": world.feed.sent,
                "lost": sum(len(one.lost) for one in found.values()),
                "deploy_was_told": stopped["deploy"].message,
            },
        )
