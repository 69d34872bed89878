"""Whether green accounts for every source record that blue accounts for."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_lineage(evidence: Evidence) -> CheckResult | None:
    """Every id of a source record that stands in blue stands in green, unless rows may change."""
    column = evidence.settings.row_id
    if not column or evidence.inspection is None or evidence.blue is None:
        return None
    rule = f"every {column} (comparison.row_id) in blue is in green, unless the change may drop rows"
    found = evidence.inspection.accounted
    if found is None:
        detail = f"not checked: not all records have {column}"
        return CheckResult(check="lineage", verdict=Verdict.WARN, blue="", green="", detail=detail, rule=rule)
    explained = evidence.expected.rows_may_change or column in evidence.expected.changed
    detail = "all accounted for"
    if found.missing:
        detail = f"{found.missing:,} source records are missing, such as {', '.join(found.examples)}"
    return CheckResult(
        check="lineage",
        verdict=Verdict.FAIL if found.missing and not explained else Verdict.PASS,
        blue=f"{found.ids:,}",
        green=f"{found.ids - found.missing:,}",
        detail=detail + ("" if evidence.inspection.complete else "; by a sample of the keys"),
        rule=rule,
        expected=bool(found.missing) and explained,
    )
