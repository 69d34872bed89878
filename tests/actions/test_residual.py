import pytest

from airflow_bluegreen.actions import residual
from airflow_bluegreen.actions.residual import read_residual
from airflow_bluegreen.actions.topic_reading import SideReading, TopicFold
from airflow_bluegreen.core.comparison.classify import classify
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import WrittenSchema
from tests.fakes.kafka import FakeTopics


def unknown(_: int) -> WrittenSchema:
    raise AssertionError("no record of this test is Avro")


def sides(rows: int, changed: int, topics: FakeTopics | None = None) -> tuple[TopicFold, TopicFold]:
    topics = topics or FakeTopics()
    folds = []
    for topic, total in (("t", 1), ("t_v2", 2)):
        topics.ensure(topic, 2)
        for number in range(rows):
            other = total if number < changed else 0
            topics.produce(topic, f"k{number}".encode(), f'{{"total": {other}, "note": "x"}}'.encode())
        fold = TopicFold(topics, topic, SideReading(), keyed=True)
        fold.read_to(topics.end_offsets(topic))
        folds.append(fold)
    return folds[0], folds[1]


@pytest.mark.parametrize("decode_all_above", [0, 1_000_000])
@pytest.mark.parametrize(
    ("must_match", "unexpected"), [((), 0), (("note",), 0), (("total", "note"), 40), (None, 40)]
)
def test_every_differing_row_is_judged_even_if_few_are_read(
    monkeypatch: pytest.MonkeyPatch,
    decode_all_above: int,
    must_match: tuple[str, ...] | None,
    unexpected: int,
) -> None:
    monkeypatch.setattr(residual, "READ_ROWS", 5)
    monkeypatch.setattr(residual, "DECODE_ALL_ABOVE", decode_all_above)
    blue, green = sides(100, 40)
    lasting = classify(blue.fold, green.fold)
    found = read_residual(blue, green, lasting, RowReader(unknown), must_match)
    assert (found.differences.compared, found.differences.by_column) == (5, {"total": 5})
    assert (found.differences.unexpected, found.differences.judged) == (unexpected, 40)
    assert len(found.samples) == 5


@pytest.mark.parametrize("decode_all_above", [0, 1_000_000])
def test_rows_whose_record_was_compacted_since_are_not_judged(
    monkeypatch: pytest.MonkeyPatch, decode_all_above: int
) -> None:
    monkeypatch.setattr(residual, "DECODE_ALL_ABOVE", decode_all_above)
    topics = FakeTopics()
    blue, green = sides(100, 40, topics)
    lasting = classify(blue.fold, green.fold)
    for number in (7, 8, 60):
        topics.produce("t_v2", f"k{number}".encode(), b'{"total": 3}')
    topics.compact("t_v2")
    found = read_residual(blue, green, lasting, RowReader(unknown), ("note",)).differences
    assert (found.unexpected, found.judged) == (0, 38)


def test_nothing_is_read_when_nothing_differs() -> None:
    blue, green = sides(10, 0)
    found = read_residual(blue, green, classify(blue.fold, green.fold), RowReader(unknown), None)
    assert found == residual.Residual()
