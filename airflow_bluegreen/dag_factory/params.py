"""The form of a manual run: what may be asked for, what is proposed, and what is refused in the form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.sdk import Param

from airflow_bluegreen.core.branching import version_order
from airflow_bluegreen.core.durations import PATTERN as DURATION
from airflow_bluegreen.core.model import Start
from airflow_bluegreen.snapshot import Snapshot, read_snapshot

REF_PATTERN = r"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/+-]*$"
"""What a tag, branch or commit may look like when a person types it."""

_TABLE = r"[A-Za-z0-9_][A-Za-z0-9_.$-]*"
_TABLE_PATTERN = rf"^{_TABLE}$"
_START_PATTERN = rf"^{_TABLE}=({'|'.join(Start)})$"

_MORE = "Further settings"
_HEAD = "HEAD"


def release_params(
    default_release: str = "", auto_approve: bool = False, *, snapshot: str | Path | None = None
) -> dict[str, Any]:
    """The params that :func:`release_task_group` reads, for a DAG of your own.

    :param default_release: tag or branch that a run releases that is not told another; empty: the newest.
    :param auto_approve: what a run does that does not say otherwise.
    :param snapshot: the file whose releases and tables are proposed; None to propose nothing.
    :raises ConfigurationError: the file is not a snapshot.
    """
    known = read_snapshot(Path(snapshot)) if snapshot else None
    return {
        "release": Param(
            default_release or None,
            type=["null", "string"],
            **_ref(known),
            title="Release",
            description="Tag or branch to release; empty for the newest release tag that is not live",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Show plan, preflight and rewritten SQL in the report and in the log of plan; "
            "change nothing",
        ),
        "auto_approve": Param(
            auto_approve,
            type="boolean",
            title="Approve without asking",
            description="A warning or a failure of the comparison is shown to a person all the same",
        ),
        "base": Param(
            None,
            type=["null", "string"],
            **_ref(known),
            title="Base",
            description="Compare with this tag or branch; empty for what is live",
            section=_MORE,
        ),
        "tables": Param([], **_tables(known), title="Further tables", section=_MORE),
        **_how(),
    }


def asked_release(known: Snapshot | None) -> Param:
    """The release that is to be taken back; it must be given."""
    return Param(
        type="string",
        **_ref(known),
        title="Release",
        description="The release to take back, as it was given when it was released",
    )


def _how() -> Mapping[str, Param]:
    return {
        "start": Param(
            [],
            type="array",
            items={"type": "string", "pattern": _START_PATTERN},
            title="Starts",
            description="How single tables come by their history, instead of as bluegreen.yaml says: "
            f"TABLE=STRATEGY a line, a strategy being {', '.join(Start)}",
            section=_MORE,
        ),
        "observation": Param(
            None,
            type=["null", "string"],
            pattern=DURATION,
            title="Observation",
            description="How long green is watched before blue is retired (10m); empty for the project's",
            section=_MORE,
        ),
        "ignore_window": Param(
            False,
            type="boolean",
            title="Ignore the release window",
            description="Cut over as soon as it is approved, although the window is closed",
            section=_MORE,
        ),
    }


def _ref(known: Snapshot | None) -> dict[str, Any]:
    """A ref as a person types it; the releases of the snapshot are proposed, the newest first."""
    refs = [ref for ref in (known.refs if known else {}) if ref != _HEAD]
    proposed = sorted(refs, key=version_order, reverse=True)
    return {"pattern": REF_PATTERN, "maxLength": 200, **({"examples": proposed} if proposed else {})}


def _tables(known: Snapshot | None) -> dict[str, Any]:
    """A list of tables, to choose from those of the snapshot where there is one."""
    told = "Tables to renew although nothing of them changed"
    schema: dict[str, Any] = {"type": "array", "items": {"type": "string", "pattern": _TABLE_PATTERN}}
    if known is None or not known.tables:
        return {**schema, "description": f"{told}, a name a line"}
    labels = {
        name: f"{name} ({', '.join(filter(None, (table.kind, table.product)))})"
        for name, table in known.tables.items()
        if table.kind or table.product
    }
    return {
        **schema,
        "description": told,
        "examples": sorted(known.tables),
        **({"values_display": labels} if labels else {}),
    }
