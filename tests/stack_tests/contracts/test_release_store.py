import pytest
from confluent_kafka import Producer

from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.release_store import TOPIC_PREFIX, KafkaReleaseStore
from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.exceptions import ConflictError
from tests.contracts.releases import ReleasesContract, ReleasesWorld, release


class Overtaken(KafkaReleaseStore):
    """A writer whose environment is taken over by another one before it commits."""

    def _open_writer(self) -> Producer:
        mine = super()._open_writer()
        super()._open_writer()
        return mine


@pytest.mark.stack
class TestKafkaReleaseStore(ReleasesContract):
    @pytest.fixture
    def unique(self, unique: str) -> str:
        return f"{TOPIC_PREFIX}{unique}"

    @pytest.fixture
    def world(self, stack: Endpoints, topics: KafkaCluster, unique: str) -> ReleasesWorld:
        project = unique.removeprefix(TOPIC_PREFIX)
        return ReleasesWorld(
            open_store=lambda environment: KafkaReleaseStore(stack.kafka, project, environment)
        )

    def test_reading_does_not_create_the_ledger(
        self, world: ReleasesWorld, topics: KafkaCluster, unique: str
    ) -> None:
        assert world.open_store("local").records() == ()
        assert topics.topic(unique) is None

    def test_the_ledger_is_compacted(self, world: ReleasesWorld, topics: KafkaCluster, unique: str) -> None:
        world.open_store("local").save(release("v1"), expected=None)
        ledger = topics.topic(unique)
        assert ledger is not None
        assert (ledger.partitions, ledger.config) == (1, {"cleanup.policy": "compact"})

    def test_a_writer_that_was_overtaken_writes_nothing(
        self, stack: Endpoints, world: ReleasesWorld, unique: str
    ) -> None:
        slow = Overtaken(stack.kafka, unique.removeprefix(TOPIC_PREFIX), "local")
        with pytest.raises(ConflictError, match="another run"):
            slow.save(release("v1"), expected=None)
        assert world.open_store("local").records() == ()
