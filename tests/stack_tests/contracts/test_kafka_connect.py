from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.kafka_connect import KafkaConnect
from airflow_bluegreen.core.model import Endpoints, Topic
from tests.contracts.connectors import ConnectorsContract, ConnectorsWorld


@pytest.mark.stack
class TestKafkaConnect(ConnectorsContract):
    @pytest.fixture
    def world(
        self,
        stack: Endpoints,
        topics: KafkaCluster,
        unique: str,
        until: Callable[[Callable[[], bool]], None],
        tmp_path: Path,
    ) -> Iterator[ConnectorsWorld]:
        blue, green = f"{unique}.fact", f"{unique}.fact_v2"
        producer = Producer(dict(stack.kafka))
        for topic in (blue, green):
            topics.create_topic(Topic(name=topic, partitions=1))
            for number in range(3):
                producer.produce(topic, key=b"k", value=str(number).encode())
        assert producer.flush(20) == 0
        connectors = KafkaConnect(stack.connect_url, stack.connect_auth)
        strings = "org.apache.kafka.connect.storage.StringConverter"
        config = {
            "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
            "file": str(tmp_path / "sink.txt"),
            "tasks.max": "1",
            "key.converter": strings,
            "value.converter": strings,
        }

        def spoil(name: str) -> None:
            connectors.put_config(name, {**config, "topics": blue, "file": "/no/such/folder/sink.txt"})

        yield ConnectorsWorld(
            connectors=connectors,
            name=f"sink-{unique}",
            blue=blue,
            green=green,
            config=config,
            group_offsets=topics.group_offsets,
            group_members=topics.group_members,
            until=until,
            spoil=spoil,
        )
        connectors.delete_connector(f"sink-{unique}")
        connectors.close()
