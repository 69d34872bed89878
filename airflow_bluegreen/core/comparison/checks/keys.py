"""Whether both sides hold the same keys, and no record without one."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_keys(evidence: Evidence) -> CheckResult | None:
    """Every key is on both sides, unless the change may add or drop rows; no record of a keyed table lacks
    one.
    """
    if evidence.primary_key and evidence.green.null_keys:
        return _result(evidence, Verdict.MISMATCH, f"{evidence.green.null_keys:,} records without a key")
    if evidence.blue is None:
        return _result(evidence, Verdict.NEW, "every record has its key") if evidence.primary_key else None
    counts = evidence.keys
    flying = f", {counts.in_flight:,} in flight" if counts.in_flight else ""
    if not counts.blue_only and not counts.green_only:
        return _result(evidence, Verdict.MATCH, f"on both sides{flying}")
    detail = f"{counts.blue_only:,} only in blue, {counts.green_only:,} only in green{flying}"
    if evidence.expected.rows_may_change:
        return _result(evidence, Verdict.EXPECTED, f"{detail}; the change may add or drop rows")
    return _result(evidence, Verdict.MISMATCH, f"{detail}, and nothing in the change explains it")


def _result(evidence: Evidence, verdict: Verdict, detail: str) -> CheckResult:
    counts = evidence.keys
    shared = counts.match + counts.diff
    new = evidence.blue is None
    return CheckResult(
        check="keys",
        verdict=verdict,
        blue="" if new else f"{shared + counts.blue_only:,}",
        green=f"{evidence.green.rows:,}" if new else f"{shared + counts.green_only:,}",
        detail=detail,
    )
