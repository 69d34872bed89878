"""The first half of a rollback: blue's stopped jobs run again, and catch up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from airflow_bluegreen.actions.blue import StoppedJob, stopped_blue_jobs
from airflow_bluegreen.actions.catch_up import PATIENCE, Waiting
from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.polling import forgiving, poll
from airflow_bluegreen.actions.progress_tale import Tales
from airflow_bluegreen.actions.running import start
from airflow_bluegreen.core.model import Plan, Profile, ReleaseRecord
from airflow_bluegreen.ports import Narrator, Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueTables:
    """Blue tables whose jobs were started again; in ``plan`` they are green ones, by logical name."""

    plan: Plan
    tables: tuple[str, ...]


def restore_blue(
    platform: Platform, record: ReleaseRecord, profile: Profile, say: Narrator
) -> tuple[str, ...]:
    """Have every job run that retiring stopped; the physical tables that have to catch up then."""
    restored = [one for one in _stopped(platform, record, profile) if _restored(platform, record, one, say)]
    return tuple(dict.fromkeys(one.launch.identity.table for one in restored))


class BlueWatch:
    """Looks at restored tables until all have caught up.

    :param physical: what :func:`restore_blue` gave back.
    :param timeout_s: seconds that a table may take by itself.
    """

    def __init__(
        self,
        platform: Platform,
        release: str,
        profile: Profile,
        physical: Collection[str],
        say: Narrator,
        *,
        timeout_s: float,
    ) -> None:
        stopped = _stopped(platform, current(platform, release), profile)
        tales = Tales(platform.clock, say)
        self._waiting = [
            Waiting(platform, one.plan, one.tables, tales, timeout_s, PATIENCE)
            for one in _by_plan(one for one in stopped if one.launch.identity.table in physical)
        ]

    def look(self) -> bool:
        """True when all have caught up. Raises ReadinessError for one in trouble, or that takes too long.

        A plan's tables are looked at when those of the plans before are there: they may read them.
        """
        return all(waiting.look() for waiting in self._waiting)


def await_blue(platform: Platform, watch: BlueWatch, say: Narrator, *, poll_s: float) -> None:
    """Wait until all have caught up; a server may be away for some minutes. Raises ReadinessError."""
    look = forgiving(watch.look, platform.clock, say)
    # Each table has a time limit of its own, which the looks keep.
    poll(look, until=bool, clock=platform.clock, timeout_s=float("inf"), every_s=poll_s)


def _stopped(platform: Platform, record: ReleaseRecord, profile: Profile) -> tuple[StoppedJob, ...]:
    records = platform.releases.records()
    return stopped_blue_jobs(platform.repository, record, records, profile, platform.endpoints)


def _by_plan(stopped: Iterable[StoppedJob]) -> Sequence[BlueTables]:
    found: list[BlueTables] = []
    for one in stopped:
        if not found or found[-1].plan is not one.plan:
            found.append(BlueTables(plan=one.plan, tables=()))
        tables = dict.fromkeys((*found[-1].tables, one.table))
        found[-1] = replace(found[-1], tables=tuple(tables))
    return found


def _restored(platform: Platform, record: ReleaseRecord, stopped: StoppedJob, say: Narrator) -> bool:
    """Have the job run; False where it was never stopped, so that there is nothing to wait for."""
    launch = stopped.launch
    running = jobs_filling(platform.jobs.jobs(), record.environment, launch.identity.table)
    if any(job.identity is None and job.name == launch.job_name for job in running):
        say(f"{launch.job_name} was not stopped")
        return False
    if launch.restore_path is None:
        # Killed between the stop and the note: Flink may still know where the state is.
        launch = replace(launch, restore_path=platform.jobs.restore_path(launch.identity))
    if launch.restore_path is None:
        say(f"{launch.job_name}: no savepoint is known, it is rebuilt from its inputs")
    _tell_lost(platform, record, launch.job_name, say)
    start(platform, launch, say)
    return True


def _tell_lost(platform: Platform, record: ReleaseRecord, job_name: str, say: Narrator) -> None:
    """Say which records blue had not read and cannot read any more: nobody would notice otherwise."""
    for (topic, partition), position in sorted(record.positions.get(job_name, {}).items()):
        if platform.topics.topic(topic) is None:
            say(f"{job_name}: its input {topic} is gone")
            continue
        begin = platform.topics.begin_offsets(topic).get((topic, partition), 0)
        if begin > position:
            say(
                f"{job_name}: {begin - position:,} records of {topic}, partition {partition} were deleted by "
                "retention before it read them; they are missing in it"
            )
