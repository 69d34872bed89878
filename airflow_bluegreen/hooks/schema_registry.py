"""The hook for a Confluent-compatible schema registry."""

from functools import cached_property
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook, Connection

from airflow_bluegreen.exceptions import BluegreenError
from airflow_bluegreen.hooks.urls import access_of, url_of

if TYPE_CHECKING:
    from airflow_bluegreen.clients.schema_registry import SchemaRegistry


class SchemaRegistryHook(BaseHook):
    """A client for a schema registry with Confluent's REST API.

    :param schema_registry_conn_id: a connection of type ``schema_registry``.
    """

    conn_name_attr = "schema_registry_conn_id"
    default_conn_name = "schema_registry_default"
    conn_type = "schema_registry"
    hook_name = "Schema Registry"

    def __init__(self, schema_registry_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.schema_registry_conn_id = schema_registry_conn_id

    @cached_property
    def connection(self) -> Connection:
        """The Airflow connection."""
        return self.get_connection(self.schema_registry_conn_id)

    @cached_property
    def client(self) -> "SchemaRegistry":
        """The client."""
        from airflow_bluegreen.clients.schema_registry import SchemaRegistry

        return SchemaRegistry(url_of(self.connection), access_of(self.connection))

    def get_conn(self) -> "SchemaRegistry":
        """The client."""
        return self.client

    def test_connection(self) -> tuple[bool, str]:
        """Ask for a subject; that there is none of that name is an answer too."""
        try:
            self.client.latest("airflow-connection-test")
            return True, "The schema registry answers"
        except BluegreenError as error:
            return False, str(error)
