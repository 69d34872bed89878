"""What every start of a table works with, and what the ledger remembers of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from airflow_bluegreen.actions.jobs import Launch, Sight
from airflow_bluegreen.actions.ledger import find, leave_marker
from airflow_bluegreen.core.lifecycle import START_MARKER
from airflow_bluegreen.core.model import JobIdentity, Plan, PlannedTable, Profile
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import Narrator, Platform

START_ACT = START_MARKER
COPY_ACT = "copied blue's rows"
"""Subject: the green table; detail: ``until``, the offsets of blue, and ``ends``, those of green then."""

MARKER_TRIES = 20
MARKER_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """One green statement that is to start."""

    platform: Platform
    plan: Plan
    planned: PlannedTable
    profile: Profile
    launch: Launch
    say: Narrator
    seen: Sight | None = None
    """What was on the cluster some time ago, where somebody has looked."""

    @property
    def green(self) -> str:
        """The physical name of the green table."""
        return self.planned.green or ""

    def remembered(self, act: str, subject: str) -> Mapping[str, str] | None:
        """The detail of the newest marker of that act; None where there is none."""
        record = find(self.platform, self.plan.release.ref)
        found = [
            one for one in (record.markers if record else ()) if (one.act, one.subject) == (act, subject)
        ]
        return found[-1].detail if found else None

    def remember(self, act: str, subject: str, detail: Mapping[str, str]) -> None:
        """Leave a marker of an act.

        Tables start side by side, and the ledger lets one writer in at a time: whoever comes second tries
        again. Markers only add to one another, so their order does not matter.
        """
        for tries_left in reversed(range(MARKER_TRIES)):
            try:
                leave_marker(self.platform, self.plan.release.ref, act, subject, detail=detail)
                return
            except ConflictError:
                if not tries_left:
                    raise
                self.platform.clock.sleep(MARKER_PAUSE_S)

    def side_job(self, what: str) -> JobIdentity:
        """The identity of a bounded job that helps this start: one of the green table's, so that a rollback
        finds it.
        """
        return replace(self.launch.identity, statement=f"{what}.{self.planned.table}")


def replay_topic(green: str) -> str:
    """The throw-away topic beside a green table."""
    return f"bluegreen.replay.{green}"
