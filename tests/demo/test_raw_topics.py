import json
from io import BytesIO

import fastavro
import pytest

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.demo.raw_topics import RawTopics, encode, schema_text
from airflow_bluegreen.demo.records import Shop, Sizes
from airflow_bluegreen.exceptions import TransientError


def test_values_are_avro_behind_the_registrys_header() -> None:
    change = next(iter(Shop(1).opening(Sizes())))
    schema = fastavro.parse_schema(json.loads(schema_text(change.table)))

    encoded = encode(change.row, 258, schema)

    assert encoded[:5] == b"\x00\x00\x00\x01\x02"
    decoded = fastavro.schemaless_reader(BytesIO(encoded[5:]), schema, None)
    assert isinstance(decoded, dict)
    assert int(decoded.pop("updated_at").timestamp() * 1000) == change.row["updated_at"]
    assert decoded == {name: value for name, value in change.row.items() if name != "updated_at"}


def test_a_registry_that_is_down_is_a_transient_error(free_port: int) -> None:
    endpoints = Endpoints(
        gateway_url="",
        flink_url="",
        connect_url="",
        kafka={"bootstrap.servers": f"127.0.0.1:{free_port}"},
        registry_url=f"http://127.0.0.1:{free_port}",
    )

    with pytest.raises(TransientError, match=r"schema of raw_a .* stack status"), RawTopics(endpoints):
        raise AssertionError("entered")
