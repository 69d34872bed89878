"""The two sides of a comparison, or one, as long as it takes: what was read of them outlives a stop."""

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_bluegreen.actions.reading_room import NO_ROOM, ReadingRoom, reading_room
from airflow_bluegreen.actions.reading_watch import ReadingWatch
from airflow_bluegreen.actions.subject import Subject
from airflow_bluegreen.actions.topic_forms import open_alone, open_pair
from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.ports import Platform, RecordReader, SchemaReader


@contextmanager
def opened_sides(
    platform: Platform, subject: Subject, reader: RowReader, watch: ReadingWatch
) -> Iterator[tuple[TopicFold | None, TopicFold]]:
    """Blue (None for a new table) and green, ready to be read.

    When somebody stops the comparison, or the brokers fall silent, what was read is kept for the next one;
    a comparison that comes to its end keeps nothing.
    """
    with reading_room(platform.folds, watch) as room:
        blue, green = open_sides(platform.topics, platform.schemas, subject, reader, room)
        folds = [fold for fold in (blue, green) if fold is not None]
        try:
            yield blue, green
        except TransientError:
            for fold in folds:
                fold.keep()
            raise
        for fold in folds:
            fold.forget()


def open_sides(
    topics: RecordReader,
    schemas: SchemaReader,
    subject: Subject,
    reader: RowReader,
    room: ReadingRoom = NO_ROOM,
) -> tuple[TopicFold | None, TopicFold]:
    """The same, of whatever holds the records; nobody keeps what was read."""
    if subject.blue is None:
        return None, open_alone(
            topics, reader, subject.green, subject.columns, subject.primary_key, room=room
        )
    return open_pair(
        topics,
        schemas,
        reader,
        (subject.blue, subject.blue_columns),
        (subject.green, subject.columns),
        subject.primary_key,
        left_out=frozenset(subject.left_out),
        room=room,
    )
