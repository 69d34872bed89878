"""How a release went, for people and programs: phases with times and who, verdicts, what is kept."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from airflow_bluegreen.core.durations import in_words
from airflow_bluegreen.core.model import PhaseChange, ReleaseRecord


def history_json(record: ReleaseRecord) -> dict[str, Any]:
    """``{"release", "environment", "phase", "commit", "rewrite", "base", "by", "history": […], "verdicts":
    {…}, "tables", "connectors", "savepoints": {…}, "deleted": […]}``; times are UTC, ISO 8601.
    """
    return {
        "release": record.release,
        "environment": record.environment,
        "phase": record.phase.value,
        "commit": record.commit,
        "rewrite": record.rewrite_sha,
        "base": record.base_release,
        "by": actor_of(record),
        "updated_at": record.updated_at,
        "history": [
            {"phase": one.phase.value, "at": one.at, "by": one.by, "seconds": seconds}
            for one, seconds in _lasting(record)
        ],
        "verdicts": dict(record.verdicts),
        "tables": {planned.table: planned.green for planned in record.plan.tables},
        "connectors": [planned.name for planned in record.plan.connectors],
        "savepoints": dict(record.savepoints),
        "deleted": list(record.deleted),
    }


def history_lines(record: ReleaseRecord) -> list[str]:
    """The same for people, a line each."""
    by = actor_of(record)
    lines = [
        f"{record.release} in {record.environment}: {record.phase.replace('_', ' ')}, over "
        f"{record.base_release or 'nothing'}, commit {(record.rewrite_sha or record.commit)[:12]}"
        + (f", by {by}" if by else "")
    ]
    for one, seconds in _lasting(record):
        who = f" by {one.by}" if one.by and one.by != by else ""
        lasted = f" for {in_words(seconds)}" if seconds is not None else ""
        lines.append(f"  {one.at}  {one.phase.replace('_', ' ')}{lasted}{who}")
    if record.verdicts:
        told = ", ".join(f"{table} {verdict}" for table, verdict in sorted(record.verdicts.items()))
        lines.append(f"  compared: {told}")
    if record.deleted:
        lines.append(f"  deleted since: {', '.join(record.deleted)}")
    return lines


def actor_of(record: ReleaseRecord) -> str:
    """Who began the newest try of a release; empty where an older record does not say."""
    begun = [one for one in record.history if one.phase == "planned"]
    return begun[-1].by if begun else ""


def _lasting(record: ReleaseRecord) -> list[tuple[PhaseChange, float | None]]:
    """Each phase with how long it lasted, in seconds; None for the one that the release is in."""
    changes = record.history
    times = [datetime.fromisoformat(one.at) for one in changes]
    lasted = [(after - before).total_seconds() for before, after in pairwise(times)]
    return list(zip(changes, [*lasted, None][: len(changes)], strict=True))
