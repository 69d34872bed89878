import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Phase, Plan
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    RefusedError,
    RequirementError,
    StatementError,
)
from tests.actions.faults import WRITES
from tests.actions.releasing import bring_up
from tests.actions.world import ROWS, World
from tests.core.golden import edited, path_of, v1_0_1


def brought_up(world: World | None = None) -> tuple[World, Plan]:
    world = world or World()
    plan = bring_up(world)
    for wire in world.cluster.wires.values():
        wire.calls.clear()
    return world, plan


def cut(world: World, plan: Plan) -> None:
    cut_over(world.platform, plan, world.profile, world.story)


def connector_writes(world: World) -> list[tuple[str, object]]:
    return [
        (call.method, call.arguments[0])
        for call in world.cluster.connectors.wire.calls
        if call.method in WRITES
    ]


def test_every_connector_is_stopped_changed_and_resumed_in_that_order() -> None:
    world, plan = brought_up()
    cut(world, plan)
    assert connector_writes(world)[:4] == [
        ("stop_connector", "sink-fact-2"),
        ("put_config", "sink-fact-2"),
        ("set_offsets", "sink-fact-2"),
        ("resume_connector", "sink-fact-2"),
    ]
    assert current(world.platform, "v1.0.1").phase is Phase.CUT_OVER


def test_the_sink_gets_every_row_of_green() -> None:
    world, plan = brought_up()
    before = len(world.cluster.connectors.delivered("sink-fact-2"))
    cut(world, plan)
    world.cluster.run()
    fresh = world.cluster.connectors.delivered("sink-fact-2")[before:]
    assert {topic for topic, _ in fresh} == {"fact_2_v2"}
    assert len(fresh) == len(world.cluster.topics.records("fact_2_v2")) == 5 * ROWS


def test_configuration_and_offsets_are_in_the_ledger_before_anything_is_touched() -> None:
    world, plan = brought_up()
    states = {name: world.cluster.connectors.connector(name) for name in ("sink-fact-2", "sink-fact-3")}
    world.cluster.connectors.fail_next("stop_connector", StatementError("no"), times=9)
    with pytest.raises(StatementError):
        cut(world, plan)
    stored = {state.name: state for state in current(world.platform, "v1.0.1").connectors_before}
    assert {name: stored[name] for name in states} == states
    assert stored["sink-view32"].config is None


def test_when_one_fails_all_go_back() -> None:
    world, plan = brought_up()
    before, offsets = world.blue()["connectors"], dict(world.cluster.topics.groups["connect-sink-fact-2"])
    world.cluster.connectors.all["sink-fact-3"].failure = "disk full"
    with pytest.raises(StatementError, match="disk full"):
        cut(world, plan)
    world.cluster.connectors.all["sink-fact-3"].failure = None
    assert world.connector_topics()["sink-fact-2"] == "fact_2"
    assert world.cluster.topics.groups["connect-sink-fact-2"] == offsets
    assert "sink-view32" not in world.cluster.connectors.all
    cut(world, plan)
    assert world.connector_topics()["sink-fact-3"] == "fact_3_v2"
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.blue()["connectors"] == before


def test_what_does_not_go_back_is_named() -> None:
    world, plan = brought_up()
    world.cluster.connectors.all["sink-fact-3"].failure = "disk full"
    with pytest.raises(StatementError) as caught:
        cut(world, plan)
    assert any("sink-fact-3 did not go back" in note for note in caught.value.__notes__)
    assert world.connector_topics()["sink-fact-2"] == "fact_2"


def test_a_connector_that_reads_something_else_by_now_is_a_conflict() -> None:
    world, plan = brought_up()
    world.cluster.connectors.all["sink-fact-2"].config["topics"] = "fact_9"
    with pytest.raises(
        RequirementError, match="sink-fact-2 reads fact_9, the release was planned for fact_2"
    ):
        cut(world, plan)
    assert connector_writes(world) == []
    assert current(world.platform, "v1.0.1").phase is Phase.COMPARED


def test_a_connector_moved_by_hand_is_a_conflict() -> None:
    world, plan = brought_up()
    world.cluster.connectors.all["sink-fact-2"].config["topics"] = "fact_2_v2"
    with pytest.raises(RequirementError, match="reads fact_2_v2"):
        cut(world, plan)


def test_a_connector_to_create_that_exists_is_a_conflict() -> None:
    world, plan = brought_up()
    world.cluster.connectors.put_config("sink-view32", {"connector.class": "FileSink", "topics": "x"})
    with pytest.raises(ConflictError, match="sink-view32 exists"):
        cut(world, plan)


def test_a_config_that_connect_refuses_changes_nothing() -> None:
    world, plan = brought_up()
    world.cluster.connectors.complaints.append("file: must not be empty")
    with pytest.raises(ConfigurationError, match="refuses 3 settings"):
        cut(world, plan)
    assert connector_writes(world) == []


def test_it_does_nothing_twice() -> None:
    world, plan = brought_up()
    cut(world, plan)
    calls = connector_writes(world)
    cut(world, plan)
    assert connector_writes(world) == calls


def test_a_release_that_was_not_compared_is_not_cut_over() -> None:
    from airflow_bluegreen.actions.ledger import open_release

    world = World()
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    with pytest.raises(RefusedError, match="is planned and cannot become cutting_over"):
        cut(world, plan)
    assert connector_writes(world) == []


def without_sink_of_fact_3() -> World:
    """v1.0.1 where the sink of fact_3 was dropped as well."""
    world = World()
    files = edited(v1_0_1(), {})
    path = path_of(files, "connector.sink-fact-3.json")
    world.cluster.repository.commit({path: None})
    world.cluster.repository.tag("v1.0.1")
    return world


def test_a_removed_connector_goes_and_comes_back() -> None:
    world, plan = brought_up(without_sink_of_fact_3())
    before = world.cluster.connectors.connector("sink-fact-3")
    cut(world, plan)
    assert "sink-fact-3" not in world.cluster.connectors.all
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.cluster.connectors.connector("sink-fact-3") == before


def test_one_that_fails_with_its_first_record_takes_all_back() -> None:
    world, plan = brought_up()
    before = world.blue()["connectors"]
    third = "sink-view32"

    def fail_on_the_first_record() -> None:
        found = world.cluster.connectors.all.get(third)
        if found is not None and found.delivered and found.state == "RUNNING":
            found.state, found.failure = "FAILED", "no such table"

    world.cluster.clock.on_sleep(fail_on_the_first_record)
    with pytest.raises(StatementError, match="no such table"):
        cut(world, plan)
    assert world.blue()["connectors"] == before
    assert third not in world.cluster.connectors.all
    assert current(world.platform, "v1.0.1").connector_moves == ()


def test_what_was_removed_half_way_keeps_its_offsets_in_the_ledger() -> None:
    world, plan = brought_up(without_sink_of_fact_3())
    before = world.cluster.connectors.connector("sink-fact-3")
    assert before is not None
    world.cluster.connectors.fail_next("delete_connector", KeyboardInterrupt(), times=1)
    with pytest.raises(KeyboardInterrupt):
        cut(world, plan)
    world.cluster.topics.groups.pop("connect-sink-fact-3")  # Connect resets them before it deletes
    cut(world, plan)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.cluster.connectors.connector("sink-fact-3") == before
