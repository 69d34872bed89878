from io import StringIO

from rich.console import Console

from airflow_bluegreen.actions.drift import read_drift
from airflow_bluegreen.cli.status import status_json, status_lines, status_table
from tests.actions.releasing import release
from tests.actions.world import World


def test_what_runs_of_the_newest_release() -> None:
    world = World()
    world.actor = "ada"
    release(world)
    reality = read_drift(world.platform, world.profile)
    status = status_json(world.platform, world.cluster.releases.records(), reality, world.profile)
    assert status["live"] == "v1.0.1"
    tables = {one["table"]: one for one in status["tables"]}
    assert tables["int_3"]["blue_jobs"] == []
    assert [job["status"] for job in tables["int_3"]["green_jobs"]] == ["RUNNING"]
    assert {one["connector"]: one["topics"] for one in status["connectors"]}["sink-fact-2"] == "fact_2_v2"
    assert (status["rollback"]["release"], status["rollback"]["open"]) == ("v1.0.1", True)
    assert status["releases"][0]["by"] == "ada"
    assert status["drift"] == []


def test_what_differs_stands_with_its_remedy() -> None:
    world = World()
    release(world)
    world.cluster.jobs.cancel(world.job("dml.int_3_v2").job_id)
    reality = read_drift(world.platform, world.profile)
    status = status_json(world.platform, world.cluster.releases.records(), reality, world.profile)
    (drift,) = status["drift"]
    assert (drift["kind"], drift["subject"]) == ("job-missing", "dml.int_3_v2")
    lines = list(status_lines(world.platform, reality, world.profile))
    assert lines[0].startswith("v1.0.1: a rollback is safe until ")
    assert "drift: dml.int_3_v2 runs 0 times. `bluegreen repair`" in lines[1]


def test_the_same_for_people() -> None:
    world = World()
    release(world)
    console = Console(width=200, file=StringIO(), record=True)
    console.print(*status_table(world.platform, world.cluster.releases.records()))
    text = console.export_text()
    assert "live (serving)" in text
    assert "dml.int_3_v2 RUNNING" in text


def test_no_release() -> None:
    world = World()
    reality = read_drift(world.platform, world.profile)
    status = status_json(world.platform, (), reality, world.profile)
    assert status == {
        "live": None,
        "releases": [],
        "tables": [],
        "connectors": [],
        "rollback": None,
        "drift": [],
        "unknown": "",
    }
    assert list(status_lines(world.platform, reality, world.profile)) == []
