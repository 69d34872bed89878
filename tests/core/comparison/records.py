"""Records as short as tests want to write them."""

from collections.abc import Iterable

import orjson

from airflow_bluegreen.core.comparison.fold import ChangelogFold, Folded, RowFold
from airflow_bluegreen.core.model import KafkaRecord


def record(
    key: str | None, value: object, *, at: int = 0, offset: int = 0, partition: int = 0
) -> KafkaRecord:
    """A JSON record; ``value`` None is a tombstone, ``at`` its timestamp in ms."""
    return KafkaRecord(
        partition=partition,
        offset=offset,
        timestamp=at,
        key=None if key is None else key.encode(),
        value=None if value is None else orjson.dumps(value),
    )


def folded(*pairs: tuple[str | None, object] | tuple[str | None, object, int]) -> Folded:
    """A keyed table from (key, value[, timestamp])."""
    fold = ChangelogFold()
    fold.add(_records(pairs))
    return fold.folded()


def rows(*values: object) -> Folded:
    """A table without key."""
    fold = RowFold()
    fold.add(record(None, value) for value in values)
    return fold.folded()


def _records(pairs: Iterable[tuple[object, ...]]) -> Iterable[KafkaRecord]:
    for key, value, *at in pairs:
        assert key is None or isinstance(key, str)
        stamp = at[0] if at else 0
        assert isinstance(stamp, int)
        yield record(key, value, at=stamp)
