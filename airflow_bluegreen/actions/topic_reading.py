"""Reading a topic for a comparison, from its beginning and then by its tails."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from airflow_bluegreen.actions.reading_room import NO_ROOM, ReadingRoom, SavedFold
from airflow_bluegreen.core.comparison.decoding import avro_fields
from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.comparison.hashed import (
    Chosen,
    Digest,
    HashedRecords,
    Hashing,
    bytes_digest,
    choose_records,
    hash_records,
    key_hash,
    placed,
    whole_digest,
)
from airflow_bluegreen.core.model import Column, ColumnKind, KafkaRecord, Offsets
from airflow_bluegreen.exceptions import UnreadableRecordError
from airflow_bluegreen.ports import RecordReader, SchemaReader

SEEK_ONE_OF = 10_000
"""Seeking a record takes about as long as reading so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideReading:
    """How the records of a topic are read and hashed.

    ``normalise`` rewrites them first, None where they are taken as they lie in the topic. ``mark`` is another
    one wherever records come to other hashes.
    """

    value_digest: Digest = bytes_digest
    key_digest: Digest = bytes_digest
    normalise: Callable[[KafkaRecord], KafkaRecord] | None = None
    mark: str = ""

    def raw(self, *, keyed: bool) -> Hashing | None:
        """How raw records are hashed; None where they have to be decoded for that."""
        framed = {bytes_digest: True, whole_digest: False}
        if self.normalise is not None or {self.value_digest, self.key_digest} - framed.keys():
            return None
        return Hashing(
            keyed=keyed, key_framed=framed[self.key_digest], value_framed=framed[self.value_digest]
        )


