import uuid
from collections.abc import Callable

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.core.model import Endpoints
from tests.contracts.topics import TopicsContract, TopicsWorld


@pytest.mark.stack
class TestKafka(TopicsContract):
    native_above = 1 << 62

    @pytest.fixture
    def topics(self, topics: KafkaCluster) -> KafkaCluster:
        topics.native_above = self.native_above
        return topics

    @pytest.fixture
    def world(
        self,
        stack: Endpoints,
        topics: KafkaCluster,
        unique: str,
        until: Callable[[Callable[[], bool]], None],
    ) -> TopicsWorld:
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

        def consumer(group: str) -> Consumer:
            return Consumer({**stack.kafka, "group.id": group, "enable.auto.commit": False})

        def commit(group: str, topic: str, offset: int) -> None:
            committing = consumer(group)
            committing.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
            committing.close()

        def join(group: str, topic: str) -> Callable[[], None]:
            member = consumer(group)
            member.subscribe([topic])

            def joined() -> bool:
                member.poll(0.2)
                return bool(member.assignment())

            until(joined)
            return member.close

        return TopicsWorld(
            topics=topics,
            name=f"{unique}.orders",
            produce=produce,
            mark=mark,
            commit=commit,
            join=join,
            broker_retention_ms=None,
        )


@pytest.mark.stack
class TestKafkaInCompiledCode(TestKafka):
    """The same, with every record hashed in compiled code."""

    native_above = 0
