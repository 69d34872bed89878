"""What green will register, held against blue's subjects: its own are new, so that no registry objects."""

from collections.abc import Iterable, Iterator
from functools import partial

from airflow_bluegreen.actions.catalog import lowered_definition
from airflow_bluegreen.actions.preflight.scene import Scene, findings_of, place_of
from airflow_bluegreen.core.model import Column, Finding, PlannedTable, Profile, RegisteredSchema, Severity
from airflow_bluegreen.core.schema_compatibility import (
    Breach,
    Compatibility,
    Side,
    incompatibilities,
    misread_fields,
)
from airflow_bluegreen.core.sql import SubjectSchema, subject_schemas, topic_of

SCHEMAS = "schemas"
_SOURCE = "source"


def look_at_schemas(scene: Scene) -> Iterator[Finding]:
    """Key and value of each green table that has a blue one, at the level of its environment."""
    for planned in scene.green_topics():
        if planned.blue is not None:
            yield from findings_of(
                SCHEMAS, planned.table, partial(_of_table, scene, planned), place_of(planned)
            )


def green_subjects(scene: Scene, planned: PlannedTable) -> tuple[SubjectSchema, ...]:
    """The subjects of a green table, with the schemas that Flink will register; none for other formats.

    A table that takes its columns over from another one (LIKE) has none here: only Flink knows them.
    """
    if planned.ddl is None or planned.ddl.catalog or scene.profile.dialect != "open-source":
        return ()
    definition = lowered_definition(planned, scene.profile, scene.platform.endpoints)
    topic = topic_of(definition, planned.green or "")
    return subject_schemas(definition, topic) if topic else ()


def _of_table(scene: Scene, planned: PlannedTable) -> Iterable[Finding]:
    derived = green_subjects(scene, planned)
    known = False
    for one in derived:
        blue = one.subject if one.subject != f"{planned.green}-{one.part}" else f"{planned.blue}-{one.part}"
        versions = [each for each in scene.platform.schemas.versions(blue) if each.type == "AVRO"]
        if versions:
            known = True
            yield from _against(scene.profile, planned, one, blue, versions)
    if not known:
        yield from _columns_only(planned)


def _against(
    profile: Profile, planned: PlannedTable, green: SubjectSchema, blue: str, versions: list[RegisteredSchema]
) -> Iterator[Finding]:
    level = _level(profile, planned)
    texts = [one.schema for one in versions]
    breaches = incompatibilities(level, green.schema, texts)
    accepted = bool({planned.table, planned.green} & {*profile.accepted_schema_changes})
    for breach in breaches:
        yield _finding(planned, green, blue, f"not {level} compatible", _who(breach, versions), accepted)
    misread = misread_fields(green.schema, texts[-1])
    if misread and level is not Compatibility.NONE:
        who = f"values would be read as something else: {'; '.join(misread)}"
        yield _finding(planned, green, blue, "readable, but wrongly", who, accepted)
    for breach in incompatibilities(Compatibility.FULL, green.schema, texts):
        if breach not in breaches:
            who = f"{_who(breach, versions)}. {level}, the level of this table, allows that"
            what = f"{green.subject} differs from {blue}: {who}"
            yield Finding(
                look=SCHEMAS,
                table=planned.table,
                severity=Severity.WARNING,
                what=what,
                where=place_of(planned),
            )


def _finding(
    planned: PlannedTable, green: SubjectSchema, blue: str, how: str, who: str, accepted: bool
) -> Finding:
    end = ". The project accepts that (accepted_schema_changes)" if accepted else ""
    return Finding(
        look=SCHEMAS,
        table=planned.table,
        severity=Severity.WARNING if accepted else Severity.FINDING,
        what=f"{green.subject} is {how} with {blue}: {who}{end}",
        where=place_of(planned),
        remedy=""
        if accepted
        else f"Keep the columns readable, or write {planned.green} into accepted_schema_changes"
        " in bluegreen.yaml if that is intended",
    )


def _level(profile: Profile, planned: PlannedTable) -> Compatibility:
    source = planned.kind == _SOURCE
    return Compatibility(profile.source_compatibility if source else profile.schema_compatibility)


def _who(breach: Breach, versions: list[RegisteredSchema]) -> str:
    """Who could break, in words."""
    version = versions[breach.version - 1].version
    if breach.side is Side.NEW_READERS:
        who = f"new readers break: with green's schema they cannot read what blue wrote (version {version})"
    else:
        who = f"old readers break: with blue's schema (version {version}) they cannot read what green writes"
    return f"{who}: {breach.rules}"


def _columns_only(planned: PlannedTable) -> Iterator[Finding]:
    """Without schemas to compare, the columns of both DDLs tell who may be surprised."""
    before, after = _types(planned.blue_columns), _types(planned.columns)
    removed = [name for name in before if name not in after]
    retyped = [name for name in before if name in after and before[name] != after[name]]
    if removed or retyped:
        yield Finding(
            look=SCHEMAS,
            table=planned.table,
            severity=Severity.WARNING,
            what=f"old readers may break: {planned.green} differs from {planned.blue},"
            f" removed {', '.join(removed) or 'none'}, retyped {', '.join(retyped) or 'none'}",
            where=place_of(planned),
        )


def _types(columns: Iterable[Column]) -> dict[str, str]:
    return {column.name: column.type for column in columns}
