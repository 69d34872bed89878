import json
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer

from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.core.model import Endpoints, Topic
from tests.contracts.flink import FlinkContract, FlinkWorld


def table(name: str, topic: str, servers: str) -> str:
    return (
        f"CREATE TABLE `{name}` (k INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ("
        f"'connector' = 'upsert-kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{servers}', "
        "'key.format' = 'json', 'value.format' = 'json')"
    )


@pytest.mark.stack
class TestFlink(FlinkContract):
    @pytest.fixture
    def world(
        self, stack: Endpoints, topics: KafkaCluster, unique: str, until: Callable[[Callable[[], bool]], None]
    ) -> Iterator[FlinkWorld]:
        servers = stack.kafka["bootstrap.servers"]
        source, target = f"{unique}.source", f"{unique}.target"
        for topic in (source, target):
            topics.create_topic(Topic(name=topic, partitions=1, config={"cleanup.policy": "compact"}))
        producer = Producer(dict(stack.kafka))
        for number in range(5):
            row = {"k": number, "v": number}
            producer.produce(source, key=json.dumps({"k": number}), value=json.dumps(row))
        assert producer.flush(20) == 0
        jobs = FlinkCluster(stack.flink_url, topics=topics.names)

        def spoil(job_id: str) -> None:
            producer.produce(source, key=b"{}", value=b"not JSON")
            assert producer.flush(20) == 0

        name = f"dml.{unique}"
        gateway = FlinkGateway(stack.gateway_url, stack.gateway_auth)
        yield FlinkWorld(
            gateway=gateway,
            jobs=jobs,
            source="source",
            target="target",
            source_topic=source,
            catalog=(table("source", source, servers), table("target", target, servers)),
            name=name,
            until=until,
            written=lambda: sum(topics.end_offsets(target).values()),
            spoil=spoil,
            connection=f"'properties.bootstrap.servers' = '{servers}', ",
        )
        for job in jobs.jobs():
            if job.name == name:
                jobs.cancel(job.job_id)
        jobs.close()
        gateway.close()
