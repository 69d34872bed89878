from io import StringIO

from rich.console import Console

from airflow_bluegreen.cli.status import status_json, status_table
from tests.actions.releasing import release
from tests.actions.world import World


def test_what_runs_of_the_newest_release() -> None:
    world = World()
    release(world)
    status = status_json(world.platform, world.cluster.releases.records())
    assert status["live"] == "v1.0.1"
    tables = {one["table"]: one for one in status["tables"]}
    assert tables["int_3"]["blue_jobs"] == []
    assert [job["status"] for job in tables["int_3"]["green_jobs"]] == ["RUNNING"]
    assert {one["connector"]: one["topics"] for one in status["connectors"]}["sink-fact-2"] == "fact_2_v2"


def test_the_same_for_people() -> None:
    world = World()
    release(world)
    console = Console(width=200, file=StringIO(), record=True)
    console.print(*status_table(world.platform, world.cluster.releases.records()))
    text = console.export_text()
    assert "live (serving)" in text
    assert "dml.int_3_v2 RUNNING" in text


def test_no_release() -> None:
    status = status_json(World().platform, ())
    assert status == {"live": None, "releases": [], "tables": [], "connectors": []}
