"""Whether both sides hold the same keys, and no record without one."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict

RULE = "every key is on both sides, unless the change may add or drop rows"
RULE_OF_NULLS = "no record of a table with a primary key lacks its key"


def check_keys(evidence: Evidence) -> CheckResult | None:
    """Every key is on both sides, unless the change may add or drop rows, and then within the tolerance; no
    record of a keyed table lacks one.
    """
    if evidence.primary_key and evidence.green.null_keys:
        detail = f"{evidence.green.null_keys:,} records without a key"
        return _result(evidence, Verdict.FAIL, detail, rule=RULE_OF_NULLS)
    if evidence.blue is None:
        if not evidence.primary_key:
            return None
        return _result(evidence, Verdict.PASS, "every record has its key", rule=RULE_OF_NULLS)
    counts = evidence.keys
    flying = f", {counts.in_flight:,} in flight" if counts.in_flight else ""
    if not counts.blue_only and not counts.green_only:
        return _result(evidence, Verdict.PASS, f"on both sides{flying}")
    detail = f"{counts.blue_only:,} only in blue, {counts.green_only:,} only in green{flying}"
    if not evidence.expected.rows_may_change:
        return _result(evidence, Verdict.FAIL, f"{detail}, and nothing in the change explains it")
    share = max(counts.blue_only, counts.green_only) / max(counts.match + counts.diff + counts.blue_only, 1)
    if evidence.exceeds(share):
        detail += f": {share:.2%}, more than the {evidence.row_tolerance:.2%} that the project allows"
        rule = f"rows may be on one side only within row_count_tolerance {evidence.row_tolerance:g}"
        return _result(evidence, Verdict.FAIL, detail, rule=rule)
    return _result(evidence, Verdict.PASS, f"{detail}; the change may add or drop rows", expected=True)


def _result(
    evidence: Evidence, verdict: Verdict, detail: str, *, rule: str = RULE, expected: bool = False
) -> CheckResult:
    counts = evidence.keys
    shared = counts.match + counts.diff
    new = evidence.blue is None
    return CheckResult(
        check="keys",
        verdict=verdict,
        blue="" if new else f"{shared + counts.blue_only:,}",
        green=f"{evidence.green.rows:,}" if new else f"{shared + counts.green_only:,}",
        detail=detail,
        rule=rule,
        expected=expected,
    )
