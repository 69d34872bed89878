"""Undoing a release from any phase: connectors back, blue back, green removed."""

from collections.abc import Sequence

from airflow_bluegreen.actions.blue import stopped_blue_jobs
from airflow_bluegreen.actions.connectors import put_back
from airflow_bluegreen.actions.jobs import jobs_filling, start
from airflow_bluegreen.actions.ledger import advance_to, current, leave_marker
from airflow_bluegreen.actions.planned import protected_names, subjects
from airflow_bluegreen.actions.starting import remove_traces
from airflow_bluegreen.core.lifecycle import in_progress, live_release
from airflow_bluegreen.core.model import Job, Phase, Profile, ReleaseRecord
from airflow_bluegreen.exceptions import ConflictError, RefusedError
from airflow_bluegreen.ports import Narrator, Platform


def roll_back(platform: Platform, release: str, profile: Profile, say: Narrator) -> None:
    """Undo a release, in whatever phase it is, by what the ledger says of it.

    Connectors get back their stored configuration and offsets, blue jobs that were stopped start from their
    savepoints, then the release's own jobs, topics and subjects go. Blue's topics, jobs and subjects are
    never removed. Running it again goes on where it stopped.

    Raises RefusedError when another release builds on this one, ConflictError when a green name is in use
    elsewhere, StatementError when a blue job does not start.
    """
    record = current(platform, release)
    if record.phase is Phase.ROLLED_BACK:
        say(f"release {release} is rolled back already")
        return
    records = platform.releases.records()
    _refuse_built_upon(record, records)
    _refuse_in_use(record, records)
    record = advance_to(platform, release, Phase.ROLLING_BACK)
    for before in record.connectors_before:
        leave_marker(platform, release, "put connector back", before.name)
        put_back(platform, before, say)
    _bring_blue_back(platform, record, profile, say)
    _remove_green(platform, record, say)
    remove_traces(platform, record, say)
    advance_to(platform, release, Phase.ROLLED_BACK)
    live = live_release(platform.releases.records())
    now = f"{live.release} is live" if live else "no release of this tool is live"
    say(f"release {release} is undone; {now} in {record.environment}")


def _refuse_built_upon(record: ReleaseRecord, records: Sequence[ReleaseRecord]) -> None:
    running = in_progress(records)
    if running is not None and running.release != record.release:
        raise RefusedError(
            f"release {running.release} is {running.phase} on top of {record.release}",
            remedy=f"Roll {running.release} back first",
        )
    live = live_release(records)
    if record.phase is Phase.LIVE and live is not None and live.release != record.release:
        raise RefusedError(
            f"release {live.release} went live after {record.release}",
            remedy=f"Roll {live.release} back first",
        )


def _refuse_in_use(record: ReleaseRecord, records: Sequence[ReleaseRecord]) -> None:
    """A green name that is live, or blue, for anybody else must not be deleted."""
    used = set(protected_names(record.plan))
    for other in records:
        if other.release != record.release and other.phase is not Phase.ROLLED_BACK:
            used |= set(other.plan.physical.values()) | protected_names(other.plan)
    shared = sorted(used & set(_green(record)))
    if shared:
        raise ConflictError(
            f"{', '.join(shared)} of release {record.release} is in use by another release or as blue",
            remedy="See `bluegreen release list`; nothing was removed",
        )


def _bring_blue_back(platform: Platform, record: ReleaseRecord, profile: Profile, say: Narrator) -> None:
    for launch in stopped_blue_jobs(platform.repository, record, profile, platform.endpoints):
        running = jobs_filling(platform.jobs.jobs(), record.environment, launch.identity.table)
        if any(job.name == launch.job_name for job in running):
            say(f"{launch.job_name} runs")
            continue
        if launch.restore_path is None:
            say(f"{launch.job_name}: no savepoint is known, it is rebuilt from its inputs")
        start(platform, launch, say)


def _remove_green(platform: Platform, record: ReleaseRecord, say: Narrator) -> None:
    _cancel_green(platform, record, say)
    for table in reversed(_green(record)):
        foreign = jobs_filling(platform.jobs.jobs(), record.environment, table)
        if foreign:
            raise ConflictError(
                f"job {foreign[0].job_id} ({foreign[0].name}) fills {table}, not of {record.release}",
                remedy="Cancel it, then roll back again",
            )
        leave_marker(platform, record.release, "remove green", table)
        platform.topics.delete_topic(table)
        for subject in subjects(table):
            platform.schemas.delete_subject(subject)
        say(f"topic {table} and its subjects removed")
    _cancel_green(platform, record, say)  # a submission whose answer was lost may have come to life meanwhile


def _cancel_green(platform: Platform, record: ReleaseRecord, say: Narrator) -> None:
    green = _green(record)
    mine: list[Job] = [
        job
        for job in platform.jobs.jobs()
        if job.identity
        and (job.identity.environment, job.identity.release) == (record.environment, record.release)
        and job.identity.table in green
    ]
    mine.sort(key=lambda job: -green.index(job.identity.table if job.identity else ""))
    for job in mine:
        platform.jobs.cancel(job.job_id)
        say(f"{job.name} ({job.job_id}) cancelled")


def _green(record: ReleaseRecord) -> tuple[str, ...]:
    return tuple(planned.green for planned in record.plan.tables if planned.green)
