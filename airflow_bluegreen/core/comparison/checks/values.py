"""Whether the rows that both sides hold are the same, column by column."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict

RULE = "rows of one key are equal, but for the columns that the change touches"


def check_values(evidence: Evidence) -> CheckResult | None:
    """Rows with the same key are the same, but for the columns that the change touches."""
    if evidence.blue is None or not evidence.primary_key:
        return None
    counts, differences = evidence.keys, evidence.differences
    shared = counts.match + counts.diff
    left_out = _left_out(evidence)
    if not counts.diff and not differences.unexpected:
        return _result(Verdict.PASS, shared, shared, f"every row on both sides is the same{left_out}")
    shares = _shares(evidence) + left_out
    unjudged = counts.diff - differences.judged
    if not differences.unexpected and unjudged > 0:
        detail = (
            f"{unjudged:,} of {counts.diff:,} rows that differ were not found again, to say where: {shares}"
        )
        return _result(Verdict.FAIL, shared, counts.match, detail)
    if not differences.unexpected:
        detail = f"{counts.diff:,} rows differ, only in columns that the change touches: {shares}"
        return _result(Verdict.PASS, shared, counts.match, detail, expected=True)
    surprising = [name for name in differences.by_column if name not in evidence.expected.changed]
    names = ", ".join(surprising) or "columns that the change does not touch"
    detail = (
        f"{differences.unexpected:,} rows differ in {names}, which nothing in the change explains: {shares}"
    )
    return _result(Verdict.FAIL, shared, counts.match, detail)


def _left_out(evidence: Evidence) -> str:
    reasons = [f"{name} not compared ({why})" for name, why in sorted(evidence.left_out.items())]
    return "; " + ", ".join(reasons) if reasons else ""


def _shares(evidence: Evidence) -> str:
    """``total 93.10 % equal``, per column that differs anywhere; rows that were not read count like those
    read.
    """
    counts, differences = evidence.keys, evidence.differences
    if not differences.compared:
        return "none was read"
    parts = []
    for name, differing in sorted(differences.by_column.items(), key=lambda item: (-item[1], item[0])):
        estimated = differing / differences.compared * counts.diff
        equal = 1 - estimated / max(counts.match + counts.diff, 1)
        parts.append(f"{name} {equal:.2%} equal")
    sampled = f" (by {differences.compared:,} of them)" if differences.compared < counts.diff else ""
    return (", ".join(parts) or "equal once decoded") + sampled


def _result(verdict: Verdict, blue: int, green: int, detail: str, *, expected: bool = False) -> CheckResult:
    return CheckResult(
        check="values",
        verdict=verdict,
        blue=f"{blue:,} shared",
        green=f"{green:,} equal",
        detail=detail,
        rule=RULE,
        expected=expected,
    )
