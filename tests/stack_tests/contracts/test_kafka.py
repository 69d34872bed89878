import uuid

import pytest
from confluent_kafka import Producer

from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.core.model import Endpoints
from tests.contracts.topics import TopicsContract, TopicsWorld


@pytest.mark.stack
class TestKafka(TopicsContract):
    @pytest.fixture
    def world(self, stack: Endpoints, topics: KafkaCluster, unique: str) -> TopicsWorld:
        def produce(topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
            producer = Producer(dict(stack.kafka))
            producer.produce(topic, key=key, value=value, partition=partition)
            assert producer.flush(20) == 0

        def mark(topic: str, partition: int) -> None:
            """An aborted transaction leaves its records, which nobody is to see, and a marker."""
            producer = Producer({**stack.kafka, "transactional.id": uuid.uuid4().hex})
            producer.init_transactions(20)
            producer.begin_transaction()
            producer.produce(topic, key=b"aborted", value=b"aborted", partition=partition)
            producer.flush(20)
            producer.abort_transaction(20)

        return TopicsWorld(topics=topics, name=f"{unique}.orders", produce=produce, mark=mark)
