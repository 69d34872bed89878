"""What our user of Kafka may do. Flink and Connect have users of their own, whom Kafka keeps secret."""

from collections.abc import Iterable, Iterator
from functools import partial

from airflow_bluegreen.actions.access import READING, REMOVING, missing_operations
from airflow_bluegreen.actions.catalog import input_topics
from airflow_bluegreen.actions.planned import is_view
from airflow_bluegreen.actions.preflight.scene import Scene, findings_of, place_of
from airflow_bluegreen.actions.provision import wanted_topic
from airflow_bluegreen.core.model import Finding, PlannedTable
from airflow_bluegreen.exceptions import AccessError

ACCESS = "access"


def look_at_access(scene: Scene) -> Iterator[Finding]:
    """Read blue and the inputs, create green; what green's name allows is known once it exists."""
    for topic, planned in _read_topics(scene).items():
        yield from findings_of(ACCESS, planned.table, partial(_of_topic, scene, topic, READING, planned))
    for planned in scene.green_topics():
        yield from findings_of(ACCESS, planned.table, partial(_of_green, scene, planned), place_of(planned))
    for complaint in scene.platform.releases.write_complaints():
        yield Finding(
            look=ACCESS,
            what=f"the ledger cannot be written: {complaint}",
            remedy="Grant it to the user of the kafka connection",
        )


def _read_topics(scene: Scene) -> dict[str, PlannedTable]:
    """Blue topics, to be compared, and inputs to wait for; with the first table of each."""
    found: dict[str, PlannedTable] = {}
    created = {one.green for one in scene.plan.tables}
    for planned in scene.plan.tables:
        if planned.blue is not None and not is_view(planned):
            found.setdefault(planned.blue, planned)
        for topic in input_topics(scene.plan, planned) if planned.green else ():
            if topic not in created:
                found.setdefault(topic, planned)
    return found


def _of_topic(scene: Scene, topic: str, needed: frozenset[str], planned: PlannedTable) -> Iterable[Finding]:
    missing = missing_operations(scene.platform.topics, topic, needed)
    if missing:
        yield Finding(
            look=ACCESS,
            table=planned.table,
            what=f"we may not {', '.join(missing)} topic {topic}",
            where=place_of(planned),
            remedy="Grant it to the user of the kafka connection",
        )


def _of_green(scene: Scene, planned: PlannedTable) -> Iterable[Finding]:
    green = planned.green or ""
    allowed = scene.platform.topics.allowed(green)
    if allowed is not None:  # it exists, or is hidden from us
        yield from _of_topic(scene, green, READING | REMOVING, planned)
        return
    try:
        wanted = wanted_topic(scene.topic, scene.plan, planned, scene.profile).topic
    except AccessError:
        return  # blue is hidden from us, which is a finding of its own
    complaint = scene.platform.topics.refusal_to_create(wanted)
    if complaint is not None:
        yield Finding(
            look=ACCESS,
            table=planned.table,
            what=f"Kafka would not create topic {green}: {complaint}",
            where=place_of(planned),
            remedy="Grant it to the user of the kafka connection, or mend the options of the DDL",
        )
