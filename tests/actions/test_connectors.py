import pytest

from airflow_bluegreen.actions.connectors import (
    put_back,
    refuse_lost_control_topic,
    refuse_other_topics,
    refuse_shared_target,
    refuse_two_colours,
    same_config,
    starting_offsets,
    stop_for_good,
    topics_read,
    wanted_config,
)
from airflow_bluegreen.core.model import ConnectorAction, ConnectorState, PlannedConnector, Profile
from airflow_bluegreen.exceptions import ConfigurationError, RequirementError, TransientError
from tests.fakes.kafka_connect import FakeConnect
from tests.fakes.platform import ENDPOINTS, FakeCluster, Story

BLUE = {"connector.class": "FileSink", "topics": "t,other", "name": "s"}
GREEN = {**BLUE, "topics": "t_v2,other"}


def cluster() -> FakeCluster:
    made = FakeCluster({})
    for topic in ("t", "t_v2", "other"):
        made.topics.ensure(topic, 1)
        for number in range(3):
            made.topics.produce(topic, f"{number}".encode(), b"{}")
    made.connectors.put_config("s", BLUE)
    made.connectors.run()
    return made


def test_the_profile_lies_under_the_connectors_own_values() -> None:
    planned = PlannedConnector(
        name="s",
        action=ConnectorAction.MOVE,
        blue_topics=("t",),
        green_topics=("t_v2",),
        config={"topics": "t_v2", "file": "{connector.name}.txt"},
    )
    profile = Profile(name="local", connector_config={"tasks.max": "2", "topics": "never"})
    assert wanted_config(planned, profile, ENDPOINTS) == {
        "name": "s",
        "tasks.max": "2",
        "topics": "t_v2",
        "file": "s.txt",
    }


def test_small_questions() -> None:
    assert topics_read({"topics": " a, b ,"}) == {"a", "b"}
    assert topics_read({}) == frozenset()
    assert same_config({"a": "1", "name": "s"}, {"a": "1"})
    assert not same_config({"a": "1"}, {"a": "2"})
    assert same_config(None, None)
    assert not same_config(None, {})


def test_only_listed_topics() -> None:
    refuse_two_colours("s", BLUE, ("t", "t_v2"))
    with pytest.raises(RequirementError, match="matches t and t_v2"):
        refuse_two_colours("s", {"topics.regex": "t(_v2)?"}, ("t", "t_v2", "u"))


def test_the_requirement() -> None:
    state = ConnectorState(name="s", config=BLUE)
    assert refuse_other_topics("s", state, ("other", "t")) is state
    with pytest.raises(RequirementError, match="reads other, t, the release was planned for t"):
        refuse_other_topics("s", state, ("t",))
    with pytest.raises(RequirementError, match="does not exist"):
        refuse_other_topics("s", None, ("t",))


def test_new_topics_start_at_their_beginning_and_the_others_go_on() -> None:
    made = cluster()
    made.topics.truncate("t_v2", 1)
    before = made.connectors.connector("s")
    assert starting_offsets(made.topics, GREEN, before) == {("t_v2", 0): 1, ("other", 0): 3}
    assert starting_offsets(made.topics, GREEN, None) == {("t_v2", 0): 1, ("other", 0): 0}


def test_a_partition_that_was_never_read_starts_at_its_beginning() -> None:
    made = cluster()
    before = ConnectorState(name="s", config=BLUE, offsets={("other", 0): 2})
    assert starting_offsets(made.topics, BLUE, before) == {("t", 0): 0, ("other", 0): 2}


def test_stopped_means_that_no_task_commits_any_more() -> None:
    made = cluster()
    leaving = Leaving(made.connectors, looks=3)
    made.topics.consumers = [leaving]
    stopped = stop_for_good(made.platform, "s", BLUE)
    assert stopped is not None
    assert (stopped.state, stopped.offsets["t", 0]) == ("STOPPED", 4)


def test_a_task_that_does_not_end_is_told() -> None:
    made = cluster()
    made.topics.consumers = [Leaving(made.connectors, looks=1_000)]
    with pytest.raises(TransientError, match="1 consumers are still in group mine"):
        stop_for_good(made.platform, "s", {**BLUE, "consumer.override.group.id": "mine"})


class Leaving:
    """A task that commits one record more, and leaves its group after some looks."""

    def __init__(self, connectors: FakeConnect, looks: int) -> None:
        self._connectors, self._looks = connectors, looks

    def members(self, group: str) -> int:
        self._looks -= 1
        if self._looks == 0:
            self._connectors.cluster.commit(group, {("t", 0): 4})
        return int(self._looks > 0)


