"""The registry as a trigger: raw topics whose schema moved on since the live tables were planned."""

from collections.abc import Iterable, Mapping

from airflow_bluegreen.core.lifecycle import live_release
from airflow_bluegreen.core.model import Project, ReleaseRecord, SourceSchema
from airflow_bluegreen.core.schema_compatibility import Compatibility, incompatibilities
from airflow_bluegreen.core.source_subjects import source_subjects
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import SchemaReader

SourceSchemas = Mapping[str, tuple[SourceSchema, ...]]
"""By logical table."""


def read_source_schemas(
    schemas: SchemaReader, records: Iterable[ReleaseRecord], project: Project, environment: str
) -> SourceSchemas:
    """The subjects of what the project's tables read from outside, as they are and as they were; reads only.

    How they were stands in the plan of the release that brought the live table up: of a table that was not
    released by this tool nobody knows it.

    :raises ConflictError: a newer schema is not compatible with the versions before it, at the level that
        the environment's ``source_compatibility`` asks for.
    """
    subjects = source_subjects(project, environment)
    latest = {
        subject: newest.version
        for subject in sorted({one for listed in subjects.values() for one in listed})
        if (newest := schemas.latest(subject)) is not None
    }
    before = _versions_before(tuple(records))
    found = {
        table: tuple(
            SourceSchema(subject=one, version=latest[one], before=before.get(table, {}).get(one))
            for one in listed
            if one in latest
        )
        for table, listed in subjects.items()
    }
    profile = project.profiles.get(environment)
    level = Compatibility(profile.source_compatibility if profile else Compatibility.FULL_TRANSITIVE)
    for subject in sorted({one.subject for known in found.values() for one in known if one.is_newer}):
        _refuse_incompatible(schemas, subject, level)
    return found


def newer(schemas: SourceSchemas) -> tuple[str, ...]:
    """The tables that read something whose schema moved on, by name."""
    return tuple(sorted(table for table, known in schemas.items() if any(one.is_newer for one in known)))


def _versions_before(records: tuple[ReleaseRecord, ...]) -> Mapping[str, Mapping[str, int]]:
    """Logical table → subject → version, of the tables that are live."""
    live = live_release(records)
    if live is None:
        return {}
    found: dict[str, Mapping[str, int]] = {}
    for record in sorted(records, key=lambda one: one.updated_at):
        for planned in record.plan.tables:
            if planned.green is not None and planned.green == live.plan.physical.get(planned.table):
                found[planned.table] = {one.subject: one.version for one in planned.source_schemas}
    return found


def _refuse_incompatible(schemas: SchemaReader, subject: str, level: Compatibility) -> None:
    *earlier, newest = schemas.versions(subject)
    if newest.type != "AVRO":
        return  # the registry itself held it against the subject's level when it was registered
    problems = incompatibilities(level, newest.schema, [one.schema for one in earlier])
    if problems:
        why = "; ".join(map(str, problems))
        raise ConflictError(
            f"subject {subject}: version {newest.version} is not {level} compatible: {why}",
            remedy="Register a compatible version, or change source_compatibility of the environment",
        )
