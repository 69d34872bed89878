"""A release as the ledger keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_bluegreen.core.model.outside import Job, Offsets
from airflow_bluegreen.core.model.plan import Plan


class Phase(StrEnum):
    """Where a release stands; the legal moves are in :mod:`airflow_bluegreen.core.lifecycle`."""

    PLANNED = "planned"
    DEPLOYING = "deploying"
    COMPARED = "compared"
    CUTTING_OVER = "cutting_over"
    CUT_OVER = "cut_over"
    RETIRING = "retiring"
    LIVE = "live"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Written to the ledger before an act that cannot be undone by forgetting it; ``at`` is UTC, ISO 8601."""

    act: str
    subject: str
    at: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """A connector as it is now.

    ``offsets`` maps (topic, partition) to the next offset that it reads; ``config`` is None where it is
    absent.
    """

    name: str
    config: Mapping[str, str] | None
    offsets: Offsets = field(default_factory=dict)
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChange:
    """A phase that a release entered: when (UTC, ISO 8601), and who or what moved it there."""

    phase: Phase
    at: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What was there when a release began, of all that the release may change or leave alone.

    ``jobs`` are those that fill the project's tables, ``topics`` and ``subjects`` those of blue tables,
    ``connectors`` those of the plan.
    """

    jobs: tuple[Job, ...] = ()
    topics: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    connectors: tuple[ConnectorState, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What blue was when the release was checked: it must be the same when it is replaced.

    ``jobs`` maps each blue table to the ids of its jobs; ``connectors`` maps each connector that the release
    changes to its settings, each with a digest of its value (a value may be a secret).
    """

    jobs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    connectors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorMove:
    """How far a connector has come on its way to green; times are UTC, ISO 8601.

    ``stopped_at``: when it was stopped, None for one that is created. ``offsets``: where it was told to go
    on, None until it was; from then on it may have delivered, so they are never set a second time.
    ``running_at``: when it ran again, None until it does.
    """

    name: str
    stopped_at: str | None = None
    offsets: Offsets | None = None
    running_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """A release in one environment, as the ledger keeps it.

    ``rewrite_sha`` is the commit of the rewritten SQL; ``connectors_before``, ``savepoints`` (job name →
    path) and ``before`` are what a rollback brings back. ``positions`` (job name → offsets) is how far a
    stopped job had read. ``history`` and ``verdicts`` (logical table → verdict, as
    people read it) tell how it went;
    ``subjects`` are those that its tables had when it went live.
    ``leftovers`` are savepoints of an earlier try of the release, which nothing needs any more; ``deleted``
    are the retired tables and savepoints that were deleted for good.

    ``requirements`` are None until the release was checked; ``connector_moves`` tell how far each is.

    What was added later has a default: a ledger keeps the records of older versions.
    """

    project: str
    environment: str
    release: str
    commit: str
    base_release: str | None
    phase: Phase
    plan: Plan
    updated_at: str
    rewrite_sha: str | None = None
    markers: tuple[Marker, ...] = ()
    connectors_before: tuple[ConnectorState, ...] = ()
    savepoints: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[str, Offsets] = field(default_factory=dict)
    before: Surroundings | None = None
    history: tuple[PhaseChange, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    requirements: Requirements | None = None
    connector_moves: tuple[ConnectorMove, ...] = ()
