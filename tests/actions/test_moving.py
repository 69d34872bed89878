"""One connector moves: what happens when it is cut off and repeated at any point."""

import copy

import pytest

from airflow_bluegreen.actions.connectors import put_back
from airflow_bluegreen.actions.ledger import advance_to, current
from airflow_bluegreen.actions.moving import begun, forget_move, move, told_moves
from airflow_bluegreen.core.model import ConnectorMove, ConnectorState, Phase
from airflow_bluegreen.exceptions import StatementError
from tests.actions.faults import Killed, Line, kill
from tests.actions.releasing import bring_up
from tests.actions.world import ROWS, World

RELEASE, SINK = "v1.0.1", "sink-fact-2"
GREEN_ROWS = 4 * ROWS


def cutting_over() -> tuple[World, ConnectorState, dict[str, str]]:
    """Green is up, the ledger knows what the connector was; its green configuration."""
    world = World()
    bring_up(world)
    before = world.cluster.connectors.connector(SINK)
    assert before is not None
    assert before.config is not None
    advance_to(world.platform, RELEASE, Phase.CUTTING_OVER, connectors_before=(before,))
    return world, before, {**before.config, "topics": "fact_2_v2"}


def green_rows(world: World) -> list[tuple[int, int]]:
    """(partition, offset) of everything of green that the sink got."""
    return sorted(
        (record.partition, record.offset)
        for topic, record in world.cluster.connectors.delivered(SINK)
        if topic == "fact_2_v2"
    )


def expected(world: World) -> list[tuple[int, int]]:
    return sorted((one.partition, one.offset) for one in world.cluster.topics.records("fact_2_v2"))


def test_the_ledger_tells_each_step_and_how_long_no_sink_ran() -> None:
    world, before, config = cutting_over()
    move(world.platform, RELEASE, config, before, world.story)
    done = begun(current(world.platform, RELEASE), SINK)
    assert done is not None
    assert done.offsets == {("fact_2_v2", 0): 0, ("fact_2_v2", 1): 0}
    assert done.stopped_at is not None
    assert done.running_at is not None
    assert "no sink ran for" in world.story.text
    assert [line.partition(" was")[0] for line in told_moves(current(world.platform, RELEASE))] == [SINK]


def test_what_it_read_on_until_it_stopped_is_not_read_again_after_a_rollback() -> None:
    world, before, config = cutting_over()
    world.cluster.topics.produce("fact_2", b"late", b"{}", partition=0)
    world.cluster.run()
    move(world.platform, RELEASE, config, before, world.story)
    (stored,) = current(world.platform, RELEASE).connectors_before
    assert stored.offsets["fact_2", 0] == before.offsets["fact_2", 0] + 1
    put_back(world.platform, stored, world.story)
    world.cluster.run()
    offsets = [r.offset for topic, r in world.cluster.connectors.delivered(SINK) if topic == "fact_2"]
    assert len(offsets) == len(world.cluster.topics.records("fact_2"))


def test_cut_off_anywhere_every_row_of_green_arrives_once() -> None:
    start, before, config = cutting_over()
    for at in range(100):
        world = copy.deepcopy(start)
        world.line = Line(at=at, fault=kill)
        try:
            move(world.platform, RELEASE, config, before, world.story)
        except Killed:
            pass
        else:
            break
        world.line = None
        world.cluster.run()  # whatever runs delivers meanwhile
        move(world.platform, RELEASE, config, before, world.story)
        world.cluster.run()
        assert green_rows(world) == expected(world), at
    assert at > 6


@pytest.mark.parametrize("state", ["FAILED", "STOPPED", "PAUSED", "UNASSIGNED"])
def test_one_that_has_run_keeps_its_offsets_in_whatever_state_it_is(state: str) -> None:
    world, before, config = cutting_over()
    move(world.platform, RELEASE, config, before, world.story)
    world.cluster.run()
    world.cluster.connectors.all[SINK].state = state
    move(world.platform, RELEASE, config, before, world.story)
    world.cluster.run()
    assert green_rows(world) == expected(world)
    assert world.cluster.connectors.all[SINK].state == "RUNNING"


def test_another_configuration_on_the_second_try_does_not_read_green_again() -> None:
    world, before, config = cutting_over()
    move(world.platform, RELEASE, config, before, world.story)
    world.cluster.run()
    move(world.platform, RELEASE, {**config, "tasks.max": "2"}, before, world.story)
    world.cluster.run()
    assert green_rows(world) == expected(world)
    assert world.cluster.connectors.all[SINK].config["tasks.max"] == "2"


def test_put_back_and_moved_again_it_begins_with_green_anew() -> None:
    world, before, config = cutting_over()
    connector = world.cluster.connectors.all[SINK]
    connector.failure = "disk full"
    with pytest.raises(StatementError):
        move(world.platform, RELEASE, config, before, world.story)
    connector.failure = None
    put_back(world.platform, before, world.story)  # killed before the ledger heard of it
    world.cluster.run()
    move(world.platform, RELEASE, config, before, world.story)
    world.cluster.run()
    assert green_rows(world) == expected(world)


def test_a_move_is_forgotten_alone() -> None:
    world, before, config = cutting_over()
    move(world.platform, RELEASE, config, before, world.story)
    forget_move(world.platform, RELEASE, "another")
    assert begun(current(world.platform, RELEASE), SINK) is not None
    forget_move(world.platform, RELEASE, SINK)
    assert current(world.platform, RELEASE).connector_moves == ()


def test_nothing_is_told_of_a_connector_that_was_created() -> None:
    world, _, _ = cutting_over()
    record = advance_to(
        world.platform, RELEASE, Phase.CUTTING_OVER, connector_moves=(ConnectorMove(name="new"),)
    )
    assert list(told_moves(record)) == []
