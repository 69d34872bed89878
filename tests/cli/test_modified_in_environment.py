"""``list-modified-files --environment``: what git cannot know."""

import json
from pathlib import Path

from typer.testing import CliRunner

from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.cli.modified import FILES_NAME, SHORT_NAME
from airflow_bluegreen.cli.root import app
from airflow_bluegreen.cli.session import Session
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.demo.repository import create_repository
from tests.actions.test_source_schemas import SUBJECT, WAY, row
from tests.actions.world import World


def test_new_schemas_come_into_the_list_and_what_runs_is_said(tmp_path: Path) -> None:
    world = World()
    world.cluster.schemas.register("raw_customers-value", row(id=None))
    world.cluster.schemas.register(SUBJECT, row(id=None))
    project = tmp_path / "retail"
    create_repository(project)
    open_release(world.platform, world.plan("v1.0.0"), world.story)
    for phase in WAY:
        advance_to(world.platform, "v1.0.0", phase)
    assert phase is Phase.LIVE
    world.cluster.schemas.register(SUBJECT, row(id=None, more=0))

    def open_fake(folder: Path, environment: str | None, ref: str) -> Session:
        assert (folder, environment, ref) == (project, "local", "v1.0.1")
        return Session(platform=world.platform, profile=world.profile, environment="local")

    result = CliRunner().invoke(
        app,
        f"list-modified-files --project={project} --output-dir={tmp_path} --environment=local v1.0.1".split(),
        obj=open_fake,
    )

    assert result.exit_code == 0, (result.output, result.exception)
    listed = json.loads((tmp_path / FILES_NAME).read_text())["file_list"]
    by_table = {entry["table_name"]: entry for entry in listed}
    assert {name: entry["running"] for name, entry in by_table.items()} == {
        "fact_3": True,
        "int_1": True,
        "int_3": True,
        "src_a": True,
        "view32": False,
    }
    assert (by_table["src_a"]["change"], by_table["src_a"]["same_sql_content"]) == ("schema-change", True)
    assert "src_a" in (tmp_path / SHORT_NAME).read_text().split()
