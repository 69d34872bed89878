"""Reading and writing the ledger: one writer at a time, a marker before each act that cannot be forgotten."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from airflow_bluegreen.actions.surroundings import look_around
from airflow_bluegreen.core.lifecycle import advance, begin, in_progress, live_release, mark
from airflow_bluegreen.core.model import Phase, Plan, ReleaseRecord, TableComparison
from airflow_bluegreen.exceptions import BusyError, ConflictError, RefusedError, RequirementError
from airflow_bluegreen.ports import Clock, Narrator, Platform

_UNDONE = frozenset({Phase.ROLLING_BACK, Phase.ROLLED_BACK})


def open_release(platform: Platform, plan: Plan, say: Narrator) -> ReleaseRecord:
    """Begin the release in the ledger, or continue it where it stands.

    A release that is live already and has nothing left to do is returned as it is. Raises BusyError when
    another release is in progress in the environment, ConflictError when the tag moved since this one was
    begun, RequirementError when another release went live since the plan was made.
    """
    records = platform.releases.records()
    release = plan.release.ref
    known = next((record for record in records if record.release == release), None)
    running = in_progress(records)
    if running is not None and running.release != release:
        raise busy(running)
    if known is not None and running is not None:
        return _continued(known, plan, say)
    if known is not None and known.phase is Phase.LIVE and not plan.tables and not plan.connectors:
        say(f"release {release} is live in {plan.environment} already, nothing to do")
        return known
    live = live_release(records)
    if live is not None and plan.base_release != live.release:
        raise RequirementError(
            f"release {release} was planned on {plan.base_release or 'nothing'}, but {live.release} is live",
            remedy="Plan it again",
        )
    record = begin(
        plan,
        at=now(platform.clock),
        by=platform.actor,
        before=look_around(platform, plan),
        earlier=known,
    )
    platform.releases.save(record, expected=known)
    base = plan.base_release or "nothing"
    say(f"release {release} begun in {plan.environment}: {len(plan.tables)} tables on {base}")
    return record


def busy(ahead: ReleaseRecord) -> BusyError:
    """The refusal of a release while another one is in progress."""
    return BusyError(
        f"release {ahead.release} is {ahead.phase} in {ahead.environment}, one release at a time",
        remedy=f"Finish it, or undo it (bluegreen roll-back --release {ahead.release})",
    )


def _continued(known: ReleaseRecord, plan: Plan, say: Narrator) -> ReleaseRecord:
    if known.commit != plan.release.sha:
        raise moved_error(known, plan.release.sha)
    if known.phase is Phase.ROLLING_BACK:
        raise RefusedError(
            f"release {known.release} is being rolled back",
            remedy=f"Let it end (bluegreen roll-back --release {known.release}), then release it again",
        )
    say(f"release {known.release} continues where it is: {known.phase}")
    return known


def moved_error(known: ReleaseRecord, sha: str) -> ConflictError:
    """The refusal for a ref that points elsewhere than when its release was begun."""
    return ConflictError(
        f"{known.release} was {known.commit[:12]} when its release was begun and is {sha[:12]} now",
        remedy=f"Roll it back (bluegreen roll-back --release {known.release}) and release it again",
    )


def find(platform: Platform, release: str) -> ReleaseRecord | None:
    """The ledger's record of a release, None where it was never begun."""
    return next((record for record in platform.releases.records() if record.release == release), None)


def current(platform: Platform, release: str) -> ReleaseRecord:
    """The ledger's record of a release. Raises RefusedError where it was never begun."""
    records = platform.releases.records()
    for record in records:
        if record.release == release:
            return record
    names = ", ".join(record.release for record in records) or "none"
    raise RefusedError(
        f"the ledger knows no release {release}", remedy=f"Releases of this environment: {names}"
    )


def advance_to(platform: Platform, release: str, phase: Phase, **changes: Any) -> ReleaseRecord:
    """Move the release to a phase, with changes to other fields of its record; no write when nothing changes.

    Raises RefusedError when the move is illegal, ConflictError when another writer was here.
    """
    record = current(platform, release)
    return _saved(
        platform, record, advance(record, phase, at=now(platform.clock), by=platform.actor, **changes)
    )


def note_compared(platform: Platform, release: str, comparisons: Iterable[TableComparison]) -> None:
    """Write down how blue and green compare; the release is COMPARED then, if it was not further already."""
    verdicts = {one.table: one.told for one in comparisons}
    if current(platform, release).phase is Phase.DEPLOYING:
        advance_to(platform, release, Phase.COMPARED, verdicts=verdicts)


def leave_marker(
    platform: Platform, release: str, act: str, subject: str, *, detail: Mapping[str, str] | None = None
) -> ReleaseRecord:
    """Write down what is about to be done, before it is done."""
    record = current(platform, release)
    return _saved(platform, record, mark(record, act, subject, at=now(platform.clock), detail=detail))


def annotate(
    platform: Platform, release: str, act: str, subject: str, *, detail: Mapping[str, str] | None = None
) -> ReleaseRecord:
    """Like :func:`leave_marker`, on a release that has ended: it does not count as its newest change."""
    record = current(platform, release)
    marked = mark(record, act, subject, at=now(platform.clock), detail=detail)
    return _saved(platform, record, replace(marked, updated_at=record.updated_at))


def change(platform: Platform, release: str, **changes: Any) -> ReleaseRecord:
    """Change fields of the record within its phase; no write when nothing changes."""
    record = current(platform, release)
    changed = replace(record, **changes)
    if changed == record:
        return record
    return _saved(platform, record, replace(changed, updated_at=now(platform.clock)))


def refuse_if_undone(platform: Platform, release: str) -> None:
    """Raises RefusedError when the release was rolled back: a late retry must not bring green up again."""
    record = find(platform, release)
    if record is not None and record.phase in _UNDONE:
        raise RefusedError(
            f"release {release} is {record.phase.replace('_', ' ')}", remedy="Release it again from the start"
        )


def now(clock: Clock) -> str:
    """The clock's time in UTC, ISO 8601."""
    return datetime.fromtimestamp(clock.now(), tz=UTC).isoformat(timespec="milliseconds")


def _saved(platform: Platform, before: ReleaseRecord, after: ReleaseRecord) -> ReleaseRecord:
    if after != before:
        platform.releases.save(after, expected=before)
    return after
