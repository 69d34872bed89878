"""Where the clients of a stack find its servers."""

from collections.abc import Mapping

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.stack.free_ports import HOST


def endpoints_of(ports: Mapping[str, int]) -> Endpoints:
    """The addresses of a stack with these ports."""
    return Endpoints(
        gateway_url=f"http://{HOST}:{ports['gateway']}",
        flink_url=f"http://{HOST}:{ports['jobmanager']}",
        kafka={"bootstrap.servers": f"{HOST}:{ports['kafka']}"},
        connect_url=f"http://{HOST}:{ports['connect']}",
        registry_url=f"http://{HOST}:{ports['registry']}/apis/ccompat/v7",
        lake_url=f"postgresql+psycopg://postgres@{HOST}:{ports['postgres']}/postgres"
        if "postgres" in ports
        else "",
    )
