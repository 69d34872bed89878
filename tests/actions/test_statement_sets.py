"""A release of tables that one job fills, from first to last."""

from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import JobState, Phase
from tests.actions.releasing import bring_up, release
from tests.actions.world import World
from tests.core.golden import FACT_2, FACT_3, edited, path_of, v1_0_0

BASE = v1_0_0()
TWO = path_of(BASE, "dml.fact_2.sql")
del BASE[path_of(BASE, "dml.fact_3.sql")]
BASE[TWO] = f"EXECUTE STATEMENT SET BEGIN\n{FACT_3}{FACT_2}END;\n"

CHANGED = edited(BASE, {"dml.int_3.sql": ("a.amount + b.amount", "a.amount + 2 * b.amount")})
ONE_LESS: dict[str, str | None] = {
    TWO: f"EXECUTE STATEMENT SET BEGIN\n{FACT_2}END;\n",
    path_of(BASE, "ddl.fact_3.sql"): None,
    path_of(BASE, "connector.sink-fact-3.json"): None,
}


def test_a_side_effect_on_a_set_moves_all_its_tables_with_one_job() -> None:
    world = World(CHANGED, BASE)
    plan = release(world)
    assert [(one.table, one.green) for one in plan.tables] == [
        ("int_3", "int_3_v2"),
        ("fact_2", "fact_2_v2"),
        ("fact_3", "fact_3_v2"),
    ]
    submitted = [arguments[2] for arguments in world.cluster.gateway.wire.called("submit")]
    assert submitted == ["dml.int_3_v2", "dml.fact_2_v2"]
    job = world.job("dml.fact_2_v2")
    assert (job.output, set(job.others)) == ("fact_3_v2", {"fact_2_v2"})
    assert {"INSERT INTO fact_2_v2", "INSERT INTO fact_3_v2"} <= {*job.sql.splitlines()}
    assert set(job.inputs) == {"int_3_v2", "src_x", "int_2"}
    assert world.connector_topics()["sink-fact-3"] == "fact_3_v2"
    assert world.connector_topics()["sink-fact-2"] == "fact_2_v2"
    assert world.cluster.jobs.all[world.blue_jobs["dml.fact_2"]].state is JobState.ENDED
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE


def test_blue_of_a_set_is_as_it_was_after_a_rollback() -> None:
    world = World(CHANGED, BASE)
    before = world.blue()
    bring_up(world)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.blue() == before
    assert "dml.fact_2_v2" not in world.running()


def test_a_set_with_one_insert_less_is_a_new_job_and_the_table_is_gone() -> None:
    world = World(ONE_LESS, BASE)
    plan = release(world)
    assert [(one.table, one.green, str(one.trigger)) for one in plan.tables] == [
        ("fact_2", "fact_2_v2", "modified"),
        ("fact_3", None, "removed"),
    ]
    job = world.job("dml.fact_2_v2")
    assert (job.output, job.others) == ("fact_2_v2", {})
    assert "fact_3" not in job.sql
    assert world.cluster.jobs.all[world.blue_jobs["dml.fact_2"]].state is JobState.ENDED
    assert set(world.connector_topics()) == {"sink-fact-1", "sink-fact-2", "sink-view-1"}


def test_a_set_that_is_deployed_again_is_adopted() -> None:
    world = World(CHANGED, BASE)
    bring_up(world)
    bring_up(world)
    assert len(world.running()["dml.fact_2_v2"]) == 1
    assert len(world.cluster.gateway.wire.called("submit")) == 2
