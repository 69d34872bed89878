from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro
import orjson
import pytest

from airflow_bluegreen.core.comparison.rows import NO_ROW, RowReader, differing_columns, sample, text
from airflow_bluegreen.core.model import WrittenSchema
from airflow_bluegreen.exceptions import UnreadableRecordError

SCHEMA = """{"type": "record", "name": "r", "fields": [
 {"name": "id", "type": "string"}, {"name": "total", "type": ["null", "int"]},
 {"name": "paid", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
 {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}"""
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def framed(schema_id: int, row: dict[str, Any]) -> bytes:
    out = BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(orjson.loads(SCHEMA)), row)
    return b"\x00" + schema_id.to_bytes(4, "big") + out.getvalue()


def reader() -> RowReader:
    return RowReader(lambda _: WrittenSchema(type="AVRO", text=SCHEMA))


def test_avro_behind_the_header_is_decoded() -> None:
    row = {"id": "a", "total": None, "paid": Decimal("1.50"), "at": AT}
    assert reader().row(framed(7, row)) == row


def test_json_and_plain_text() -> None:
    assert reader().row(b'{"id": "a"}') == {"id": "a"}
    assert reader().row(b"12") == {"value": 12}
    assert reader().row(b"customer 12") == {"value": "customer 12"}


def test_bytes_that_say_nothing_are_an_error() -> None:
    with pytest.raises(UnreadableRecordError, match=r"2 bytes that are neither JSON nor text .*\(ff fe…\)"):
        reader().row(b"\xff\xfe")


@pytest.mark.parametrize("damage", [lambda good: good[:-3], lambda good: good + b"x"], ids=["short", "long"])
def test_bytes_that_do_not_fit_their_schema_are_an_error(damage: Callable[[bytes], bytes]) -> None:
    good = framed(7, {"id": "a", "total": None, "paid": Decimal("1.50"), "at": AT})
    with pytest.raises(UnreadableRecordError, match="do not match schema 7"):
        reader().row(damage(good))


def test_a_digest_sees_only_its_columns() -> None:
    digest = reader().digest_of(["id", "paid"])
    one = {"id": "a", "total": 1, "paid": Decimal("1.50"), "at": AT}
    assert digest(framed(7, one)) == digest(framed(8, {**one, "total": 2}))
    assert digest(framed(7, one)) != digest(framed(7, {**one, "paid": Decimal("1.51")}))


def test_a_digest_over_all_columns_does_not_mind_their_order() -> None:
    digest = reader().digest_of(None)
    assert digest(b'{"a": 1, "b": 2}') == digest(b'{"b": 2, "a": 1}')
    assert digest(b'{"a": 1}') != digest(b'{"b": 1}')


def test_differing_columns_are_those_of_both_rows() -> None:
    assert differing_columns({"a": 1, "b": 2, "old": 3}, {"a": 1, "b": 3, "new": 4}) == ("b",)


def test_a_sample_shows_what_differs() -> None:
    shown = sample({"id": "a"}, {"total": 1, "note": None}, {"total": 2, "note": None})
    assert (shown.key, shown.columns) == ({"id": "a"}, {"total": ("1", "2")})


def test_a_sample_of_one_side_shows_the_whole_row() -> None:
    shown = sample({"id": "a"}, None, {"id": "a", "total": 2})
    assert shown.columns == {"total": (NO_ROW, "2")}


def test_cells_as_text() -> None:
    assert [text(value) for value in (None, b"\x0f", AT, Decimal("1.50"), True)] == [
        "NULL",
        "0f",
        "2025-03-01 12:00:00+00:00",
        "1.50",
        "True",
    ]
