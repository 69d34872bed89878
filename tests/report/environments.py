"""Environments as somebody at night sees them: all well, drifted, in the middle of a release, hostile."""

from dataclasses import replace

from airflow_bluegreen.core.drift import Drift, DriftKind
from airflow_bluegreen.core.environment import (
    EnvironmentState,
    KnownRelease,
    LiveTable,
    PinnedReader,
    WayBack,
)
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.core.retirement import Leftover, LeftoverKind
from tests.report.samples import HOSTILE

_LIVE = KnownRelease(
    release="v1.0.1",
    phase=Phase.LIVE,
    since="2026-01-10T09:00:00+00:00",
    by="ada (Airflow)",
    commit="0123456789abcdef",
)
_BEFORE = replace(_LIVE, release="v1.0.0", since="2026-01-01T09:00:00+00:00")


def well() -> EnvironmentState:
    """What runs is what v1.0.1 says."""
    tables = (("int_1", 1), ("int_3", 2), ("fact_2", 2), ("view32", 1))
    return EnvironmentState(
        project="retail",
        environment="production",
        seen_at="2026-01-12T08:00:00+00:00",
        live=_LIVE,
        running=None,
        tables=tuple(
            LiveTable(
                table=table,
                physical=table if version == 1 else f"{table}_v{version}",
                version=version,
                release="v1.0.0" if table == "int_1" else "v1.0.1",
                since="2026-01-10T09:00:00+00:00",
            )
            for table, version in tables
        ),
        pinned=(
            PinnedReader(physical="fact_1", reads=("int_2",), because="it reads no column that changes"),
        ),
        kept=(
            Leftover(
                kind=LeftoverKind.TABLE,
                name="int_3",
                release="v1.0.1",
                until="2026-01-17T09:00:00+00:00",
                kept="the rollback window is open",
            ),
            Leftover(
                kind=LeftoverKind.SAVEPOINT,
                name="file:///savepoints/savepoint-1",
                release="v1.0.1",
                until="2026-01-11T09:00:00+00:00",
            ),
        ),
        releases=(_LIVE, _BEFORE),
        drift=(),
        way_back=WayBack(open=True, told="a rollback is safe until 2026-01-17 (then its window ends)"),
    )


def drifted() -> EnvironmentState:
    """A job is gone."""
    drift = Drift(kind=DriftKind.JOB_MISSING, subject="dml.int_3", what="dml.int_3_v2 runs 0 times")
    return replace(well(), drift=(drift,))


def in_progress() -> EnvironmentState:
    """v1.0.2 is being deployed."""
    running = replace(_LIVE, release="v1.0.2", phase=Phase.DEPLOYING, since="2026-01-12T07:50:00+00:00")
    return replace(well(), running=running, releases=(running, _LIVE, _BEFORE))


def unknown() -> EnvironmentState:
    """Flink is away."""
    return replace(well(), drift=None, trouble="http://flink:8081 does not answer", way_back=None)


def partly_known() -> EnvironmentState:
    """The lake is away; the rest is well."""
    return replace(well(), trouble="names in the lake are not known: the lake does not answer")


def empty() -> EnvironmentState:
    """Nothing was ever released."""
    nothing = replace(well(), live=None, tables=(), pinned=(), kept=(), releases=(), way_back=None)
    return replace(nothing, drift=())


def hostile() -> EnvironmentState:
    """Every text is an attack."""
    live = replace(_LIVE, release=HOSTILE, by=HOSTILE, commit=HOSTILE, since=HOSTILE)
    table = LiveTable(table=HOSTILE, physical=HOSTILE, version=1, release=HOSTILE, since=HOSTILE)
    kept = Leftover(
        kind=LeftoverKind.TABLE,
        name=HOSTILE,
        release=HOSTILE,
        until="2026-01-17T09:00:00+00:00",
        kept=HOSTILE,
    )
    return EnvironmentState(
        project=HOSTILE,
        environment=HOSTILE,
        seen_at="2026-01-12T08:00:00+00:00",
        live=live,
        running=None,
        tables=(table,),
        pinned=(PinnedReader(physical=HOSTILE, reads=(HOSTILE,), because=HOSTILE),),
        kept=(kept,),
        releases=(live,),
        drift=(Drift(kind=DriftKind.JOB_MISSING, subject=HOSTILE, what=HOSTILE),),
        trouble=HOSTILE,
        way_back=WayBack(open=True, told=HOSTILE),
    )
