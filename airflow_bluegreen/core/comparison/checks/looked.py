"""Whether the rows were looked at where the project asks something of them."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_looked(evidence: Evidence) -> CheckResult | None:
    """A comparison on the cluster decodes no rows here: what only they can tell is said to be unknown."""
    settings = evidence.settings
    asked = {
        "unique": bool(settings.unique),
        "row_id": bool(settings.row_id),
        "event_time": bool(settings.event_time),
        "groups": bool(settings.groups),
        "aggregate_tolerance": settings.aggregate_tolerance is not None,
        "tolerance": settings.tolerates,
    }
    names = [name for name, is_asked in asked.items() if is_asked]
    if evidence.inspection is not None or not names:
        return None
    return CheckResult(
        check="rows looked at",
        verdict=Verdict.WARN,
        blue="",
        green="",
        detail=f"compared on the cluster, without {', '.join(names)}",
        rule="what the project sets under comparison is checked (comparison.engine: embedded does)",
    )
