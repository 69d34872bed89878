import pytest

from airflow_bluegreen.actions.comparison_engine import Sides, runs_on_cluster
from airflow_bluegreen.core.model import Column, Engine, EngineSettings, Profile
from airflow_bluegreen.exceptions import ConfigurationError
from tests.fakes.platform import FakeCluster, Story

SIDES = Sides(blue="t", green="t_v2", keyed=True)


@pytest.fixture
def cluster() -> FakeCluster:
    found = FakeCluster({})
    for topic, records in (("t", 6), ("t_v2", 5)):
        found.topics.ensure(topic, 2)
        for number in range(records):
            found.topics.produce(topic, f"k{number}".encode(), b"{}")
    return found


def on_cluster(cluster: FakeCluster, engine: Engine, above: int = 0, **changes: object) -> tuple[bool, str]:
    story = Story()
    asked = EngineSettings(engine=engine, cluster_above=above)
    profile = Profile(name="local", comparing=asked, dialect=str(changes.pop("dialect", "open-source")))
    sides = changes.pop("sides", SIDES)
    assert isinstance(sides, Sides)
    return runs_on_cluster(cluster.platform, sides, profile, story), story.text


def test_the_embedded_engine_is_the_default(cluster: FakeCluster) -> None:
    assert not runs_on_cluster(cluster.platform, SIDES, Profile(name="local"), Story())
    assert cluster.topics.wire.calls == []


@pytest.mark.parametrize(("above", "expected"), [(10, True), (11, False), (12, False)])
def test_auto_decides_by_the_records_of_both_topics(cluster: FakeCluster, above: int, expected: bool) -> None:
    assert on_cluster(cluster, Engine.AUTO, above) == (expected, "")


def test_the_cluster_when_it_is_asked_for(cluster: FakeCluster) -> None:
    assert on_cluster(cluster, Engine.CLUSTER, 1_000)[0]


def test_a_dialect_that_is_not_ours_to_run(cluster: FakeCluster) -> None:
    found, told = on_cluster(cluster, Engine.AUTO, dialect="confluent")
    assert not found
    assert "t_v2 is compared here and not on the cluster" in told
    with pytest.raises(ConfigurationError, match="dialect confluent"):
        on_cluster(cluster, Engine.CLUSTER, dialect="confluent")


def test_columns_of_an_unknown_type_are_compared_here(cluster: FakeCluster) -> None:
    columns = (Column(name="id", type="STRING"),)
    sides = Sides(blue="t", green="t_v2", keyed=True, columns=columns, shared=frozenset({"id"}))
    found, told = on_cluster(cluster, Engine.AUTO, sides=sides)
    assert not found
    assert "the type of column id is not known" in told
