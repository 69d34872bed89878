"""Blue's jobs stop, each with a savepoint; topics and subjects stay for the rollback window."""

from collections.abc import Sequence

from airflow_bluegreen.actions.green import refuse_unless_green_runs
from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.actions.ledger import advance_to, change, current, leave_marker
from airflow_bluegreen.core.model import Job, Marker, Phase, Plan, ReleaseRecord
from airflow_bluegreen.core.versioning import logical
from airflow_bluegreen.exceptions import ConflictError, StatementError
from airflow_bluegreen.ports import Narrator, Platform

STOP_MARKER = "stop blue job"
"""Subject: the job's name; detail: ``job_id``, logical ``table``, its ``physical`` name, and ``statement``,
``release`` and ``fingerprint`` if it said so.
"""


def retire(platform: Platform, plan: Plan, say: Narrator) -> None:
    """Stop the blue jobs of every table that the release replaces or removes, but for those that pinned
    tables go on reading.

    A job that cannot take a savepoint keeps running: nothing is cancelled in its place. Raises StatementError
    then, ReadinessError when green does not run, RefusedError when the release is not cut over, ConflictError
    when a blue name belongs to an untouched table.
    """
    release = plan.release.ref
    if current(platform, release).phase is Phase.LIVE:
        say(f"release {release} is live already, blue is retired")
        return
    _refuse_untouched(plan)
    refuse_unless_green_runs(platform, plan, say)
    advance_to(platform, release, Phase.RETIRING)
    running = platform.jobs.jobs()
    for planned in reversed(plan.tables):  # readers before what they read
        if planned.blue is None:
            continue
        if planned.blue in plan.kept:
            say(f"{planned.blue} keeps running for {_readers(plan)}")
            continue
        successor = f"replaced by {planned.green or 'nothing'}"
        _retire_table(platform, release, running, planned.blue, successor, say)
    for name in sorted(plan.freed, reverse=True):
        _retire_table(platform, release, running, name, "which the tables it was kept for have left", say)


def _retire_table(
    platform: Platform, release: str, running: Sequence[Job], physical: str, why: str, say: Narrator
) -> None:
    record = current(platform, release)
    jobs = jobs_filling(running, record.environment, physical)
    for job in jobs:
        _stop(platform, release, physical, job, why, say)
    if not jobs:
        _tell_absent(_recover_paths(platform, release, physical, say), physical, say)


def _readers(plan: Plan) -> str:
    return ", ".join(one.physical for one in plan.pinned)


def _refuse_untouched(plan: Plan) -> None:
    untouched = {plan.physical.get(table, table) for table in plan.untouched}
    shared = sorted({planned.blue for planned in plan.tables if planned.blue} & untouched)
    if shared:
        raise ConflictError(
            f"{', '.join(shared)} would be retired, and is a table that the release leaves alone",
            remedy="Plan the release again",
        )


def _stop(platform: Platform, release: str, physical: str, job: Job, why: str, say: Narrator) -> None:
    detail = {"job_id": job.job_id, "table": logical(physical), "physical": physical}
    if job.identity is not None:
        known = job.identity
        detail |= {
            "statement": known.statement,
            "release": known.release,
            "fingerprint": known.fingerprint,
        }
    record = leave_marker(platform, release, STOP_MARKER, job.name, detail=detail)
    # From here on, at the latest, the job reads nothing more: a rollback needs its inputs from there.
    read = platform.jobs.progress(job.job_id).positions or record.positions.get(job.name, {})
    path = platform.jobs.stop_with_savepoint(job.job_id)
    change(
        platform,
        release,
        savepoints={**record.savepoints, job.name: path},
        positions={**record.positions, job.name: read},
    )
    say(f"{job.name} ({job.job_id}) stopped, {why}; savepoint {path}")


def _recover_paths(platform: Platform, release: str, physical: str, say: Narrator) -> ReleaseRecord:
    """Savepoints of jobs that a run stopped which was killed before it wrote their paths down.

    Flink tells them for as long as it remembers the job.
    """
    record = current(platform, release)
    for marker in _stopped_before(record, physical):
        if marker.subject in record.savepoints:
            continue
        try:
            path = platform.jobs.stop_with_savepoint(marker.detail["job_id"])
        except StatementError:
            continue
        record = change(platform, release, savepoints={**record.savepoints, marker.subject: path})
        say(f"{marker.subject} was stopped before; savepoint {path}")
    return record


def _stopped_before(record: ReleaseRecord, physical: str) -> tuple[Marker, ...]:
    return tuple(
        one
        for one in record.markers
        if one.act == STOP_MARKER
        and one.detail.get("physical", "") in ("", physical)
        and one.detail["table"] == logical(physical)
    )


def _tell_absent(record: ReleaseRecord, physical: str, say: Narrator) -> None:
    marked = [one.subject for one in _stopped_before(record, physical)]
    lost = [name for name in marked if name not in record.savepoints]
    if lost:
        say(f"{', '.join(lost)} stopped, its savepoint's path was lost: a rollback rebuilds it from inputs")
    else:
        say(f"{physical}: no job runs" + (", stopped before" if marked else ""))
