"""The life of a release: which phase may follow which, and what the ledger's records say is live."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from airflow_bluegreen.core.model import Marker, Phase, Plan, ReleaseRecord
from airflow_bluegreen.exceptions import RefusedError

MOVES: Mapping[Phase, frozenset[Phase]] = MappingProxyType(
    {
        Phase.PLANNED: frozenset({Phase.DEPLOYING, Phase.ROLLING_BACK}),
        Phase.DEPLOYING: frozenset({Phase.COMPARED, Phase.ROLLING_BACK}),
        Phase.COMPARED: frozenset({Phase.CUTTING_OVER, Phase.ROLLING_BACK}),
        Phase.CUTTING_OVER: frozenset({Phase.CUT_OVER, Phase.ROLLING_BACK}),
        Phase.CUT_OVER: frozenset({Phase.RETIRING, Phase.ROLLING_BACK}),
        Phase.RETIRING: frozenset({Phase.LIVE, Phase.ROLLING_BACK}),
        # Blue's savepoints are kept for the rollback window, so a live release can still go back.
        Phase.LIVE: frozenset({Phase.ROLLING_BACK}),
        Phase.ROLLING_BACK: frozenset({Phase.ROLLED_BACK}),
        Phase.ROLLED_BACK: frozenset(),
    }
)
"""Phase → the phases that may follow it. Entering the phase a release is in already is always legal."""

_ENDED = frozenset({Phase.LIVE, Phase.ROLLED_BACK})


def begin(plan: Plan, *, at: str) -> ReleaseRecord:
    """The first record of a release, in phase PLANNED; ``at`` is UTC, ISO 8601."""
    return ReleaseRecord(
        project=plan.project,
        environment=plan.environment,
        release=plan.release.ref,
        commit=plan.release.sha,
        base_release=plan.base_release,
        phase=Phase.PLANNED,
        plan=plan,
        updated_at=at,
    )


def advance(record: ReleaseRecord, phase: Phase, *, at: str, **changes: Any) -> ReleaseRecord:
    """The record in its next phase, with ``changes`` to its other fields.

    Entering the phase it is in already, without changes, gives the same record: a task that runs again must
    not make an old release look like the newest one. Raises RefusedError when the move is illegal.
    """
    if phase is record.phase:
        return replace(record, updated_at=at, **changes) if changes else record
    allowed = MOVES[record.phase]
    if phase not in allowed:
        raise RefusedError(
            f"release {record.release} in {record.environment} is {record.phase} and cannot become {phase}",
            remedy=_remedy(record, allowed),
        )
    return replace(record, phase=phase, updated_at=at, **changes)


def mark(
    record: ReleaseRecord, act: str, subject: str, *, at: str, detail: Mapping[str, str] | None = None
) -> ReleaseRecord:
    """The record with a marker for an act that is about to be done to ``subject``.

    A marker that says the same already is not repeated, so that a retried act leaves one trace.
    """
    known = dict(detail or {})
    for marker in record.markers:
        if (marker.act, marker.subject, dict(marker.detail)) == (act, subject, known):
            return record
    marker = Marker(act=act, subject=subject, at=at, detail=known)
    return replace(record, markers=(*record.markers, marker), updated_at=at)


def live_release(records: Iterable[ReleaseRecord]) -> ReleaseRecord | None:
    """The newest release that is LIVE; None before the first.

    One that is being rolled back, or was, does not count: the one before it is live again.
    """
    live = sorted(
        (record for record in records if record.phase is Phase.LIVE), key=lambda one: one.updated_at
    )
    return live[-1] if live else None


def in_progress(records: Iterable[ReleaseRecord]) -> ReleaseRecord | None:
    """The release that is neither live nor rolled back, the newest of several; None when all ended."""
    started = sorted((one for one in records if one.phase not in _ENDED), key=lambda one: one.updated_at)
    return started[-1] if started else None


def live_names(records: Iterable[ReleaseRecord]) -> Mapping[str, str]:
    """Logical → physical name of every table of the live release; empty before the first."""
    live = live_release(records)
    return dict(live.plan.physical) if live else {}


def _remedy(record: ReleaseRecord, allowed: frozenset[Phase]) -> str:
    if not allowed:
        return f"It has ended; plan {record.release} again to deploy it once more"
    return f"From here it may become {' or '.join(sorted(allowed))}"