def moved(made: FakeCluster) -> ConnectorState:
    """Let it read green; what it was."""
    before = made.connectors.connector("s")
    assert before is not None
    made.connectors.stop_connector("s")
    made.connectors.put_config("s", GREEN)
    made.connectors.set_offsets("s", {("t_v2", 0): 0, ("other", 0): 3})
    made.connectors.resume_connector("s")
    made.connectors.run()
    return before


def test_putting_back_restores_offsets_and_leaves_alone_what_is_as_it_was() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    assert before is not None
    put_back(made.platform, before, Story())
    assert made.connectors.wire.called("stop_connector") == []
    moved(made)
    put_back(made.platform, before, Story())
    assert made.connectors.connector("s") == before


def test_putting_back_one_that_was_stopped_keeps_it_stopped() -> None:
    made = cluster()
    made.connectors.stop_connector("s")
    before = made.connectors.connector("s")
    assert before is not None
    moved(made)
    put_back(made.platform, before, Story())
    assert made.connectors.all["s"].state == "STOPPED"
    assert made.connectors.wire.called("resume_connector") == [("s",)]


def test_one_that_only_was_stopped_keeps_the_offsets_that_it_has() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    assert before is not None
    made.topics.produce("t", b"9", b"{}")
    made.connectors.run()
    made.connectors.stop_connector("s")
    put_back(made.platform, before, Story())
    found = made.connectors.connector("s")
    assert found is not None
    assert (found.state, found.offsets["t", 0]) == ("RUNNING", 4)


def test_one_that_was_removed_gets_its_offsets_also_when_that_was_cut_off() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    assert before is not None
    made.connectors.delete_connector("s")
    made.connectors.put_config("s", BLUE, stopped=True)
    put_back(made.platform, before, Story())
    assert made.connectors.connector("s") == before


def test_putting_back_one_that_did_not_exist_or_is_gone() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    assert before is not None
    made.connectors.delete_connector("s")
    put_back(made.platform, before, Story())
    assert made.connectors.connector("s") == before
    put_back(made.platform, ConnectorState(name="s", config=None), Story())
    assert made.connectors.all == {}


ICEBERG = {"connector.class": "org.apache.iceberg.connect.IcebergSinkConnector", "name": "s"}


def planned(**changes: object) -> PlannedConnector:
    settings: dict[str, object] = {
        "name": "s",
        "action": ConnectorAction.MOVE,
        "blue_topics": ("t",),
        "green_topics": ("t_v2",),
        "config": {**ICEBERG, "topics": "t_v2", "iceberg.tables": "lake.{topic}"},
    }
    return PlannedConnector(**{**settings, **changes})  # type: ignore[arg-type]


def test_the_table_of_a_version_is_named_by_its_topic() -> None:
    config = wanted_config(planned(), Profile(name="local"), ENDPOINTS)
    assert config["iceberg.tables"] == "lake.t_v2"
    refuse_shared_target(planned(), {**ICEBERG, "topics": "t", "iceberg.tables": "lake.t"}, config)


def test_a_topic_among_several_has_no_name() -> None:
    with pytest.raises(ConfigurationError, match=r"uses \{topic\} in iceberg.tables and reads other, t_v2"):
        wanted_config(planned(green_topics=("t_v2", "other")), Profile(name="local"), ENDPOINTS)


def test_commits_need_a_topic_that_is_there() -> None:
    made = cluster()
    refuse_lost_control_topic(made.topics, "s", BLUE)
    with pytest.raises(ConfigurationError, match="in topic control-iceberg, which does not exist"):
        refuse_lost_control_topic(made.topics, "s", ICEBERG)
    refuse_lost_control_topic(made.topics, "s", {**ICEBERG, "iceberg.control.topic": "other"})


def test_green_does_not_go_where_blue_is() -> None:
    blue = {**ICEBERG, "topics": "t", "iceberg.tables": "lake.t"}
    green = {**blue, "topics": "t_v2"}
    with pytest.raises(ConfigurationError, match=r"would write t_v2 into lake\.t, which holds t"):
        refuse_shared_target(planned(), blue, green)
    refuse_shared_target(planned(shared_target=True), blue, green)
    refuse_shared_target(planned(green_topics=("t",)), blue, {**blue, "tasks.max": "2"})
    refuse_shared_target(planned(), None, green)
    refuse_shared_target(planned(), {"connector.class": "FileSink"}, {"connector.class": "FileSink"})
