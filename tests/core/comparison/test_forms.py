import struct
from collections.abc import Iterable

import pytest

from airflow_bluegreen.core.comparison.forms import Form, comparable_by_bytes, form_of, is_envelope
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import KafkaRecord, WrittenSchema
from airflow_bluegreen.exceptions import AccessError, ConfigurationError

RECORD = '{"type": "record", "name": "%s", "fields": [{"name": "n", "type": "int"}]}'
SCHEMAS = {
    1: WrittenSchema(type="AVRO", text=RECORD % "blue"),
    2: WrittenSchema(type="AVRO", text=RECORD % "green"),
    3: WrittenSchema(type="AVRO", text=f'["null", {RECORD % "r"}]'),
    4: WrittenSchema(type="JSON", text="{}"),
}


def schema_of(schema_id: int) -> WrittenSchema:
    if schema_id not in SCHEMAS:
        raise ConfigurationError(f"no schema {schema_id}")
    return SCHEMAS[schema_id]


def value_form(*values: bytes) -> Form:
    return form_of(_records(values), RowReader(schema_of)).value


def _records(values: Iterable[bytes]) -> list[KafkaRecord]:
    return [
        KafkaRecord(partition=0, offset=at, timestamp=0, key=None, value=value)
        for at, value in enumerate(values)
    ]


def framed(schema_id: int, payload: bytes) -> bytes:
    return b"\x00" + schema_id.to_bytes(4, "big") + payload


def test_the_name_of_a_record_does_not_count() -> None:
    assert value_form(framed(1, b"\x02")) == value_form(framed(2, b"\x02"))
    assert value_form(framed(1, b"\x02")).framed


def test_an_optional_record_has_other_bytes() -> None:
    assert not comparable_by_bytes(value_form(framed(1, b"\x02")), value_form(framed(3, b"\x02\x02")))


def test_json_is_compared_by_its_bytes_if_its_fields_come_in_the_same_order() -> None:
    one, other = value_form(b'{"a": 1, "b": 2}'), value_form(b'{"b": 2, "a": 1}')
    assert comparable_by_bytes(one, value_form(b'{"a": 5, "b": 6}'))
    assert not comparable_by_bytes(one, other)
    assert comparable_by_bytes(one, value_form(framed(4, b'{"a": 1, "b": 2}')))
    assert comparable_by_bytes(one, value_form())


def test_a_raw_number_that_begins_with_zero_has_no_header() -> None:
    form = value_form(*(struct.pack(">q", number) for number in (1, 2, 1 << 24)))
    assert (form.framed, form.raw, form.opaque) == (False, True, True)


def test_one_broken_record_does_not_hide_the_header() -> None:
    assert value_form(framed(1, b"\x02"), framed(1, b"\x04"), framed(1, b"")).framed


def test_text_is_raw_and_explains_itself() -> None:
    form = value_form(b"customer 12")
    assert (form.raw, form.opaque) == (True, False)


@pytest.mark.parametrize("op", ["c", "r", "u", "d"])
def test_envelopes(op: str) -> None:
    change = {"before": None, "after": {"a": 1}, "op": op}
    assert is_envelope(change)
    assert is_envelope({"schema": {}, "payload": change})
    assert not is_envelope({"before": 1, "after": 2})
    assert not comparable_by_bytes(Form(envelope=True), Form(envelope=True))


def test_a_registry_that_refuses_us_is_no_raw_topic() -> None:
    def refusing(_: int) -> WrittenSchema:
        raise AccessError("no")

    with pytest.raises(AccessError):
        form_of(_records([framed(1, b"\x02")]), RowReader(refusing))
