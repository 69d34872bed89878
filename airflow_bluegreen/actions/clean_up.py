"""After the rollback window: what retired versions left behind is listed, then deleted for good."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from airflow_bluegreen.actions.catalog import consumer_group
from airflow_bluegreen.actions.jobs import filled_table
from airflow_bluegreen.actions.ledger import annotate, current
from airflow_bluegreen.actions.planned import subjects
from airflow_bluegreen.actions.retire import STOP_MARKER
from airflow_bluegreen.core.connectors import topics_read
from airflow_bluegreen.core.lifecycle import CLEAN_MARKER, in_progress
from airflow_bluegreen.core.model import Profile, ReleaseRecord
from airflow_bluegreen.core.retirement import Leftover, LeftoverKind, leftovers
from airflow_bluegreen.exceptions import BusyError
from airflow_bluegreen.ports import ConnectorReader, JobReader, Narrator, Platform


def list_leftovers(platform: Platform, profile: Profile, say: Narrator) -> tuple[Leftover, ...]:
    """What retired versions have left, with the reason of each that has to stay; reads only.

    A table has to stay while its rollback window is open, while it is live, pinned, kept, or part of a
    release in progress, and while a job or connector of anybody uses it.
    """
    found = leftovers(
        platform.releases.records(),
        now=datetime.fromtimestamp(platform.clock.now(), tz=UTC),
        window=timedelta(seconds=profile.rollback_window),
    )
    if any(_is_free(one) for one in found if one.kind is LeftoverKind.TABLE):
        used = {**_read_by_connectors(platform.connectors, found), **_used_by_jobs(platform.jobs, profile)}
        found = tuple(
            replace(one, kept=used[one.name]) if _is_free(one) and one.name in used else one for one in found
        )
    for one in found:
        end = f"stays: {one.kept}" if one.kept else "can be deleted"
        say(f"{one.kind} {one.name}, retired by {one.release}, kept until {one.until}: {end}")
    if not found:
        say("nothing is left of retired versions")
    return found


def delete_leftovers(
    platform: Platform, profile: Profile, listed: Iterable[Leftover], say: Narrator
) -> tuple[Leftover, ...]:
    """Delete those of ``listed`` that still may be, each with a marker in the ledger before; returns them.

    Raises BusyError while a release is in progress: the ledger has one writer at a time.
    """
    running = in_progress(platform.releases.records())
    if running is not None:
        raise BusyError(
            f"release {running.release} is {running.phase} in {running.environment}, nothing is deleted now",
            remedy="Clean up when it has ended",
        )
    wanted = {(one.kind, one.name, one.release) for one in listed if _is_free(one)}
    chosen = [
        one
        for one in list_leftovers(platform, profile, lambda _: None)
        if _is_free(one) and (one.kind, one.name, one.release) in wanted
    ]
    for one in chosen:
        record = annotate(platform, one.release, CLEAN_MARKER, one.name, detail={"kind": one.kind.value})
        if one.kind is LeftoverKind.TABLE:
            _delete_table(platform, record, one.name)
        else:
            platform.jobs.dispose_savepoint(one.name)
        _note_deleted(platform, one)
        say(f"{one.kind} {one.name}, retired by {one.release}, is deleted")
    if not chosen:
        say("nothing to delete")
    return tuple(chosen)


def _is_free(one: Leftover) -> bool:
    return not one.kept


def _delete_table(platform: Platform, record: ReleaseRecord, name: str) -> None:
    platform.topics.delete_topic(name)
    for subject in subjects(name):
        platform.schemas.delete_subject(subject)
    for marker in record.markers:
        known = marker.detail
        if marker.act == STOP_MARKER and known.get("physical") == name and "fingerprint" in known:
            group = consumer_group(record.environment, known["statement"], known["fingerprint"])
            platform.topics.delete_group(group)


def _note_deleted(platform: Platform, one: Leftover) -> None:
    record = current(platform, one.release)
    # Not its newest change: an old release must not look like the one that is live.
    platform.releases.save(replace(record, deleted=(*record.deleted, one.name)), expected=record)


def _used_by_jobs(reader: JobReader, profile: Profile) -> Mapping[str, str]:
    """Topics that running jobs write, or that jobs nobody here deployed read."""
    found: dict[str, str] = {}
    for job in reader.jobs():
        filled = job.identity.table if job.identity else filled_table(job, profile.name)
        if filled is not None:
            found[filled] = f"job {job.name} ({job.job_id}) fills it"
        if job.identity is None or job.identity.environment != profile.name:
            for topic, _ in reader.progress(job.job_id).positions:
                found.setdefault(topic, f"job {job.name} ({job.job_id}) reads it")
    return found


def _read_by_connectors(reader: ConnectorReader, found: Sequence[Leftover]) -> Mapping[str, str]:
    names = [one.name for one in found if one.kind is LeftoverKind.TABLE]
    used: dict[str, str] = {}
    for connector in reader.connectors():
        state = reader.connector(connector)
        config = (state.config if state else None) or {}
        read, pattern = topics_read(config), config.get("topics.regex")
        for name in names:
            if name in read or (pattern and re.fullmatch(pattern, name)):
                used[name] = f"connector {connector} reads it"
    return used
