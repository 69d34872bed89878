"""Reading a topic for a comparison, from its beginning and then by its tails."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from airflow_bluegreen.core.comparison.decoding import avro_fields
from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.comparison.fold import ChangelogFold, Digest, Folded, RowFold, bytes_digest
from airflow_bluegreen.core.model import Column, ColumnKind, KafkaRecord, Offsets
from airflow_bluegreen.exceptions import UnreadableRecordError
from airflow_bluegreen.ports import SchemaReader, TopicReader


@dataclass(frozen=True, slots=True, kw_only=True)
class SideReading:
    """How the records of a topic are read and hashed.

    ``normalise`` rewrites them first, None where they are taken as they lie in the topic.
    """

    value_digest: Digest = bytes_digest
    key_digest: Digest = bytes_digest
    normalise: Callable[[KafkaRecord], KafkaRecord] | None = None


class TopicFold:
    """One side of a comparison: a topic folded as far as it was read.

    :param keyed: whether records are changes of keyed rows (else every record is a row).
    """

    def __init__(self, topics: TopicReader, topic: str, reading: SideReading, *, keyed: bool) -> None:
        self.topic = topic
        self.keyed = keyed
        self.digest = reading.value_digest
        self.key_digest = reading.key_digest
        self._topics = topics
        self._normalise = reading.normalise
        self._fold = ChangelogFold(self.digest, self.key_digest) if keyed else RowFold(self.digest)
        self._begin: Offsets | None = None
        self._position: Offsets = {}

    def read_to(self, ends: Offsets) -> None:
        """Fold everything up to these end offsets that was not folded yet.

        Raises UnreadableRecordError for a record that has to be decoded and cannot be.
        """
        if self._begin is None:
            self._begin = self._position = self._topics.begin_offsets(self.topic)
        if any(end > self._position.get(at, 0) for at, end in ends.items()):
            self._fold.add(self._records(self._position, ends))
        self._position = ends

    def read_again(self) -> Iterator[KafkaRecord]:
        """Every record that was folded, once more."""
        return self._records(self._begin or {}, self._position)

    def _records(self, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        """The place of a record goes into the error about it, whoever reads the record."""
        for record in self._topics.read(self.topic, start, end):
            with located(self.topic, record):
                yield record if self._normalise is None else self._normalise(record)

    def folded(self) -> Folded:
        return self._fold.folded()

    def facts(self) -> Facts:
        """Counts for the checks."""
        folded = self.folded()
        return Facts(
            topic=self.topic,
            records=folded.records,
            rows=folded.rows,
            tombstones=folded.tombstones,
            null_keys=folded.null_keys,
        )


@contextmanager
def located(topic: str, record: KafkaRecord) -> Iterator[None]:
    """Says of a record that cannot be read where it is."""
    try:
        yield
    except UnreadableRecordError as error:
        raise placed(topic, record, error) from error


def placed(topic: str, record: KafkaRecord, error: UnreadableRecordError) -> UnreadableRecordError:
    """The error with the place of its record."""
    place = f"{topic}, partition {record.partition}, offset {record.offset}"
    return UnreadableRecordError(f"{place}: {error.what}", remedy=error.remedy)


def comparable_columns(
    schemas: SchemaReader,
    blue_columns: Sequence[Column],
    green_columns: Sequence[Column],
    blue: str,
    green: str,
) -> frozenset[str]:
    """The columns by which values of two topics are compared; none where their bytes can be."""
    if stored_columns(blue_columns) == stored_columns(green_columns) and _fields(schemas, blue) == _fields(
        schemas, green
    ):
        return frozenset()
    return frozenset(_names(schemas, blue, blue_columns) & _names(schemas, green, green_columns))


def stored_columns(columns: Sequence[Column]) -> list[tuple[str, str, bool]]:
    """Name, type and whether it may be null. Order counts: Avro writes the columns one after the other,
    without their names.
    """
    return [(one.name, one.type, one.nullable) for one in columns if one.kind is ColumnKind.PHYSICAL]


def _names(schemas: SchemaReader, topic: str, columns: Sequence[Column]) -> set[str]:
    fields = _fields(schemas, topic)
    return (
        {field["name"] for field in fields}
        if fields is not None
        else {one[0] for one in stored_columns(columns)}
    )


def _fields(schemas: SchemaReader, topic: str) -> list[dict[str, Any]] | None:
    """The fields of the topic's latest Avro value schema, without its record name."""
    schema = schemas.latest(f"{topic}-value")
    return None if schema is None or schema.type != "AVRO" else avro_fields(json.loads(schema.schema))


def registered_columns(schemas: SchemaReader, topic: str) -> tuple[str, ...] | None:
    """The columns of key and value as the registry has them, None where it has no value schema.

    Of Protobuf nothing is known before a record is read.
    """
    value = _registered(schemas, f"{topic}-value")
    if value is None:
        return None
    return tuple(dict.fromkeys((*value, *(_registered(schemas, f"{topic}-key") or ()))))


def _registered(schemas: SchemaReader, subject: str) -> list[str] | None:
    schema = schemas.latest(subject)
    if schema is None or schema.type not in ("AVRO", "JSON"):
        return None
    content = json.loads(schema.schema)
    if schema.type == "JSON":
        return list(content["properties"]) if isinstance(content, dict) and "properties" in content else None
    fields = avro_fields(content)
    return None if fields is None else [field["name"] for field in fields]


def offsets_spanned(topics: TopicReader, *names: str) -> int:
    """How many offsets topics span; with compaction there are fewer records."""
    return sum(topics.end_offsets(*names).values()) - sum(topics.begin_offsets(*names).values())
