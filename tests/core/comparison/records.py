"""Records as short as tests want to write them."""

from collections.abc import Iterable

import orjson

from airflow_bluegreen.core.comparison.fold import Fold, Folded
from airflow_bluegreen.core.comparison.hashed import bytes_digest, hash_records
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


def fold_of(records: Iterable[KafkaRecord], *, keyed: bool = True) -> Fold:
    """A fold of these records."""
    fold = Fold(keyed=keyed)
    add(fold, records)
    return fold


def add(fold: Fold, records: Iterable[KafkaRecord]) -> None:
    """Fold further records in."""
    for batch in hash_records(records, keyed=fold.keyed, value_digest=bytes_digest, key_digest=bytes_digest):
        fold.add(batch)


def folded(*pairs: tuple[str | None, object] | tuple[str | None, object, int]) -> Folded:
    """A keyed table from (key, value[, timestamp])."""
    return changes(*pairs).folded()


def changes(*pairs: tuple[str | None, object] | tuple[str | None, object, int]) -> Fold:
    """The fold of a keyed table from (key, value[, timestamp])."""
    return fold_of(_records(pairs))


def rows(*values: object) -> Folded:
    """A table without key."""
    return fold_of((record(None, value) for value in values), keyed=False).folded()


def _records(pairs: Iterable[tuple[object, ...]]) -> Iterable[KafkaRecord]:
    for offset, (key, value, *at) in enumerate(pairs):
        assert key is None or isinstance(key, str)
        stamp = at[0] if at else 0
        assert isinstance(stamp, int)
        yield record(key, value, at=stamp, offset=offset)
