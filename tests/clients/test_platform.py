import time
from dataclasses import replace
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


def test_a_lake_is_opened_where_there_is_an_address(tmp_path: Path) -> None:
    nowhere = {"gateway_url": "http://g", "flink_url": "http://f", "connect_url": "http://c"}
    endpoints = Endpoints(**nowhere, registry_url="http://r", kafka={})  # type: ignore[arg-type]
    settings = {"project_path": str(tmp_path), "project_name": "retail", "environment": "local"}
    assert open_platform(endpoints, **settings).lake is None
    with_lake = replace(endpoints, lake_url=f"sqlite:///{tmp_path}/lake.db")
    lake = open_platform(with_lake, **settings).lake
    assert lake is not None
    lake.run(("CREATE TABLE t (v TEXT)",))
    assert (tmp_path / "lake.db").exists()
