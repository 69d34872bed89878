import time
from pathlib import Path

from airflow_bluegreen.clients.platform import SystemClock, open_platform
from airflow_bluegreen.core.model import Endpoints


def test_opening_a_platform_asks_no_server(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:1"
    endpoints = Endpoints(
        gateway_url=nowhere,
        flink_url=nowhere,
        kafka={"bootstrap.servers": "127.0.0.1:1"},
        connect_url=nowhere,
        registry_url=nowhere,
    )
    started = time.monotonic()
    platform = open_platform(
        endpoints, project_path=str(tmp_path), project_name="retail", environment="local"
    )
    assert time.monotonic() - started < 1
    assert platform.endpoints is endpoints


def test_the_clock_is_the_machines() -> None:
    clock = SystemClock()
    before = time.time()
    clock.sleep(0.01)
    assert before + 0.01 <= clock.now() <= time.time()
