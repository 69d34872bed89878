import pytest

from airflow_bluegreen.actions.connectors import (
    move,
    put_back,
    refuse_other_topics,
    refuse_two_colours,
    same_config,
    topics_read,
    wanted_config,
)
from airflow_bluegreen.core.model import ConnectorAction, ConnectorState, PlannedConnector, Profile
from airflow_bluegreen.exceptions import RequirementError
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


def test_moving_starts_new_topics_at_their_beginning_and_keeps_the_others() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    made.topics.truncate("t_v2", 1)
    move(made.platform, "s", GREEN, before, Story())
    assert made.topics.groups["connect-s"] == {("t_v2", 0): 1, ("other", 0): 3}
    assert made.connectors.all["s"].state == "RUNNING"


def test_moving_twice_reads_nothing_twice() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    move(made.platform, "s", GREEN, before, Story())
    made.connectors.run()
    move(made.platform, "s", GREEN, before, Story())
    assert made.topics.groups["connect-s"][("t_v2", 0)] == 3


def test_putting_back_restores_offsets_and_leaves_alone_what_is_as_it_was() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    assert before is not None
    put_back(made.platform, before, Story())
    assert made.connectors.wire.called("stop_connector") == []
    move(made.platform, "s", GREEN, before, Story())
    put_back(made.platform, before, Story())
    assert made.connectors.connector("s") == before


def test_putting_back_one_that_was_stopped_keeps_it_stopped() -> None:
    made = cluster()
    made.connectors.stop_connector("s")
    before = made.connectors.connector("s")
    assert before is not None
    move(made.platform, "s", GREEN, before, Story())
    put_back(made.platform, before, Story())
    assert made.connectors.all["s"].state == "STOPPED"
    assert made.connectors.wire.called("resume_connector") == [("s",)]


def test_putting_back_one_that_did_not_exist_or_is_gone() -> None:
    made = cluster()
    before = made.connectors.connector("s")
    assert before is not None
    made.connectors.delete_connector("s")
    put_back(made.platform, before, Story())
    assert made.connectors.connector("s") == before
    put_back(made.platform, ConnectorState(name="s", config=None), Story())
    assert made.connectors.all == {}
