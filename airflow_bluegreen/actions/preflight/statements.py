"""Every green statement through Flink's own planner."""

from collections.abc import Iterator

from airflow_bluegreen.actions.preflight.scene import Scene
from airflow_bluegreen.core.flink_plan import hazards
from airflow_bluegreen.core.model import Finding, Severity
from airflow_bluegreen.exceptions import StatementError

STATEMENTS = "statements"


def look_at_statements(scene: Scene) -> Iterator[Finding]:
    """Flink must accept each; what it is known to compute wrongly is warned of."""
    for planned, statement in scene.green_statements():
        answer = scene.explained[planned.table, statement.name]
        if isinstance(answer, StatementError):
            yield Finding(
                look=STATEMENTS,
                table=planned.table,
                what=f"Flink rejects {statement.name}: {answer.what}",
                where=statement.where,
                remedy=answer.remedy or "Mend the SQL",
            )
            continue
        for hazard in hazards(answer):
            yield Finding(
                look=STATEMENTS,
                table=planned.table,
                severity=Severity.WARNING,
                what=f"{statement.name}: {hazard.what}",
                where=statement.where,
                remedy=hazard.remedy,
            )
