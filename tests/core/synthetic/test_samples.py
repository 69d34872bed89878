import pytest

from airflow_bluegreen.core.synthetic.history import Event
from airflow_bluegreen.core.synthetic.samples import read_samples
from airflow_bluegreen.exceptions import ConfigurationError
from tests.core.synthetic.sources import TYPES, orders, raw, traits

LINES = """\
{"id": "a", "op": "c", "lsn": 1, "amount": 1.5, "at": "2026-01-01T00:00:00Z"}

{"id": "a", "op": "u", "lsn": 2, "amount": "2.25", "at": 1767225601000}
{"id": "a", "op": "d", "lsn": 3}
"""


def test_lines_are_records_in_their_order() -> None:
    found = read_samples(LINES, "orders.jsonl", traits(orders(event_time="at", bound_ms=5)))
    assert [change.event for change in found] == [Event.INSERT, Event.UPDATE, Event.DELETE]
    assert [str(change.row["amount"]) for change in found] == ["1.50", "2.25", "None"]
    assert [change.at_ms for change in found][:2] == [1_767_225_600_000, 1_767_225_601_000]
    assert found[1].before == found[0].row


def test_every_type_has_a_way_to_be_written() -> None:
    values = [
        "true", "1", "2", "3", "4", "0.5", "0.25", '"1.10"', "7", '"abc"', '"ab"', '"text"', '"AQI="',
        '"AQIDBA=="', '"2026-01-01"', '"01:02:03"', '"2026-01-01 00:00:00"', "5", '"2026-01-01T00:00:00Z"',
        "6", "[1, null]", '{"k": 0.5}', '{"a": 1, "b": ["x"]}',
    ]  # fmt: skip
    line = ", ".join(f'"c{at}": {value}' for at, value in enumerate(values))
    one = traits(raw("all", {f"c{at}": kind for at, kind in enumerate(TYPES)}))
    (found,) = read_samples(f"{{{line}}}", "all.jsonl", one)
    assert len(found.row) == len(TYPES)
    assert (found.row["c14"], found.row["c15"], found.row["c12"]) == (20_454, 3_723_000, b"\x01\x02")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ('{"id": "a", "color": 1}', "orders has no column color"),
        ('{"id": 5}', r"column id \(string\) cannot hold 5"),
        ('{"id": "a", "lsn": "x"}', "column lsn"),
        ('{"id": "a", "amount": "much"}', "column amount"),
        ('{"id": "a", "at": "noon"}', "column at"),
    ],
)
def test_a_line_that_does_not_fit_is_named(line: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"samples/orders.jsonl:2.*{message}|{message}") as raised:
        read_samples('{"id": "b"}\n' + line, "samples/orders.jsonl", traits(orders()))
    assert str(raised.value.where) == "samples/orders.jsonl:2"


def test_a_column_that_must_not_be_null_is_named() -> None:
    one = traits(raw("orders", {"id": "STRING NOT NULL", "v": "INT"}))
    with pytest.raises(ConfigurationError, match="column id must not be null"):
        read_samples('{"v": 1}', "a.jsonl", one)
