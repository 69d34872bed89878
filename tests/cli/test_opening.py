"""How ``deploy --start`` reaches the plan."""

from pathlib import Path

import pytest
import typer

from airflow_bluegreen.cli.opening import plan_of
from airflow_bluegreen.cli.session import Session
from airflow_bluegreen.core.model import Start
from airflow_bluegreen.exceptions import ConfigurationError
from tests.actions.world import World


def session() -> Session:
    world = World()
    return Session(platform=world.platform, profile=world.profile, environment="local")


def test_a_release_may_let_a_table_start_otherwise() -> None:
    plan = plan_of(session(), "v1.0.1", None, (), None, ["int_3=seed"])
    starts = {one.table: one.start.start for one in plan.tables}
    assert starts["int_3"] is Start.SEED
    assert starts["fact_2"] is Start.REBUILD


def test_a_start_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'int_3=savepoint' is no start of a table"):
        plan_of(session(), "v1.0.1", None, (), None, ["int_3=savepoint"])


def test_a_saved_plan_has_decided_that() -> None:
    with pytest.raises(typer.BadParameter, match="--start out"):
        plan_of(session(), "v1.0.1", None, (), Path("plan.json"), ["int_3=seed"])
