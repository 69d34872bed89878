"""A closer look at records that the cluster sent, as the embedded engine looks at those that it reads."""

from collections.abc import Mapping, Sequence

import numpy as np

from airflow_bluegreen.actions.inspecting.looking import Look, look_closer, question_of
from airflow_bluegreen.actions.opened_sides import open_sides
from airflow_bluegreen.actions.records_in_hand import RecordsInHand
from airflow_bluegreen.actions.residual import Residual, read_residual
from airflow_bluegreen.actions.subject import Subject
from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.comparison.classify import Classified, classify
from airflow_bluegreen.core.comparison.flink_sql import Ages
from airflow_bluegreen.core.comparison.flink_tables import BLUE, GREEN
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import KafkaRecord, Offsets
from airflow_bluegreen.ports import SchemaReader


def look_at_records(
    schemas: SchemaReader, subject: Subject, records: Mapping[str, Sequence[KafkaRecord]], ages: Ages
) -> tuple[Residual, Look]:
    """What differs of these records, and what their rows say.

    :param records: by side, every record of the keys that are looked at.
    :param ages: which differences last.
    """
    reader, question = RowReader(schemas.written), question_of(subject)
    topics = {GREEN: subject.green} | ({BLUE: subject.blue} if subject.blue else {})
    hand = RecordsInHand({topic: records.get(side, ()) for side, topic in topics.items()})
    blue, green = open_sides(hand, schemas, subject, reader)
    green.read_to(hand.end_offsets(green.topic))
    if blue is None:
        return Residual(), look_closer(None, green, None, None, reader, question)
    blue.read_to(hand.end_offsets(blue.topic))
    classified = classify(blue.fold, green.fold)
    lasting = classified.settled(in_flight_since=ages.lasting_ms)
    for side, fold in ((BLUE, blue), (GREEN, green)):
        if side in ages.standing:
            lasting = _standing(lasting, fold, ages.standing[side])
    return (
        read_residual(blue, green, lasting, reader, subject.must_match),
        look_closer(blue, green, classified, lasting, reader, question),
    )


def _standing(lasting: Classified, fold: TopicFold, ends: Offsets) -> Classified:
    """Without the keys of which there are records beyond these ends."""
    later = {
        hashed
        for one in fold.read_again(Chosen(below=EVERYTHING))
        if one.offset >= ends.get((fold.topic, one.partition), 0)
        and (hashed := fold.hash_of(one)) is not None
    }
    gone = np.array(sorted(later), np.uint64)
    return lasting.only(np.isin(lasting.keys, gone, invert=True, kind="sort"))
