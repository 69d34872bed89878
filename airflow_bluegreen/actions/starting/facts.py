"""What the decision about a table's start rests on: its statement, blue's, and Flink's plans of both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.actions.catalog import consumer_group, session_tables
from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.actions.read_release import deployed_plan
from airflow_bluegreen.core.model import (
    CatalogTable,
    Job,
    JobState,
    Plan,
    PlannedStatement,
    PlannedTable,
    Profile,
    Start,
    StartDecision,
    StatementKind,
)
from airflow_bluegreen.core.reading import parse_file
from airflow_bluegreen.core.sql import topic_of
from airflow_bluegreen.core.starting import SessionTable, StartFacts, StatementFacts, decide
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.ports import Platform

_GROUP = re.compile(r"('properties\.group\.id'\s*=\s*)'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blue:
    """What fills a blue table: its only job, the statement that this runs, and the table as git has it."""

    job: Job
    statement: PlannedStatement
    planned: PlannedTable


@dataclass(slots=True, kw_only=True)
class Starts:
    """The starts of one release's tables; what the base holds is read once, when it is first needed."""

    platform: Platform
    plan: Plan
    profile: Profile
    _base: Mapping[str, PlannedTable] | None = field(default=None, init=False)

    def decisions(self) -> tuple[StartDecision, ...]:
        """How each table with a green version starts, in the plan's order."""
        return tuple(self.decision(one) for one in self.plan.tables if one.green is not None)

    def decision(self, planned: PlannedTable) -> StartDecision:
        """How a table starts, asking Flink where the wish needs it."""
        wish = planned.start.start
        if wish is Start.REBUILD or planned.green is None or not single(planned):
            return decide(planned, None)
        if wish is Start.LATEST:
            return decide(planned, StartFacts(green=self.facts_of(planned.dml[0], explain=False)))
        if planned.blue is None:
            return decide(planned, None)
        blue = self.blue(planned)
        if isinstance(blue, str):
            return decide(
                planned, StartFacts(green=self.facts_of(planned.dml[0], explain=False), unknown=blue)
            )
        facts = StartFacts(green=self.facts_of(planned.dml[0]), blue=self.facts_of(blue.statement))
        return decide(planned, facts)

    def blue(self, planned: PlannedTable) -> Blue | str:
        """What fills the blue table; a text says why nobody can be sure."""
        running = jobs_filling(self.platform.jobs.jobs(), self.plan.environment, planned.blue or "")
        if len(running) != 1 or running[0].state is not JobState.RUNNING:
            return f"{len(running)} jobs fill {planned.blue}, one that runs is needed"
        there = self._tables_at_base().get(planned.table)
        if there is None or there.green != planned.blue or not single(there):
            return "git at the base does not hold the one statement that fills blue"
        identity, statement = running[0].identity, there.dml[0]
        if identity is None or identity.fingerprint != statement.fingerprint:
            return "blue's job does not say that it runs what git at the base holds"
        return Blue(job=running[0], statement=statement, planned=there)

    def facts_of(self, statement: PlannedStatement, *, explain: bool = True) -> StatementFacts:
        """A statement as the environment's Flink reads it."""
        texts = session_tables(statement, self.profile, self.platform.endpoints)
        declared = {
            table.physical: (table, text) for table, text in zip(statement.catalog, texts, strict=True)
        }
        target = session_table(*declared.pop(statement.outputs[0]))
        inputs = tuple(
            session_table(table, text) for table, text in declared.values() if _is_table(text, table.physical)
        )
        return StatementFacts(
            target=target,
            group=consumer_group(self.profile.name, statement.name, statement.fingerprint),
            inputs=inputs,
            setting=tuple(sorted(_GROUP.sub(r"\1'…'", text) for _, text in declared.values())),
            explained=self.explained(statement) if explain else "",
        )

    def explained(self, statement: PlannedStatement) -> str:
        """Flink's plan of a statement, with changelog modes. Raises StatementError if it is rejected."""
        texts = session_tables(statement, self.profile, self.platform.endpoints)
        return self.platform.gateway.explain(texts, statement.sql, details=("CHANGELOG_MODE",))

    def _tables_at_base(self) -> Mapping[str, PlannedTable]:
        if self._base is None:
            plan, platform = self.plan, self.platform
            base = plan.base and deployed_plan(
                platform.repository, plan.base.sha, plan.environment, platform.front_end
            )
            self._base = {planned.table: planned for planned in base.tables} if base else {}
        return self._base


def single(planned: PlannedTable) -> bool:
    """Whether one INSERT alone fills the table, and nothing else."""
    return len(planned.dml) == 1 and not planned.shared and len(planned.dml[0].outputs) == 1


def session_table(table: CatalogTable, text: str) -> SessionTable:
    """A table of a session, by the CREATE TABLE that the session is given."""
    definition = parse_file(text, table.physical)[0].definition
    if definition is None:
        raise RefusedError(f"{table.physical} is not declared by CREATE TABLE")
    topic = topic_of(definition, table.physical)
    return SessionTable(name=table.physical, topic=topic or "", options=dict(definition.options))


def _is_table(text: str, name: str) -> bool:
    return parse_file(text, name or "SET")[0].kind is StatementKind.CREATE_TABLE
