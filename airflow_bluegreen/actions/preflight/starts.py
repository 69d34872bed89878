"""Whether every table can start as the project asks."""

from collections.abc import Iterator

from airflow_bluegreen.actions.preflight.scene import Scene, place_of
from airflow_bluegreen.actions.starting import Starts
from airflow_bluegreen.core.model import Finding, Severity, Start
from airflow_bluegreen.exceptions import StatementError

STARTS = "starts"


def look_at_starts(scene: Scene) -> Iterator[Finding]:
    """A start that cannot be had refuses the release; one that a rebuild replaces is warned of."""
    starts = Starts(platform=scene.platform, plan=scene.plan, profile=scene.profile)
    for planned in scene.plan.tables:
        wish = planned.start.start
        if planned.green is None or wish is Start.REBUILD:
            continue
        try:
            decision = starts.decision(planned)
        except StatementError:  # the look at the statements tells it
            continue
        if decision.refused is not None:
            yield Finding(
                look=STARTS,
                table=planned.table,
                what=f"{planned.table} cannot start with {wish}: {decision.refused}",
                where=place_of(planned),
                remedy="Ask for another start of it in bluegreen.yaml",
            )
        elif decision.start is Start.REBUILD and wish is not Start.AUTO and planned.blue is not None:
            yield Finding(
                look=STARTS,
                table=planned.table,
                severity=Severity.WARNING,
                what=f"{planned.table} is rebuilt: {decision.why}",
                where=place_of(planned),
            )
