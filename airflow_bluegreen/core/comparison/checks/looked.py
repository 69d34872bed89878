"""Whether all rows that differ were held against the tolerance."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_looked(evidence: Evidence) -> CheckResult | None:
    """Where more rows differ than are decoded, those that are equal within the tolerance are not found."""
    differing, differences = evidence.keys.diff, evidence.differences
    if not evidence.settings.tolerates or not differences.unexpected or differences.compared >= differing:
        return None
    return CheckResult(
        check="rows looked at",
        verdict=Verdict.WARN,
        blue="",
        green=f"{differences.compared:,} of {differing:,}",
        detail="not checked here: so many rows differ that they were not held against the tolerance",
        rule="rows that differ are equal within comparison.tolerance, where all of them can be decoded",
    )
