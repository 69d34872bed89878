"""A release as the ledger keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_bluegreen.core.model.outside import Offsets
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
class ReleaseRecord:
    """A release in one environment, as the ledger keeps it.

    ``physical`` are the live names once the release is live; ``rewrite_sha`` the commit of the rewritten SQL;
    ``connectors_before`` and ``savepoints`` (job name → path) are what a rollback brings back.
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
