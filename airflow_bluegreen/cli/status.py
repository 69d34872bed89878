"""The releases of an environment, what of the newest one runs, and what differs from what is meant."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from airflow_bluegreen.actions.drift import Reality
from airflow_bluegreen.actions.horizon import rollback_horizon
from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.core.history import actor_of
from airflow_bluegreen.core.lifecycle import live_release
from airflow_bluegreen.core.model import Profile, ReleaseRecord
from airflow_bluegreen.ports import ConnectorReader, JobReader, Platform


def status_json(
    platform: Platform, records: Sequence[ReleaseRecord], reality: Reality, profile: Profile
) -> dict[str, Any]:
    """What runs, and ``"drift": [{"kind", "subject", "what", "remedy"}]``, ``"unknown"`` (what could not be
    compared, empty where all was), ``"rollback": {"release", "open", "until", "because", "notes"}`` of the
    live release, None before the first.
    """
    live = reality.live
    horizon = rollback_horizon(platform, live, profile) if live else None
    return {
        **_running(platform, records),
        "rollback": {
            "release": live.release,
            "open": horizon.open,
            "until": horizon.until,
            "because": horizon.because,
            "notes": list(horizon.notes),
        }
        if live and horizon
        else None,
        "drift": [
            {"kind": one.kind.value, "subject": one.subject, "what": one.what, "remedy": one.remedy}
            for one in reality.drift
        ],
        "unknown": reality.unknown,
    }


def status_lines(platform: Platform, reality: Reality, profile: Profile) -> Iterator[str]:
    """The way back of the live release, and what differs from it, each with its remedy."""
    if reality.live is None:
        return
    yield f"{reality.live.release}: {rollback_horizon(platform, reality.live, profile)}"
    for one in reality.drift:
        yield f"drift: {one.what}. {one.remedy}"
    if reality.unknown:
        yield f"not known: {reality.unknown}"
    elif not reality.drift:
        yield f"what runs is what {reality.live.release} says"


def _running(platform: Platform, records: Sequence[ReleaseRecord]) -> dict[str, Any]:
    """``{"live", "releases": [{"release", "phase", "commit", …}], "tables": […], "connectors": […]}``.

    Tables and connectors are those of the newest release.
    """
    live = live_release(records)
    newest = records[-1] if records else None
    return {
        "live": live.release if live else None,
        "releases": [_release(record) for record in records],
        "tables": _tables(platform.jobs, newest) if newest else [],
        "connectors": _connectors(platform.connectors, newest) if newest else [],
    }


def status_table(platform: Platform, records: Sequence[ReleaseRecord]) -> tuple[Table, ...]:
    """The same for people."""
    status = _running(platform, records)
    releases = Table("Release", "Phase", "Commit", "Base", "By", "Changed", title_justify="left")
    for one in status["releases"]:
        phase = f"{one['phase']} (serving)" if one["release"] == status["live"] else one["phase"]
        releases.add_row(
            one["release"], phase, one["commit"][:12], one["base"] or "–", one["by"] or "–", one["updated_at"]
        )
    tables = Table(
        "Table", "Blue", "Green", "Blue's jobs", "Green's jobs", title=f"Tables of {records[-1].release}"
    )
    for one in status["tables"]:
        tables.add_row(
            one["table"],
            one["blue"] or "–",
            one["green"] or "–",
            _jobs(one["blue_jobs"]),
            _jobs(one["green_jobs"]),
        )
    connectors = Table("Connector", "State", "Reads", title="Its connectors")
    for one in status["connectors"]:
        connectors.add_row(one["connector"], one["state"], one["topics"])
    return (releases, tables, connectors)


def _release(record: ReleaseRecord) -> dict[str, Any]:
    return {
        "release": record.release,
        "phase": record.phase.value,
        "commit": record.commit,
        "rewrite": record.rewrite_sha,
        "base": record.base_release,
        "by": actor_of(record),
        "updated_at": record.updated_at,
    }


def _tables(reader: JobReader, record: ReleaseRecord) -> list[dict[str, Any]]:
    jobs = reader.jobs()

    def filling(physical: str | None) -> list[dict[str, str]]:
        found = jobs_filling(jobs, record.environment, physical) if physical else ()
        return [{"job_id": job.job_id, "name": job.name, "status": job.status} for job in found]

    return [
        {
            "table": planned.table,
            "blue": planned.blue,
            "green": planned.green,
            "trigger": planned.trigger.value,
            "blue_jobs": filling(planned.blue),
            "green_jobs": filling(planned.green),
        }
        for planned in record.plan.tables
    ]


def _connectors(reader: ConnectorReader, record: ReleaseRecord) -> list[dict[str, str]]:
    found = ((planned.name, reader.connector(planned.name)) for planned in record.plan.connectors)
    return [
        {
            "connector": name,
            "state": state.state if state else "absent",
            "topics": (state.config or {}).get("topics", "") if state else "",
        }
        for name, state in found
    ]


def _jobs(jobs: Sequence[dict[str, str]]) -> str:
    return ", ".join(f"{job['name']} {job['status']}" for job in jobs) or "–"
