"""One release at a time: waiting for one's turn, and giving it up when nothing was done with it."""

from airflow_bluegreen.actions.ledger import advance_to, busy, current
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.core.lifecycle import in_progress
from airflow_bluegreen.core.model import Phase, ReleaseRecord
from airflow_bluegreen.ports import Narrator, Platform, ReleaseReader

WAIT_S = 12 * 3600.0
LOOK_EVERY_S = 15.0
_NOTHING_YET = frozenset({Phase.PLANNED, Phase.DEPLOYING})


def release_ahead(releases: ReleaseReader, release: str) -> ReleaseRecord | None:
    """The release that is in progress, unless it is this one."""
    running = in_progress(releases.records())
    return running if running is not None and running.release != release else None


def await_turn(
    platform: Platform,
    release: str,
    say: Narrator,
    *,
    timeout_s: float = WAIT_S,
    poll_s: float = LOOK_EVERY_S,
) -> None:
    """Wait until no other release is in progress. Raises BusyError when that takes longer than ``timeout_s``
    seconds.
    """
    ahead = release_ahead(platform.releases, release)
    if ahead is None:
        return
    say(f"waiting for release {ahead.release}, which is {ahead.phase.replace('_', ' ')}")
    left = poll(
        lambda: release_ahead(platform.releases, release),
        until=lambda found: found is None,
        clock=platform.clock,
        timeout_s=timeout_s,
        every_s=poll_s,
    )
    if left is not None:
        raise busy(left)


def withdraw(platform: Platform, release: str, say: Narrator) -> bool:
    """End a release of which nothing exists outside git and the ledger, so that another can begin.

    Returns whether it was ended. A release with a topic or job of its own is left to a rollback.
    """
    record = current(platform, release)
    if record.phase not in _NOTHING_YET or _exists(platform, record):
        return False
    advance_to(platform, release, Phase.ROLLING_BACK)
    advance_to(platform, release, Phase.ROLLED_BACK)
    say(f"nothing of {release} was created: it is withdrawn, and another release may begin")
    return True


def _exists(platform: Platform, record: ReleaseRecord) -> bool:
    mine = (record.environment, record.release)
    running = any(
        job.identity and (job.identity.environment, job.identity.release) == mine
        for job in platform.jobs.jobs()
    )
    green = (planned.green for planned in record.plan.tables if planned.green)
    return running or bool(platform.topics.described(*green))
