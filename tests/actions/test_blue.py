from dataclasses import replace

import pytest

from airflow_bluegreen.actions.blue import stopped_blue_jobs
from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.core.model import ReleaseRecord
from airflow_bluegreen.exceptions import ConflictError
from tests.actions.releasing import bring_up, release
from tests.actions.world import World


def stopped(world: World, record: ReleaseRecord) -> tuple[Launch, ...]:
    jobs = stopped_blue_jobs(world.cluster.repository, record, (), world.profile, world.platform.endpoints)
    return tuple(one.launch for one in jobs)


def test_nothing_stopped_nothing_to_start() -> None:
    world = World()
    bring_up(world)
    assert stopped(world, current(world.platform, "v1.0.1")) == ()


def test_statements_come_from_the_base_parents_first() -> None:
    world = World()
    release(world)
    launches = stopped(world, current(world.platform, "v1.0.1"))
    assert [launch.job_name for launch in launches] == ["dml.int_3", "dml.fact_2", "dml.fact_3"]
    assert "a.amount + b.amount AS total" in launches[0].sql
    assert {launch.identity.table for launch in launches} == {"int_3", "fact_2", "fact_3"}
    assert all(launch.restore_path for launch in launches)


def test_a_job_under_flinks_own_name_is_the_only_statement_of_its_table() -> None:
    world = World()
    release(world)
    record = current(world.platform, "v1.0.1")
    name = "insert-into_default_catalog.default_database.int_3"
    markers = tuple(
        replace(marker, subject=name) if marker.subject == "dml.int_3" else marker
        for marker in record.markers
    )
    launches = stopped(world, replace(record, markers=markers))
    assert (launches[0].job_name, launches[0].identity.statement) == (name, "dml.int_3")


def test_a_base_that_does_not_hold_what_ran_is_told() -> None:
    world = World()
    release(world)
    record = current(world.platform, "v1.0.1")
    markers = tuple(
        replace(one, detail={**one.detail, "physical": "int_3_v7"}) if one.subject == "dml.int_3" else one
        for one in record.markers
    )
    with pytest.raises(ConflictError, match="does not hold int_3 as it ran"):
        stopped(world, replace(record, markers=markers))
