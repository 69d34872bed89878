"""How many rows there are once the changelogs are folded."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_rows(evidence: Evidence) -> CheckResult:
    """As many rows as blue, give or take those in flight; within the tolerance where rows may change.

    A new table must have rows.
    """
    green = evidence.green
    history = f"{green.records:,} records"
    if evidence.blue is None:
        verdict = Verdict.NEW if green.rows else Verdict.MISMATCH
        detail = f"{history} in the topic" if green.rows else "the table is empty"
        return CheckResult(check="rows", verdict=verdict, blue="", green=f"{green.rows:,}", detail=detail)
    blue = evidence.blue
    verdict, detail = _judged(evidence, blue.rows, green.rows)
    return CheckResult(
        check="rows",
        verdict=verdict,
        blue=f"{blue.rows:,}",
        green=f"{green.rows:,}",
        detail=f"{detail}; folded from {blue.records:,} and {history}",
    )


def _judged(evidence: Evidence, blue: int, green: int) -> tuple[Verdict, str]:
    change = green - blue
    if change == 0:
        return Verdict.MATCH, "as many" if blue else "both are empty, nothing was compared"
    share = abs(change) / max(blue, 1)
    moved = f"{change:+,} rows ({share:.2%})"
    if abs(change) <= evidence.keys.in_flight:
        return Verdict.MATCH, f"{moved}, all in flight"
    if not evidence.expected.rows_may_change:
        return Verdict.MISMATCH, f"{moved}, and nothing in the change explains it"
    if evidence.row_tolerance and share > evidence.row_tolerance:
        return (
            Verdict.MISMATCH,
            f"{moved}, more than the {evidence.row_tolerance:.2%} that the project allows",
        )
    return Verdict.EXPECTED, f"{moved}, the change may add or drop rows"
