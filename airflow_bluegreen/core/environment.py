"""What an environment is like: what is live and since when, what differs, what is kept, the way back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airflow_bluegreen.core.drift import Drift
from airflow_bluegreen.core.history import actor_of
from airflow_bluegreen.core.lifecycle import in_progress, is_adopted, live_release, live_since
from airflow_bluegreen.core.model import Phase, ReleaseRecord
from airflow_bluegreen.core.retirement import Leftover, leftovers
from airflow_bluegreen.core.versioning import version_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTable:
    """A table that is live: at which version, since which release, and since when (UTC, ISO 8601).

    Release and time are empty where the ledger does not know them.
    """

    table: str
    physical: str
    version: int
    release: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedReader:
    """A live table that goes on reading older versions, and why the change cannot reach it."""

    physical: str
    reads: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRelease:
    """A release of the ledger: where it stands, since when, and who began it."""

    release: str
    phase: Phase
    since: str
    by: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """Whether the live release can be taken back; ``told`` says until when and why."""

    open: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentState:
    """An environment at one moment.

    :param seen_at: that moment, UTC, ISO 8601.
    :param live: the live release; None before the first.
    :param running: the release that is in progress.
    :param drift: what differs from what is meant; None where it could not be told at all.
    :param trouble: why nothing, or not all, could be told; empty where all was.
    :param releases: the newest first.
    """

    project: str
    environment: str
    seen_at: str
    live: KnownRelease | None
    running: KnownRelease | None
    tables: tuple[LiveTable, ...]
    pinned: tuple[PinnedReader, ...]
    kept: tuple[Leftover, ...]
    releases: tuple[KnownRelease, ...]
    drift: tuple[Drift, ...] | None = None
    trouble: str = ""
    way_back: WayBack | None = None


def environment_state(
    records: Sequence[ReleaseRecord], *, project: str, environment: str, now: datetime, window: timedelta
) -> EnvironmentState:
    """The state as the ledger has it, without a look at what runs.

    :param now: with its time zone.
    :param window: how long a retired version is kept.
    """
    live, running = live_release(records), in_progress(records)
    return EnvironmentState(
        project=project,
        environment=environment,
        seen_at=now.isoformat(timespec="seconds"),
        live=_known(live) if live else None,
        running=_known(running) if running else None,
        tables=tuple(_tables(live, records)) if live else (),
        pinned=tuple(
            PinnedReader(physical=one.physical, reads=tuple(sorted(one.reads.values())), because=one.because)
            for one in (live.plan.pinned if live else ())
        ),
        kept=leftovers(records, now=now, window=window),
        releases=tuple(_known(one) for one in sorted(records, key=_moved_at, reverse=True)),
    )


def _tables(live: ReleaseRecord, records: Sequence[ReleaseRecord]) -> Iterator[LiveTable]:
    brought = {
        planned.green: record
        for record in sorted(records, key=_moved_at)
        if record.phase is Phase.LIVE
        for planned in record.plan.tables
    }
    adopted = next((one for one in records if is_adopted(one)), None)
    for table, physical in sorted(live.plan.physical.items()):
        record = brought.get(physical) or adopted
        yield LiveTable(
            table=table,
            physical=physical,
            version=version_of(physical),
            release=record.release if record else "",
            since=live_since(record) if record else "",
        )


def _known(record: ReleaseRecord) -> KnownRelease:
    return KnownRelease(
        release=record.release,
        phase=record.phase,
        since=_moved_at(record),
        by=actor_of(record),
        commit=record.rewrite_sha or record.commit,
    )


def _moved_at(record: ReleaseRecord) -> str:
    """When a release entered the phase that it is in."""
    return record.history[-1].at if record.history else record.updated_at
