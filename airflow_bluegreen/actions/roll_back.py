"""Undoing a release from any phase: blue back, connectors back, green removed.

Blue first. Its topics stand still while its jobs are stopped: a connector that goes back to them at once
would write the rows of the time before into the sink again and then nothing, until blue has caught up. So
blue is restored and catches up while the connectors still read green; then they go back to the offsets that
they had, and read on from there to the newest rows in one go: none is lost, and old ones do not stay.
"""

from collections.abc import Sequence

from airflow_bluegreen.actions.catalog import consumer_group
from airflow_bluegreen.actions.confirm import confirm_rolled_back
from airflow_bluegreen.actions.connectors import put_back
from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.actions.ledger import advance_to, current, leave_marker
from airflow_bluegreen.actions.planned import protected_names, subjects
from airflow_bluegreen.actions.restore import BlueWatch, await_blue, restore_blue
from airflow_bluegreen.actions.stable_names import discard, names_back
from airflow_bluegreen.actions.starting import remove_traces
from airflow_bluegreen.core.lifecycle import cleaned, in_progress, live_release
from airflow_bluegreen.core.model import Job, Phase, PlannedTable, Profile, ReleaseRecord
from airflow_bluegreen.exceptions import ConflictError, RefusedError
from airflow_bluegreen.ports import Narrator, Platform

BLUE_TIMEOUT_S = 6 * 3600.0
POLL_S = 5.0


def roll_back(
    platform: Platform,
    release: str,
    profile: Profile,
    say: Narrator,
    *,
    timeout_s: float = BLUE_TIMEOUT_S,
    poll_s: float = POLL_S,
) -> None:
    """Undo a release, in whatever phase it is, by what the ledger says of it.

    The lake's stable names stand for blue's tables at once. Blue jobs that were stopped start from their
    savepoints and catch up, connectors get back their stored configuration and offsets, then the release's
    own jobs, topics, subjects and consumer groups go. At the end exactly what ran before runs. Blue's topics,
    jobs and subjects are never removed. Running it again goes on where it stopped.

    :param timeout_s: longest wait for a blue table to catch up, in seconds.
    :param poll_s: seconds between two looks at it.

    Raises RefusedError when another release builds on this one, when blue was deleted meanwhile, or when not
    all is as before at the end; ConflictError when a green name is in use elsewhere, StatementError when a
    blue job does not start, ReadinessError when it does not catch up.
    """
    restored = begin_roll_back(platform, release, profile, say)
    if restored:
        watch = BlueWatch(platform, release, profile, restored, say, timeout_s=timeout_s)
        await_blue(platform, watch, say, poll_s=poll_s)
    end_roll_back(platform, release, profile, say)


def begin_roll_back(platform: Platform, release: str, profile: Profile, say: Narrator) -> tuple[str, ...]:
    """The first part: names stand for blue, blue's jobs run again; the physical tables that have to catch up
    before :func:`end_roll_back`. Raises what :func:`roll_back` does.
    """
    record = current(platform, release)
    if record.phase is Phase.ROLLED_BACK:
        return ()
    records = platform.releases.records()
    _refuse_cleaned(record)
    _refuse_built_upon(record, records)
    _refuse_in_use(record, records)
    record = advance_to(platform, release, Phase.ROLLING_BACK)
    names_back(platform, record, profile, say)
    return restore_blue(platform, record, profile, say)


def end_roll_back(platform: Platform, release: str, profile: Profile, say: Narrator) -> None:
    """The rest, once blue has caught up: connectors back, green removed, all looked at.

    Raises what :func:`roll_back` does.
    """
    record = current(platform, release)
    if record.phase is Phase.ROLLED_BACK:
        say(f"release {release} is rolled back already")
        return
    record = advance_to(platform, release, Phase.ROLLING_BACK)
    _put_connectors_back(platform, record, say)
    _remove_green(platform, record, say)
    remove_traces(platform, record, say)
    discard(platform, record, profile, say)
    confirm_rolled_back(platform, record, profile, say)
    advance_to(platform, release, Phase.ROLLED_BACK)
    live = live_release(platform.releases.records())
    now = f"{live.release} is live" if live else "no release of this tool is live"
    say(f"release {release} is undone; {now} in {record.environment}")


def _refuse_cleaned(record: ReleaseRecord) -> None:
    gone = cleaned(record)
    if gone:
        raise RefusedError(
            f"blue of release {record.release} was deleted at {gone[0].at} "
            f"({', '.join(one.subject for one in gone[:3])}{', …' if len(gone) > 3 else ''}): nothing to go "
            "back to",
            remedy=f"Release {record.base_release or 'the version before'} again: its tables are built anew",
        )


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


def _put_connectors_back(platform: Platform, record: ReleaseRecord, say: Narrator) -> None:
    for before in record.connectors_before:
        leave_marker(platform, record.release, "put connector back", before.name)
        put_back(platform, before, say)


def _remove_green(platform: Platform, record: ReleaseRecord, say: Narrator) -> None:
    _cancel_green(platform, record, say)
    for planned in reversed(record.plan.tables):
        if planned.green is not None:
            _remove_table(platform, record, planned, planned.green, say)
    _cancel_green(platform, record, say)  # a submission whose answer was lost may have come to life meanwhile


def _remove_table(
    platform: Platform, record: ReleaseRecord, planned: PlannedTable, green: str, say: Narrator
) -> None:
    foreign = jobs_filling(platform.jobs.jobs(), record.environment, green)
    if foreign:
        raise ConflictError(
            f"job {foreign[0].job_id} ({foreign[0].name}) fills {green}, not of {record.release}",
            remedy="Cancel it, then roll back again",
        )
    leave_marker(platform, record.release, "remove green", green)
    platform.topics.delete_topic(green)
    for subject in subjects(green):
        platform.schemas.delete_subject(subject)
    for statement in planned.dml:
        platform.topics.delete_group(
            consumer_group(record.environment, statement.name, statement.fingerprint)
        )
    say(f"topic {green}, its subjects and consumer groups removed")


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
