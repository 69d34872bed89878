"""Who reads what: no colour may read the other one, and every input must be there."""

from collections.abc import Iterable, Iterator
from functools import partial

from airflow_bluegreen.actions.catalog import input_topics
from airflow_bluegreen.actions.planned import filling
from airflow_bluegreen.actions.preflight.scene import Scene, findings_of
from airflow_bluegreen.core.model import Finding, PlannedTable
from airflow_bluegreen.core.project import table_of

LINEAGE = "lineage"


def look_at_lineage(scene: Scene) -> Iterator[Finding]:
    """Inputs exist or are created, green reads no blue that has a green one, and blue reads no green."""
    for planned in scene.green_topics():
        where = next((statement.where for _, statement in filling(scene.plan, planned)), None)
        yield from findings_of(LINEAGE, planned.table, partial(_missing, scene, planned), where)
    yield from _green_reads_blue(scene)
    yield from _blue_reads_green(scene)


def _missing(scene: Scene, planned: PlannedTable) -> Iterable[Finding]:
    created = {one.green for one in scene.plan.tables}
    read = [topic for topic in input_topics(scene.plan, planned) if topic not in created]
    missing = [topic for topic in read if scene.topic(topic) is None]
    if missing:
        yield Finding(
            look=LINEAGE,
            table=planned.table,
            what=f"{planned.table} reads {', '.join(missing)}, which does not exist",
            where=next((statement.where for _, statement in filling(scene.plan, planned)), None),
            remedy="Create the topic, or declare the right one in the environment's external tables",
        )


def _green_reads_blue(scene: Scene) -> Iterator[Finding]:
    replaced = {one.blue: one.green for one in scene.plan.tables if one.blue and one.green}
    for planned, statement in scene.green_statements():
        for read in (table.physical for table in statement.catalog):
            if read in replaced and read not in statement.outputs:
                yield Finding(
                    look=LINEAGE,
                    table=planned.table,
                    what=f"{statement.name} of {planned.green} reads blue {read}, not {replaced[read]}",
                    where=statement.where,
                    remedy="Plan the release again",
                )


def _blue_reads_green(scene: Scene) -> Iterator[Finding]:
    """Of the tables that stay as they are; those that are pinned to blue go on reading it on purpose."""
    moved = {one.table: one.green for one in scene.plan.tables if one.blue}
    pinned = {one.table: one.reads for one in scene.plan.pinned}
    for name in scene.plan.untouched:
        table = scene.project.tables.get(name)
        for statement in table.statements if table else ():
            read = {table_of(scene.project, one) for one in statement.statement.inputs}
            for parent in sorted(one for one in read if one in moved and one not in pinned.get(name, {})):
                becomes = moved[parent] or "nothing: it is removed"
                yield Finding(
                    look=LINEAGE,
                    table=parent,
                    what=f"{statement.name} stays as it is and reads {parent}, which becomes {becomes}",
                    where=statement.statement.where,
                    remedy="Plan the release again: its readers have to follow",
                )