class TopicFold:
    """One side of a comparison: a topic folded as far as it was read.

    :param keyed: whether records are changes of keyed rows (else every record is a row).
    :param room: where the fold is kept, and who watches.
    """

    def __init__(
        self,
        topics: RecordReader,
        topic: str,
        reading: SideReading,
        *,
        keyed: bool,
        room: ReadingRoom = NO_ROOM,
    ) -> None:
        self.topic = topic
        self.keyed = keyed
        self.digest = reading.value_digest
        self.key_digest = reading.key_digest
        self.fold = room.fold(keyed=keyed)
        self._room = room
        self._topics = topics
        self._normalise = reading.normalise
        self._raw = reading.raw(keyed=keyed)
        self._begin: Offsets | None = None
        self._position: dict[tuple[str, int], int] = {}
        self._saved = SavedFold(
            room.store,
            topic,
            mark=f"{reading.mark} {self._raw} {keyed}",
            identity=lambda: topics.identity(topic),
        )

    @property
    def is_raw(self) -> bool:
        """Whether records are hashed as they lie in the topic."""
        return self._raw is not None

    @property
    def hashes_apart(self) -> bool:
        """Whether many of them are hashed without Python's interpreter."""
        return self.is_raw and self._topics.hashes_apart()

    def unread(self, ends: Offsets) -> int:
        """How many offsets up to these end offsets were not folded yet, also by a stopped comparison."""
        if self._begin is None:
            self._start(ends)
        return sum(max(0, end - self._position.get(at, 0)) for at, end in ends.items())

    def read_to(self, ends: Offsets, halted: Callable[[], bool] = lambda: False) -> None:
        """Fold everything up to these end offsets that was not folded yet.

        :param halted: is asked after each batch; with True, the rest is left for another time.

        Raises UnreadableRecordError for a record that has to be decoded and cannot be.
        """
        if self._begin is None:
            self._start(ends)
        if any(end > self._position.get(at, 0) for at, end in ends.items()):
            total = sum(end - (self._begin or {}).get(at, 0) for at, end in ends.items())
            for batch in self._hashed(dict(self._position), ends):
                self.fold.add(batch)
                self._position |= {(self.topic, part): end for part, end in batch.positions.items()}
                self._room.watch(self.topic, batch, self._done(), total)
                if halted():
                    return
        self._position = dict(ends)

    def keep(self) -> None:
        """Keep what was folded, for the next comparison of this topic."""
        if self._begin is None:
            return
        try:
            self._saved.keep(self.fold, self._begin, self._position)
        except OSError as error:  # a full disk is no reason to hide why the comparison ends
            self._room.say(f"{self.topic}: what was read is not kept: {error}")

    def forget(self) -> None:
        """Keep nothing of it."""
        self._saved.forget()

    def _start(self, ends: Offsets) -> None:
        """Go on where a stopped comparison was, or begin with the first record."""
        begins = self._topics.begin_offsets(self.topic)
        found = self._saved.restored(self.fold, begins, ends)
        if found is None:
            self._begin, self._position = begins, dict(begins)
        else:
            self._begin, self._position = found
            self._room.say(f"{self.topic}: goes on where it was stopped, after {self.fold.records:,} records")

    def _done(self) -> int:
        begin = self._begin or {}
        return sum(end - begin.get(at, 0) for at, end in self._position.items())

    def read_again(self, chosen: Chosen) -> Iterator[KafkaRecord]:
        """The records among those that were folded that are chosen, once more; of few keys only the last
        record of each, as seeking them is quicker than reading all.
        """
        for record in self._again(chosen):
            self._room.check()
            yield record
        self._room.check()

    def _again(self, chosen: Chosen) -> Iterator[KafkaRecord]:
        start, end = self._begin or {}, self._position
        if not chosen.below and len(chosen.keys) * SEEK_ONE_OF <= self.fold.records:
            for record in self._topics.read_places(self.topic, self._places(chosen)):
                yield self._normalised(record)
        elif self._raw is not None:
            yield from self._topics.read_chosen(self.topic, start, end, self._raw, chosen)
        else:
            yield from choose_records(
                self._records(start, end),
                chosen,
                keyed=self.keyed,
                value_digest=self.digest,
                key_digest=self.key_digest,
            )

    def hash_of(self, record: KafkaRecord) -> int | None:
        """The hash by which the comparison knows a record, None for one that it leaves out."""
        return key_hash(record, keyed=self.keyed, value_digest=self.digest, key_digest=self.key_digest)

    def _hashed(self, start: Offsets, end: Offsets) -> Iterator[HashedRecords]:
        if self._raw is not None:
            return self._topics.read_hashed(self.topic, start, end, self._raw)
        return hash_records(
            self._records(start, end),
            keyed=self.keyed,
            value_digest=self.digest,
            key_digest=self.key_digest,
            topic=self.topic,
        )

    def _places(self, chosen: Chosen) -> list[int]:
        """Where the last records of the chosen keys lie."""
        found: list[int] = []
        count = self.fold.buckets
        for at in sorted({int(key) * count >> 64 for key in chosen.keys}):
            part = self.fold.part(at, count)
            found += part.places[np.isin(part.keys, chosen.keys, kind="sort")].tolist()
        return found

    def _records(self, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        for record in self._topics.read(self.topic, start, end):
            yield self._normalised(record)

    def _normalised(self, record: KafkaRecord) -> KafkaRecord:
        if self._normalise is None:
            return record
        with located(self.topic, record):
            return self._normalise(record)

    def facts(self) -> Facts:
        """Counts for the checks."""
        return Facts(
            topic=self.topic,
            records=self.fold.records,
            rows=self.fold.rows(),
            tombstones=self.fold.tombstones,
            null_keys=self.fold.null_keys,
        )


@contextmanager
def located(topic: str, record: KafkaRecord) -> Iterator[None]:
    """Says of a record that cannot be read where it is."""
    try:
        yield
    except UnreadableRecordError as error:
        raise placed(topic, record, error) from error


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


def offsets_spanned(topics: RecordReader, *names: str) -> int:
    """How many offsets topics span; with compaction there are fewer records."""
    return sum(topics.end_offsets(*names).values()) - sum(topics.begin_offsets(*names).values())
