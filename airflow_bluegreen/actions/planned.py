"""How the parts of a plan are named outside: jobs, identities, registry subjects, topics."""

from airflow_bluegreen.core.model import JobIdentity, Plan, PlannedStatement, PlannedTable, StatementKind
from airflow_bluegreen.exceptions import UnknownTableError


def planned_table(plan: Plan, table: str) -> PlannedTable:
    """The planned table of a logical name. Raises UnknownTableError where the release leaves it alone."""
    planned = plan.table(table)
    if planned is not None:
        return planned
    if table in plan.untouched:
        what = f"release {plan.release.ref} leaves table {table} as it is"
    else:
        what = f"no table {table} in release {plan.release.ref}"
    names = ", ".join(one.table for one in plan.tables) or "none"
    raise UnknownTableError(what, remedy=f"Tables of the release: {names}")


def is_view(planned: PlannedTable) -> bool:
    """Whether the table is a view: it has no topic and no job of its own."""
    return planned.ddl is not None and planned.ddl.kind is StatementKind.CREATE_VIEW


def filling(plan: Plan, planned: PlannedTable) -> tuple[tuple[PlannedTable, PlannedStatement], ...]:
    """Every statement that fills a table, with the table that it is deployed with: this one, or another one
    that is filled by the same statement set.
    """
    found = [(planned, statement) for statement in planned.dml]
    for shared in planned.shared:
        owner = plan.table(shared.table)
        if owner is not None:
            found += [(owner, one) for one in owner.dml if one.name == shared.statement]
    return tuple(found)


def job_name(statement: str, table: str, physical: str) -> str:
    """The Flink job of a logical statement at a physical table: ``dml.int_3`` at ``int_3_v2`` →
    ``dml.int_3_v2``.
    """
    prefix, _, rest = statement.partition(".")
    return f"{prefix}.{physical}{rest.removeprefix(table)}"


def identity(plan: Plan, planned: PlannedTable, statement: PlannedStatement) -> JobIdentity:
    """What the job of a green statement says of itself."""
    return JobIdentity(
        environment=plan.environment,
        release=plan.release.ref,
        statement=statement.name,
        table=planned.green or "",
        fingerprint=statement.fingerprint,
    )


def subjects(topic: str) -> tuple[str, str]:
    """The registry subjects of a topic."""
    return f"{topic}-key", f"{topic}-value"


def protected_names(plan: Plan) -> frozenset[str]:
    """Physical names that no step of this release may create, write or delete: blue's, the untouched
    tables', and those that are kept for pinned tables.
    """
    blue = {planned.blue for planned in plan.tables if planned.blue}
    untouched = {plan.physical[table] for table in plan.untouched if table in plan.physical}
    return frozenset(blue | untouched | {*plan.kept, *plan.freed})
