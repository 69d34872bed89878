"""Green names must be free, or hold what the release would put there."""

from collections.abc import Iterable, Iterator
from functools import partial

from airflow_bluegreen.actions.deploy import launch_of
from airflow_bluegreen.actions.jobs import refuse_different, same_statement
from airflow_bluegreen.actions.preflight.scene import Scene, findings_of, place_of
from airflow_bluegreen.actions.preflight.schemas import green_subjects
from airflow_bluegreen.actions.provision import refuse_different_topic, wanted_topic
from airflow_bluegreen.core.model import Finding, PlannedTable, Severity
from airflow_bluegreen.core.schema_compatibility import same_schema

NAMES = "names"


def look_at_names(scene: Scene) -> Iterator[Finding]:
    """Topics, jobs and subjects; connectors are looked at with their configuration."""
    for planned in scene.green_topics():
        for look in (_topic, _jobs, _subjects):
            yield from findings_of(NAMES, planned.table, partial(look, scene, planned), place_of(planned))


def _topic(scene: Scene, planned: PlannedTable) -> Iterable[Finding]:
    wanted = wanted_topic(scene.topic, scene.plan, planned, scene.profile).topic
    found = scene.topic(wanted.name)
    if found is None:
        return
    refuse_different_topic(found, wanted, planned)
    topics = scene.platform.topics
    begins, ends = topics.begin_offsets(wanted.name), topics.end_offsets(wanted.name)
    held = sum(end - begins.get(at, 0) for at, end in ends.items())
    if held and not any(job.identity and job.identity.table == planned.green for job in scene.jobs):
        yield Finding(
            look=NAMES,
            table=planned.table,
            severity=Severity.WARNING,
            what=f"topic {wanted.name} holds {held} records already, and no job fills it",
            where=place_of(planned),
            remedy="Delete the topic unless they are this release's own, from a run that was broken off",
        )


def _jobs(scene: Scene, planned: PlannedTable) -> Iterable[Finding]:
    for statement in planned.dml:
        launch = launch_of(scene.plan, planned, statement, scene.profile, scene.platform.endpoints)
        for job in same_statement(scene.jobs, launch.identity):
            refuse_different(job, launch)
    return ()


def _subjects(scene: Scene, planned: PlannedTable) -> Iterable[Finding]:
    for wanted in green_subjects(scene, planned):
        found = scene.platform.schemas.latest(wanted.subject)
        if found is None or (found.type == "AVRO" and same_schema(found.schema, wanted.schema)):
            continue
        yield Finding(
            look=NAMES,
            table=planned.table,
            what=f"subject {wanted.subject} exists with another schema than {planned.green} has",
            where=place_of(planned),
            remedy="Delete the subject if it is a leftover: Flink would register a second version",
        )
