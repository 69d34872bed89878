"""The golden release from first to last."""

from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Phase
from tests.actions.releasing import bring_up, release
from tests.actions.world import GREEN, PLANNED, World


def test_the_golden_release_goes_live() -> None:
    world = World()
    plan = release(world)
    assert {planned.table for planned in plan.tables} == set(PLANNED)
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE
    running = world.running()
    kept = {name: ids for name, ids in running.items() if name in world.blue_jobs}
    assert kept == {
        name: [job_id]
        for name, job_id in world.blue_jobs.items()
        if name not in ("dml.int_3", "dml.fact_2", "dml.fact_3")
    }
    assert {name for name in running if name not in kept} == {f"dml.{green}" for green in GREEN}
    assert world.connector_topics() == {
        "sink-fact-1": "fact_1",
        "sink-fact-2": "fact_2_v2",
        "sink-fact-3": "fact_3_v2",
        "sink-view-1": "view_1",
        "sink-view32": "view32",
    }
