"""Opening the topics of a comparison: how their records are written, and so how they are compared."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from airflow_bluegreen.actions.reading_room import NO_ROOM, ReadingRoom
from airflow_bluegreen.actions.topic_reading import SideReading, TopicFold, comparable_columns
from airflow_bluegreen.core.comparison.forms import Form, TopicForm, comparable_by_bytes, form_of
from airflow_bluegreen.core.comparison.hashed import Digest, bytes_digest, whole_digest
from airflow_bluegreen.core.comparison.normalising import Normaliser
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import Column, KafkaRecord, Offsets
from airflow_bluegreen.ports import RecordReader, SchemaReader

SAMPLED = 20
"""Records at either end of a partition that tell its form."""


def open_pair(
    topics: RecordReader,
    schemas: SchemaReader,
    reader: RowReader,
    blue: tuple[str, Sequence[Column]],
    green: tuple[str, Sequence[Column]],
    primary_key: Sequence[str],
    *,
    left_out: frozenset[str] = frozenset(),
    room: ReadingRoom = NO_ROOM,
) -> tuple[TopicFold, TopicFold]:
    """Both sides, ready to be read: by their bytes where equal rows have equal bytes, else by value.

    Where the two have different columns, those in common are compared.

    :param blue: topic and columns of the DDL; empty where they are not known.
    :param left_out: columns that are not compared.
    :param room: where the folds are kept, and who watches.
    """
    sides = [(topic, columns, topic_form(topics, topic, reader)) for topic, columns in (blue, green)]
    (_, _, before), (_, green_columns, after) = sides
    same_keys = comparable_by_bytes(before.key, after.key)
    same_values = _same_values(before.value, after.value, green_columns)
    enveloped = before.value.envelope or after.value.envelope
    keys_too = not same_keys or enveloped or _opaque(before, after, green_columns)
    chosen = _chosen(schemas, blue, green, left_out, enveloped=enveloped)
    readings = []
    for _, columns, form in sides:
        mark = _mark(form, primary_key, columns, chosen, keys_too)
        how = replace(_by_bytes(form), mark=mark)
        if keys_too or not same_values:
            normalise = Normaliser(reader, form, primary_key, columns, keys_too=keys_too)
            digest = bytes_digest if keys_too else how.key_digest
            how = SideReading(normalise=normalise, key_digest=digest, mark=f"{mark} normalised")
        readings.append(replace(how, value_digest=reader.digest_of(chosen)) if chosen else how)
    opened = [
        TopicFold(topics, side[0], how, keyed=bool(primary_key) or enveloped, room=room)
        for side, how in zip(sides, readings, strict=True)
    ]
    return opened[0], opened[1]


def open_alone(
    topics: RecordReader,
    reader: RowReader,
    topic: str,
    columns: Sequence[Column],
    primary_key: Sequence[str],
    *,
    room: ReadingRoom = NO_ROOM,
) -> TopicFold:
    """One topic that is compared with nothing."""
    form = topic_form(topics, topic, reader)
    if form.value.envelope or _opaque(form, form, columns):
        reading = SideReading(normalise=Normaliser(reader, form, primary_key, columns))
    else:
        reading = _by_bytes(form)
    reading = replace(reading, mark=_mark(form, primary_key, columns))
    return TopicFold(topics, topic, reading, keyed=bool(primary_key) or form.value.envelope, room=room)


def _mark(form: TopicForm, *how: object) -> str:
    """All that decides to which hashes records come, in words."""
    sides = [
        (side.framed, side.raw, side.opaque, side.envelope, sorted(side.writers))
        for side in (form.key, form.value)
    ]
    return repr((sides, [sorted(one) if isinstance(one, frozenset) else one for one in how]))


def topic_form(topics: RecordReader, topic: str, reader: RowReader) -> TopicForm:
    """How a topic is written, from the first and last records of its partitions."""
    return form_of(_samples(topics, topic), reader)


def _samples(topics: RecordReader, topic: str) -> Iterator[KafkaRecord]:
    begins, ends = topics.begin_offsets(topic), topics.end_offsets(topic)
    heads = {at: min(end, begins[at] + SAMPLED) for at, end in ends.items()}
    tails: Offsets = {at: max(heads[at], end - SAMPLED) for at, end in ends.items()}
    yield from topics.read(topic, begins, heads)
    if any(tails[at] < end for at, end in ends.items()):
        yield from topics.read(topic, tails, ends)


def _same_values(blue: Form, green: Form, columns: Sequence[Column]) -> bool:
    """Whether values can be taken as they lie. Bytes of one column are the value of a column that only the
    DDL names.
    """
    return comparable_by_bytes(blue, green) and not (columns and (blue.raw or green.raw))


def _by_bytes(form: TopicForm) -> SideReading:
    return SideReading(value_digest=_digest(form.value), key_digest=_digest(form.key))


def _digest(form: Form) -> Digest:
    """A topic without records may get some with a header."""
    return bytes_digest if form.framed or not form.writers else whole_digest


def _opaque(blue: TopicForm, green: TopicForm, columns: Sequence[Column]) -> bool:
    """Whether only the DDL can tell what the bytes are."""
    return bool(columns) and any(form.opaque for side in (blue, green) for form in (side.key, side.value))


def _chosen(
    schemas: SchemaReader,
    blue: tuple[str, Sequence[Column]],
    green: tuple[str, Sequence[Column]],
    left_out: frozenset[str],
    *,
    enveloped: bool,
) -> frozenset[str]:
    """The columns that are compared, empty for all: those that both sides have and that are not left out.

    The registry's columns count, unless they are those of an envelope.
    """
    (blue_topic, blue_columns), (green_topic, green_columns) = blue, green
    before, after = (frozenset(one.name for one in columns) for columns in (blue_columns, green_columns))
    if before & after & left_out:
        return (before & after) - left_out
    if enveloped:
        return frozenset() if before == after else before & after
    return comparable_columns(schemas, blue_columns, green_columns, blue_topic, green_topic)
