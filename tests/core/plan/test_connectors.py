from airflow_bluegreen.core.model import ConnectorAction, PlannedConnector
from tests.core.golden import connector, edited, v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of


def test_connectors_of_impacted_tables_move_and_new_ones_are_created() -> None:
    assert plan_of(v1_0_0(), v1_0_1()).connectors == (
        PlannedConnector(
            name="sink-fact-2",
            action=ConnectorAction.MOVE,
            blue_topics=("fact_2",),
            green_topics=("fact_2_v2",),
            config={"connector.class": "FileSink", "topics": "fact_2_v2"},
        ),
        PlannedConnector(
            name="sink-fact-3",
            action=ConnectorAction.MOVE,
            blue_topics=("fact_3",),
            green_topics=("fact_3_v2",),
            config={"connector.class": "FileSink", "topics": "fact_3_v2"},
        ),
        PlannedConnector(
            name="sink-view32",
            action=ConnectorAction.CREATE,
            blue_topics=(),
            green_topics=("view32",),
            config={"connector.class": "FileSink", "topics": "view32"},
        ),
    )


def test_a_connector_of_a_new_table_that_is_left_out_is_left_out_with_it() -> None:
    plan = plan_of(v1_0_0(), v1_0_1(), only=frozenset({"int_3"}), descendants=False)
    assert [one.table for one in plan.tables] == ["int_3"]
    assert [one.name for one in plan.connectors] == []


def test_a_changed_configuration_of_an_untouched_table_moves_on_the_same_topics() -> None:
    after = edited(v1_0_0(), {"connector.sink-fact-1.json": ("FileSink", "IcebergSink")})
    (moved,) = plan_of(v1_0_0(), after, live={"fact_1": "fact_1_v4"}).connectors
    assert (moved.action, moved.blue_topics, moved.green_topics) == (
        ConnectorAction.MOVE,
        ("fact_1_v4",),
        ("fact_1_v4",),
    )
    assert moved.config == {"connector.class": "IcebergSink", "topics": "fact_1_v4"}


def test_a_reformatted_connector_stays() -> None:
    after = edited(v1_0_0(), {"connector.sink-fact-1.json": ('"topics": ', '\n   "topics":')})
    assert plan_of(v1_0_0(), after).connectors == ()


def test_topics_that_are_no_tables_of_the_project_stay_as_written() -> None:
    two = {"connector.sink-fact-2.json": ('"fact_2"', '"fact_2,audit"')}
    plan = plan_of(edited(v1_0_0(), two), edited(v1_0_1(), two))
    moved = next(one for one in plan.connectors if one.name == "sink-fact-2")
    assert (moved.blue_topics, moved.green_topics) == (("fact_2", "audit"), ("fact_2_v2", "audit"))
    assert moved.config["topics"] == "fact_2_v2,audit"


def test_a_connector_that_is_taken_out_is_removed() -> None:
    gone = connector("facts", "fact_1")
    after = {path: text for path, text in v1_0_0().items() if path not in gone}
    (removed,) = plan_of(v1_0_0(), after).connectors
    assert (removed.name, removed.action, removed.green_topics) == ("sink-fact-1", ConnectorAction.REMOVE, ())
