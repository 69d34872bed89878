"""The life of a release: which phase may follow which, and what the ledger's records say is live."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from airflow_bluegreen.core.model import (
    ConnectorMove,
    Marker,
    Phase,
    PhaseChange,
    Plan,
    ReleaseRecord,
    Surroundings,
)
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


def begin(
    plan: Plan,
    *,
    at: str,
    by: str = "",
    before: Surroundings | None = None,
    earlier: ReleaseRecord | None = None,
) -> ReleaseRecord:
    """The first record of a release, in phase PLANNED.

    :param at: UTC, ISO 8601.
    :param by: who or what begins it.
    :param before: what is there now.
    :param earlier: the record of an earlier try, whose history goes on.
    """
    history = earlier.history if earlier else ()
    old = (*earlier.leftovers, *earlier.savepoints.values(), *seeds(earlier)) if earlier else ()
    return ReleaseRecord(
        project=plan.project,
        environment=plan.environment,
        release=plan.release.ref,
        commit=plan.release.sha,
        base_release=plan.base_release,
        phase=Phase.PLANNED,
        plan=plan,
        updated_at=at,
        before=before,
        history=(*history, PhaseChange(phase=Phase.PLANNED, at=at, by=by)),
        leftovers=tuple(dict.fromkeys(old)),
    )


def advance(record: ReleaseRecord, phase: Phase, *, at: str, by: str = "", **changes: Any) -> ReleaseRecord:
    """The record in its next phase, with ``changes`` to its other fields; ``by`` moved it there.

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
    history = (*record.history, PhaseChange(phase=phase, at=at, by=by))
    return replace(record, phase=phase, updated_at=at, history=history, **changes)


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


ADOPT_MARKER = "adopt"
"""Left on the record of what ran before anything was released; subject: the ref that describes it."""


def adopted(plan: Plan, *, at: str, by: str = "") -> ReleaseRecord:
    """The record of what runs already, as a live release that has nothing to undo.

    :param plan: every table of the commit that describes it, as deployed.
    :param at: UTC, ISO 8601.
    """
    names = tuple(planned.table for planned in plan.tables)
    bare = replace(plan, tables=(), connectors=(), rewritten={}, untouched=names)
    record = mark(begin(bare, at=at, by=by), ADOPT_MARKER, plan.release.ref, at=at)
    history = (*record.history, PhaseChange(phase=Phase.LIVE, at=at, by=by))
    return replace(record, phase=Phase.LIVE, history=history)


def is_adopted(record: ReleaseRecord) -> bool:
    """Whether the record is that of what ran before anything was released."""
    return any(marker.act == ADOPT_MARKER for marker in record.markers)


START_MARKER = "start table"
"""Left before a green table starts otherwise than by rebuilding; subject: the job's name; detail:
``strategy``, and what that strategy needs to start at the same place, such as the ``savepoint`` of a seed.
"""


def seeds(record: ReleaseRecord) -> tuple[str, ...]:
    """The savepoints of running blue jobs that green tables were started from."""
    found = (one.detail.get("savepoint") for one in record.markers if one.act == START_MARKER)
    return tuple(dict.fromkeys(path for path in found if path))


CLEAN_MARKER = "delete retired"
"""Left on a release before what it retired is deleted; subject: the table or savepoint."""


def cleaned(record: ReleaseRecord) -> tuple[Marker, ...]:
    """The markers of what was deleted of blue: there is no way back from there."""
    return tuple(
        marker
        for marker in record.markers
        if marker.act == CLEAN_MARKER and marker.detail.get("kind") != "leftover"
    )


def live_since(record: ReleaseRecord) -> str:
    """When a live release became so, UTC, ISO 8601; its last change where an older record does not say."""
    return next((one.at for one in reversed(record.history) if one.phase is Phase.LIVE), record.updated_at)


def seconds_stopped(move: ConnectorMove) -> float | None:
    """How long a connector did not run; None for a new one, and for one that does not run yet."""
    if move.stopped_at is None or move.running_at is None:
        return None
    return (datetime.fromisoformat(move.running_at) - datetime.fromisoformat(move.stopped_at)).total_seconds()


def live_release(records: Iterable[ReleaseRecord]) -> ReleaseRecord | None:
    """The newest release that is LIVE; None before the first.

    One that is being rolled back, or was, does not count: the one before it is live again.
    """
    live = sorted((record for record in records if record.phase is Phase.LIVE), key=live_since)
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
