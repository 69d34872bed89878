"""Reading a topic for a comparison, from its beginning and then by its tails."""

import json
from collections.abc import Iterator, Sequence

from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.comparison.fold import ChangelogFold, Digest, Folded, RowFold, bytes_digest
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import Column, ColumnKind, KafkaRecord, Offsets
from airflow_bluegreen.ports import SchemaReader, TopicReader


class TopicFold:
    """One side of a comparison: a topic folded as far as it was read.

    :param keyed: whether records are changes of keyed rows (else every record is a row).
    """

    def __init__(self, topics: TopicReader, topic: str, digest: Digest, *, keyed: bool) -> None:
        self.topic = topic
        self.keyed = keyed
        self.digest = digest
        self._topics = topics
        self._fold = ChangelogFold(digest) if keyed else RowFold(digest)
        self._begin: Offsets | None = None
        self._position: Offsets = {}

    def read_to(self, ends: Offsets) -> None:
        """Fold everything up to these end offsets that was not folded yet."""
        if self._begin is None:
            self._begin = self._position = self._topics.begin_offsets(self.topic)
        if any(end > self._position.get(at, 0) for at, end in ends.items()):
            self._fold.add(self._topics.read(self.topic, self._position, ends))
        self._position = ends

    def read_again(self) -> Iterator[KafkaRecord]:
        """Every record that was folded, once more."""
        return self._topics.read(self.topic, self._begin or {}, self._position)

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


def comparable_digest(
    schemas: SchemaReader,
    blue_columns: Sequence[Column],
    green_columns: Sequence[Column],
    blue: str,
    green: str,
    reader: RowReader,
) -> Digest:
    """How values of two topics are compared: by their bytes, or decoded where the two write different
    columns.
    """
    shared = comparable_columns(schemas, blue_columns, green_columns, blue, green)
    return reader.digest_of(shared) if shared else bytes_digest


def comparable_columns(
    schemas: SchemaReader,
    blue_columns: Sequence[Column],
    green_columns: Sequence[Column],
    blue: str,
    green: str,
) -> frozenset[str]:
    """The columns by which values of two topics are compared; none where their bytes can be."""
    if _stored(blue_columns) == _stored(green_columns) and _fields(schemas, blue) == _fields(schemas, green):
        return frozenset()
    return frozenset(_names(schemas, blue, blue_columns) & _names(schemas, green, green_columns))


def registered_columns(schemas: SchemaReader, topic: str) -> tuple[str, ...] | None:
    """The columns of key and value as the registry has them, None where it has no value schema."""
    value = _fields(schemas, topic)
    if value is None:
        return None
    names = [field["name"] for field in value]
    key = schemas.latest(f"{topic}-key")
    content = json.loads(key.schema) if key is not None and key.type == "AVRO" else None
    if isinstance(content, dict):
        names += [field["name"] for field in content.get("fields", [])]
    return tuple(dict.fromkeys(names))


def _stored(columns: Sequence[Column]) -> list[tuple[str, str, bool]]:
    """Order counts: Avro writes the columns one after the other, without their names."""
    return [(one.name, one.type, one.nullable) for one in columns if one.kind is ColumnKind.PHYSICAL]


def _names(schemas: SchemaReader, topic: str, columns: Sequence[Column]) -> set[str]:
    fields = _fields(schemas, topic)
    return {field["name"] for field in fields} if fields is not None else {one[0] for one in _stored(columns)}


def _fields(schemas: SchemaReader, topic: str) -> list[dict[str, str]] | None:
    """The fields of the topic's latest Avro value schema, without its record name."""
    schema = schemas.latest(f"{topic}-value")
    if schema is None or schema.type != "AVRO":
        return None
    content = json.loads(schema.schema)
    # Flink's optional record is the union of null and the record.
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict) and part.get("type") == "record":
            fields: list[dict[str, str]] = part["fields"]
            return fields
    return None
