"""The plan as JSON for programs: records of its own, from which the published schema is generated.

Inside, a plan may change its shape with each version; what stands here only ever grows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.explain import statement_names
from airflow_bluegreen.core.model import (
    Commit,
    ConnectorAction,
    Plan,
    PlannedTable,
    ReleaseCost,
    Start,
    Trigger,
)

SCHEMA_TITLE = "Execution plan of airflow-bluegreen"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCommit:
    """What was written and the commit that it stands for; ``sha`` is empty for files without git."""

    ref: str
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDifference:
    """What may differ from blue: columns by name, and whether other rows may come out."""

    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    rows_may_change: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTable:
    """A table of the release.

    ``blue`` is null for a new table and ``green`` for a removed one. ``path`` leads from the table that is
    the cause to this one, with "…" in place of the middle of a long way. ``filled_with`` are the tables with
    which statement sets are deployed that fill this one too. ``start`` is what the project asks for its
    history.
    """

    table: str
    kind: str
    blue: str | None
    green: str | None
    statement: str | None
    statements: tuple[str, ...]
    filled_with: tuple[str, ...]
    trigger: Trigger
    path: tuple[str, ...]
    parents: tuple[str, ...]
    inputs: tuple[str, ...]
    expected: PublishedDifference
    start: Start


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedConnector:
    """A sink connector of the release: the topics it reads before and after."""

    name: str
    action: ConnectorAction
    blue_topics: tuple[str, ...]
    green_topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPin:
    """A table that stays with blue: the blue name of each impacted table that it goes on reading."""

    table: str
    physical: str
    reads: Mapping[str, str]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTableCost:
    """How a table starts, why, and what that costs; null where nobody can tell.

    ``refused`` says why it cannot start as the project asks: the release is refused then. ``records`` are
    input records to read again, ``copied`` rows of blue's to copy, ``seconds`` the time that blue, as fast as
    it was measured, would take for the records.
    """

    table: str
    start: Start
    why: str
    refused: str | None
    records: int | None
    copied: int
    state_bytes: int | None
    slots: int | None
    seconds: float | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCost:
    """What the release costs, as the environment's servers told it when the plan was shown.

    ``records_spared`` and ``state_spared`` are shares (0 to 1) of ``all_records`` and ``all_state_bytes``,
    which bringing up every table beside itself would read and build. ``kept`` of the running ``statements``
    go on running.
    """

    tables: tuple[PublishedTableCost, ...]
    kept: int
    statements: int
    records: int
    all_records: int
    records_spared: float
    state_bytes: int
    all_state_bytes: int
    state_spared: float
    slots: int
    free_slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPlan:
    """What a release does, table by table, parents before children.

    ``untouched`` are logical names; ``physical`` maps each logical name to the one it has afterwards;
    ``rewritten`` are paths of files; ``kept`` are blue tables whose jobs go on running for pinned ones
    and ``freed`` those that did so far; ``cost`` is null where no environment was asked.
    """

    project: str
    environment: str
    release: PublishedCommit
    base: PublishedCommit | None
    base_release: str | None
    tables: tuple[PublishedTable, ...]
    connectors: tuple[PublishedConnector, ...]
    untouched: tuple[str, ...]
    pinned: tuple[PublishedPin, ...]
    kept: tuple[str, ...]
    freed: tuple[str, ...]
    physical: Mapping[str, str]
    rewritten: tuple[str, ...]
    cost: PublishedCost | None


def plan_json(plan: Plan, cost: ReleaseCost | None = None) -> str:
    """The plan as JSON for programs, two spaces indented; keys are never taken away nor change meaning."""
    return to_json(published(plan, cost), indent=2)


def plan_schema() -> str:
    """The JSON schema of :func:`plan_json`'s answer, as it is published."""
    schema: dict[str, Any] = TypeAdapter(PublishedPlan).json_schema(mode="serialization")
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**dialect, **schema, "title": SCHEMA_TITLE}, indent=2, ensure_ascii=False) + "\n"


def published(plan: Plan, cost: ReleaseCost | None = None) -> PublishedPlan:
    """What of a plan is published."""
    return PublishedPlan(
        project=plan.project,
        environment=plan.environment,
        release=_commit(plan.release),
        base=_commit(plan.base) if plan.base else None,
        base_release=plan.base_release,
        tables=tuple(map(_table, plan.tables)),
        connectors=tuple(
            PublishedConnector(
                name=one.name,
                action=one.action,
                blue_topics=one.blue_topics,
                green_topics=one.green_topics,
            )
            for one in plan.connectors
        ),
        untouched=plan.untouched,
        pinned=tuple(
            PublishedPin(table=one.table, physical=one.physical, reads=dict(one.reads), because=one.because)
            for one in plan.pinned
        ),
        kept=plan.kept,
        freed=plan.freed,
        physical=dict(plan.physical),
        rewritten=tuple(sorted(plan.rewritten)),
        cost=_cost(cost) if cost else None,
    )


def _commit(commit: Commit) -> PublishedCommit:
    return PublishedCommit(ref=commit.ref, sha=commit.sha)


def _table(planned: PlannedTable) -> PublishedTable:
    expected = planned.expected
    return PublishedTable(
        table=planned.table,
        kind=planned.kind,
        blue=planned.blue,
        green=planned.green,
        statement=statement_names(planned) if planned.statements else None,
        statements=tuple(statement.name for statement in planned.statements),
        filled_with=tuple(one.table for one in planned.shared),
        trigger=planned.trigger,
        path=planned.path,
        parents=planned.parents,
        inputs=planned.inputs,
        expected=PublishedDifference(
            changed=expected.changed,
            added=expected.added,
            removed=expected.removed,
            rows_may_change=expected.rows_may_change,
            reasons=expected.reasons,
        ),
        start=planned.start.start,
    )


def _cost(cost: ReleaseCost) -> PublishedCost:
    return PublishedCost(
        tables=tuple(
            PublishedTableCost(
                table=one.table,
                start=one.decision.start,
                why=one.decision.why,
                refused=one.decision.refused,
                records=one.records,
                copied=one.copied,
                state_bytes=one.state_bytes,
                slots=one.slots,
                seconds=one.seconds,
                warnings=one.warnings,
            )
            for one in cost.tables
        ),
        kept=cost.kept,
        statements=cost.statements,
        records=cost.records,
        all_records=cost.all_records,
        records_spared=cost.records_spared,
        state_bytes=cost.state_bytes,
        all_state_bytes=cost.all_state_bytes,
        state_spared=cost.state_spared,
        slots=cost.slots,
        free_slots=cost.free_slots,
    )
