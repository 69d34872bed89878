"""Taking over what runs already: it becomes the live release that the first real one is planned over."""

from collections.abc import Sequence

from airflow_bluegreen.actions.drift import wanted_connectors, wanted_jobs
from airflow_bluegreen.actions.ledger import now
from airflow_bluegreen.actions.read_release import deployed_plan
from airflow_bluegreen.actions.surroundings import look_for, tables_of
from airflow_bluegreen.core.drift import Drift, Expected, WantedTopic, compare
from airflow_bluegreen.core.lifecycle import adopted, in_progress, live_release
from airflow_bluegreen.core.model import Profile
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.ports import Narrator, Platform


def adopt(
    platform: Platform, release: str, profile: Profile, say: Narrator, *, dry_run: bool = False
) -> None:
    """Record that the environment runs what a commit describes, provided that it does.

    A job keeps running as it is: Flink fixes a job's parameters when it is submitted, so one that was started
    by hand is known by its name and table from now on, and its SQL cannot be checked. The first release that
    replaces it stops it as any other blue job.

    Raises RefusedError when something was released already, or when what runs is not what the commit says.
    """
    records = platform.releases.records()
    live = live_release(records)
    if live is not None and live.release == release:
        say(f"release {release} is live in {profile.name} already")
        return
    busy = live or in_progress(records)
    if busy is not None:
        raise RefusedError(
            f"release {busy.release} is {busy.phase} in {profile.name}: there is nothing to adopt",
            remedy="Release what is new; see `bluegreen status` for what differs",
        )
    plan = deployed_plan(platform.repository, release, profile.name, platform.front_end)
    expected = Expected(
        jobs=wanted_jobs(plan),
        topics=tuple(WantedTopic(name=one.green) for one in plan.tables if one.green and one.filled),
        connectors=wanted_connectors(plan),
    )
    found = look_for(platform, expected, profile.name, tables_of(plan))
    _refuse_other(release, compare(expected, found), say)
    silent = sorted(job.name for _, job in found.jobs if job.identity is None)
    for name in silent:
        say(f"{name} does not say what it runs: it is known by its name, its SQL is taken on trust")
    if dry_run:
        say(f"nothing was changed; {len(plan.tables)} tables would be adopted as {release}")
        return
    record = adopted(plan, at=now(platform.clock), by=platform.actor)
    known = next((one for one in records if one.release == record.release), None)
    platform.releases.save(record, expected=known)
    say(f"{len(plan.tables)} tables are adopted, release {release} is live in {profile.name}")


def _refuse_other(release: str, drift: Sequence[Drift], say: Narrator) -> None:
    for one in drift:
        say(f"not as {release} says: {one.what}")
    if drift:
        raise RefusedError(
            f"what runs is not {release} ({len(drift)}): {'; '.join(one.what for one in drift)}",
            remedy="Adopt the commit that it was started from, or mend what differs",
        )
