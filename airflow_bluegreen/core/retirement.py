"""What retired versions have left behind, and which of it may be deleted for good."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from airflow_bluegreen.core.lifecycle import in_progress, is_adopted, live_release, live_since, seeds
from airflow_bluegreen.core.model import Phase, Plan, ReleaseRecord


class LeftoverKind(StrEnum):
    """TABLE: a topic with its subjects and consumer groups. SAVEPOINT: of a stopped blue job. LEFTOVER: a
    savepoint that nothing can need: of an earlier try of its release, or one that green was started from.
    """

    TABLE = "table"
    SAVEPOINT = "savepoint"
    LEFTOVER = "leftover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something of a retired version: ``name`` is a physical table or a savepoint's path.

    :param release: the release that retired it.
    :param until: when its rollback window ends, UTC, ISO 8601.
    :param kept: why it must stay for now; empty for what may be deleted.
    """

    kind: LeftoverKind
    name: str
    release: str
    until: str
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftoverList:
    """What was listed, to be handed on."""

    items: tuple[Leftover, ...]


def leftovers(records: Sequence[ReleaseRecord], *, now: datetime, window: timedelta) -> tuple[Leftover, ...]:
    """Everything that retired versions left and that is not deleted yet, oldest first; tables come before
    savepoints, so that a rollback of what is half deleted is refused.

    :param now: with its time zone.
    :param window: how long a retired version is kept.
    """
    used, ours = _in_use(records), _ours(records)
    found: list[Leftover] = []
    for record in sorted(records, key=_ended_at):
        end = datetime.fromisoformat(_ended_at(record)) + window
        for kind, name in _left_by(record):
            if name in record.deleted:
                continue
            kept = used.get(name, "") if kind is LeftoverKind.TABLE else ""
            if not kept and kind is LeftoverKind.TABLE and name not in ours:
                kept = "it was neither deployed nor adopted with this tool"
            if not kept and now < end:
                kept = "the rollback window is open"
            found.append(
                Leftover(
                    kind=kind,
                    name=name,
                    release=record.release,
                    until=end.isoformat(timespec="seconds"),
                    kept=kept,
                )
            )
    order = list(LeftoverKind)
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))


def retired_tables(plan: Plan) -> tuple[str, ...]:
    """The physical tables that a release takes out of service: replaced, removed, or freed."""
    replaced = (planned.blue for planned in plan.tables if planned.blue and planned.blue not in plan.kept)
    return (*replaced, *plan.freed)


def _ended_at(record: ReleaseRecord) -> str:
    return live_since(record) if record.phase is Phase.LIVE else record.updated_at


def _left_by(record: ReleaseRecord) -> Iterator[tuple[LeftoverKind, str]]:
    if record.phase is Phase.LIVE:
        yield from ((LeftoverKind.TABLE, name) for name in retired_tables(record.plan))
        yield from ((LeftoverKind.SAVEPOINT, path) for path in record.savepoints.values())
        # Green's own checkpoints stand for it by now.
        yield from ((LeftoverKind.LEFTOVER, path) for path in seeds(record))
    elif record.phase is Phase.ROLLED_BACK:
        yield from ((LeftoverKind.LEFTOVER, path) for path in record.savepoints.values())
    yield from ((LeftoverKind.LEFTOVER, path) for path in record.leftovers)


def _ours(records: Iterable[ReleaseRecord]) -> frozenset[str]:
    """The physical tables that a release brought up, or that were adopted."""
    found: set[str] = set()
    for record in records:
        found |= {planned.green for planned in record.plan.tables if planned.green}
        if is_adopted(record):
            found |= set(record.plan.physical.values())
    return frozenset(found)


def _in_use(records: Iterable[ReleaseRecord]) -> Mapping[str, str]:
    """Physical table → why nobody may delete it."""
    known = tuple(records)
    found: dict[str, str] = {}
    live, running = live_release(known), in_progress(known)
    if running is not None:
        plan = running.plan
        blue = (planned.blue for planned in plan.tables if planned.blue)
        for name in (*plan.physical.values(), *blue, *plan.kept, *plan.freed):
            found[name] = f"release {running.release} is in progress with it"
    if live is not None:
        for pinned in live.plan.pinned:
            found |= dict.fromkeys(pinned.reads.values(), f"{pinned.physical} reads it")
        found |= dict.fromkeys(live.plan.kept, "it is kept for tables that read it")
        found |= dict.fromkeys(live.plan.physical.values(), "it is live")
    return found
