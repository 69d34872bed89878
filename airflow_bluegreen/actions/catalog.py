"""What a statement's session must know, and which topics a statement reads."""

from collections.abc import Mapping

from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.actions.planned import filling
from airflow_bluegreen.core.model import (
    CatalogTable,
    Endpoints,
    Plan,
    PlannedStatement,
    PlannedTable,
    Profile,
    StatementKind,
    TableDefinition,
)
from airflow_bluegreen.core.reading import parse_file
from airflow_bluegreen.core.sql import lower_table, topic_of
from airflow_bluegreen.exceptions import ProjectError


def session_tables(statement: PlannedStatement, profile: Profile, endpoints: Endpoints) -> tuple[str, ...]:
    """The CREATE and SET texts to run before the statement, in the environment's dialect and with endpoints.

    Its sources get a consumer group of their own: without one Flink reports no position for an idle input
    after a restart, and nobody could tell whether the job has caught up. The profile may set another.
    """
    rowtime = "$rowtime" in statement.sql
    group = consumer_group(profile.name, statement.name, statement.fingerprint)
    return tuple(_lowered(table, profile, endpoints, group, rowtime=rowtime) for table in statement.catalog)


def consumer_group(environment: str, statement: str, fingerprint: str) -> str:
    """The consumer group of a statement's sources, unless the profile sets another."""
    return f"bluegreen.{environment}.{statement}.{fingerprint}"


def _lowered(
    table: CatalogTable, profile: Profile, endpoints: Endpoints, group: str, *, rowtime: bool
) -> str:
    if _parsed(table)[0] is not StatementKind.CREATE_TABLE:
        return table.sql  # a view, or a SET above the statement
    options: Mapping[str, str] = {
        "properties.group.id": group,
        **profile.table_options,
        **profile.table_options_by_kind.get(table.kind, {}),
    }
    filled = fill(options, endpoints, known={"table.name": table.physical})
    return lower_table(table.sql, profile, options=filled, kind=table.kind, rowtime=rowtime)


def input_topics(plan: Plan, planned: PlannedTable) -> tuple[str, ...]:
    """The Kafka topics that the table's statements read, without duplicates; views are read through.

    What a statement fills is not counted, although it may read that too.
    """
    topics: dict[str, None] = {}
    for _, statement in filling(plan, planned):
        for table in statement.catalog:
            written = table.physical == planned.green or table.physical in statement.outputs
            topic = None if written else _topic(table)
            if topic is not None:
                topics[topic] = None
    return tuple(topics)


def definition_of(planned: PlannedTable) -> TableDefinition:
    """What the table's DDL says. Raises ProjectError for a table without one."""
    if planned.ddl is None:
        raise ProjectError(f"table {planned.table} has no CREATE TABLE", remedy="Add its ddl.*.sql")
    definition = parse_file(planned.ddl.sql, planned.ddl.where.path)[0].definition
    if definition is None:
        raise ProjectError(f"{planned.ddl.name} defines no columns", where=planned.ddl.where)
    return definition


def lowered_definition(planned: PlannedTable, profile: Profile, endpoints: Endpoints) -> TableDefinition:
    """The green table as Flink gets it: with the options, formats and types of the environment.

    Raises ProjectError for a table without DDL, ConfigurationError for what the environment cannot map.
    """
    definition_of(planned)
    assert planned.ddl is not None
    table = CatalogTable(physical=planned.green or "", kind=planned.kind, sql=planned.ddl.sql)
    lowered = _lowered(table, profile, endpoints, "", rowtime=False)
    definition = parse_file(lowered, planned.ddl.where.path)[0].definition
    assert definition is not None
    return definition


def _topic(table: CatalogTable) -> str | None:
    definition = _parsed(table)[1]
    return None if definition is None else topic_of(definition, table.physical)


def _parsed(table: CatalogTable) -> tuple[StatementKind, TableDefinition | None]:
    statement = parse_file(table.sql, table.physical or "SET")[0]
    return statement.kind, statement.definition
