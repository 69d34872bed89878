"""The hook for Kafka Connect."""

from functools import cached_property
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook, Connection

from airflow_bluegreen.exceptions import BluegreenError
from airflow_bluegreen.hooks.urls import access_of, url_of

if TYPE_CHECKING:
    from airflow_bluegreen.clients.kafka_connect import KafkaConnect


class KafkaConnectHook(BaseHook):
    """A client for the REST API of a Kafka Connect cluster.

    :param kafka_connect_conn_id: a connection of type ``kafka_connect``.
    """

    conn_name_attr = "kafka_connect_conn_id"
    default_conn_name = "kafka_connect_default"
    conn_type = "kafka_connect"
    hook_name = "Kafka Connect"

    def __init__(self, kafka_connect_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.kafka_connect_conn_id = kafka_connect_conn_id

    @cached_property
    def connection(self) -> Connection:
        """The Airflow connection."""
        return self.get_connection(self.kafka_connect_conn_id)

    @cached_property
    def client(self) -> "KafkaConnect":
        """The client."""
        from airflow_bluegreen.clients.kafka_connect import KafkaConnect

        return KafkaConnect(url_of(self.connection), access_of(self.connection))

    def get_conn(self) -> "KafkaConnect":
        """The client."""
        return self.client

    def test_connection(self) -> tuple[bool, str]:
        """Ask for the connectors."""
        try:
            return True, f"Kafka Connect answers; connectors: {len(self.client.connectors())}"
        except BluegreenError as error:
            return False, str(error)
