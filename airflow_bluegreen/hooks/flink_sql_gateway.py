"""The hook for a Flink cluster: its SQL gateway, which starts jobs, and its JobManager, which knows them."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook, Connection

from airflow_bluegreen.core.model import ServerAccess
from airflow_bluegreen.exceptions import BluegreenError, ConfigurationError
from airflow_bluegreen.hooks.urls import access_of, url_of

if TYPE_CHECKING:
    from airflow_bluegreen.clients.flink_gateway import FlinkGateway
    from airflow_bluegreen.clients.flink_rest import FlinkCluster


def jobmanager_url_of(connection: Connection) -> str:
    """The JobManager's REST URL of a ``flink_sql_gateway`` connection, without a slash at its end.

    :raises ConfigurationError: the connection's extra does not say.
    """
    url = str(connection.extra_dejson.get("jobmanager_url") or "").rstrip("/")
    if not url:
        raise ConfigurationError(
            f"connection {connection.conn_id} has no JobManager URL",
            remedy="Enter it in the connection's extra field jobmanager_url, such as http://flink:8081",
        )
    return url


def jobmanager_access_of(connection: Connection) -> ServerAccess:
    """How the JobManager of a ``flink_sql_gateway`` connection is entered: as the gateway is.

    The gateway's credentials are only sent there if the extra says ``jobmanager_auth``: a JobManager that
    asks for none would get them in the clear.
    """
    access = access_of(connection)
    if str(connection.extra_dejson.get("jobmanager_auth")).lower() == "true":
        return access
    return replace(access, user="", password="", token="")


class FlinkSqlGatewayHook(BaseHook):
    """Clients for the SQL gateway and the JobManager of one Flink cluster.

    :param flink_conn_id: a connection of type ``flink_sql_gateway``.
    """

    conn_name_attr = "flink_conn_id"
    default_conn_name = "flink_gateway_default"
    conn_type = "flink_sql_gateway"
    hook_name = "Flink SQL Gateway"

    def __init__(self, flink_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.flink_conn_id = flink_conn_id

    @cached_property
    def connection(self) -> Connection:
        """The Airflow connection."""
        return self.get_connection(self.flink_conn_id)

    @cached_property
    def gateway(self) -> "FlinkGateway":
        """The client of the SQL gateway."""
        from airflow_bluegreen.clients.flink_gateway import FlinkGateway

        return FlinkGateway(url_of(self.connection), access_of(self.connection))

    @cached_property
    def cluster(self) -> "FlinkCluster":
        """The client of the JobManager."""
        from airflow_bluegreen.clients.flink_rest import FlinkCluster

        return FlinkCluster(jobmanager_url_of(self.connection), auth=jobmanager_access_of(self.connection))

    def get_conn(self) -> "FlinkGateway":
        """The client of the SQL gateway."""
        return self.gateway

    def test_connection(self) -> tuple[bool, str]:
        """Let the gateway plan a query, and ask the JobManager for its free slots."""
        try:
            self.gateway.explain((), "SELECT 1")
            return True, f"The gateway plans queries; the cluster has {self.cluster.free_slots()} free slots"
        except BluegreenError as error:
            return False, str(error)
