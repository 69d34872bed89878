"""Jobs that start at given offsets of their inputs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.ledger import find
from airflow_bluegreen.actions.planned import job_name
from airflow_bluegreen.actions.starting.beginning import START_ACT
from airflow_bluegreen.core.model import (
    JobProgress,
    Marker,
    Offsets,
    Plan,
    PlannedStatement,
    PlannedTable,
    Start,
)
from airflow_bluegreen.core.starting import SessionTable
from airflow_bluegreen.core.starting.scanning import offsets_of, scan_from
from airflow_bluegreen.ports import Platform


def started_at(launch: Launch, inputs: Iterable[SessionTable], offsets: Offsets) -> Launch:
    """The job, reading these inputs from the offsets."""
    scans = tuple(scan_from(one.name, one.topic, offsets) for one in inputs)
    return replace(launch, catalog=(*launch.catalog, *scans))


def from_its_start(
    platform: Platform,
    plan: Plan,
    filling: Iterable[tuple[PlannedTable, PlannedStatement]],
    progress: JobProgress,
) -> JobProgress:
    """The progress of a green table that did not begin at the beginning: what is before its start needs no
    reading. Before its first checkpoint and record, Flink says nothing of it.
    """
    asked = [one for one in filling if one[0].start.start is not Start.REBUILD]
    record = find(platform, plan.release.ref) if asked else None
    positions = dict(progress.positions)
    for planned, statement in asked if record else ():
        name = job_name(statement.name, planned.table, planned.green or "")
        for at, offset in start_offsets(record.markers if record else (), name).items():
            positions[at] = max(offset, positions.get(at, 0))
    return replace(progress, positions=positions)


def start_offsets(markers: Iterable[Marker], job: str) -> Offsets:
    """Where a job began to read, by the ledger; empty for one that reads everything."""
    found: Mapping[str, str] = {}
    for marker in markers:
        if (marker.act, marker.subject) == (START_ACT, job):
            found = marker.detail
    return offsets_of(found["offsets"]) if "offsets" in found else {}
