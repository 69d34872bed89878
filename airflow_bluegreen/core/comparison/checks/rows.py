"""How many rows there are once the changelogs are folded."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict

RULE = "as many rows as blue, but for those in flight"
RULE_OF_NEW = "a new table has rows"


def check_rows(evidence: Evidence) -> CheckResult:
    """As many rows as blue, give or take those in flight; within the tolerance where rows may change.

    A new table must have rows. Of two empty tables nothing is known.
    """
    green = evidence.green
    history = f"{green.records:,} records"
    if evidence.blue is None:
        verdict = Verdict.PASS if green.rows else Verdict.FAIL
        detail = f"{history} in the topic" if green.rows else "the table is empty"
        return CheckResult(
            check="rows", verdict=verdict, blue="", green=f"{green.rows:,}", detail=detail, rule=RULE_OF_NEW
        )
    blue = evidence.blue
    verdict, detail, expected = _judged(evidence, blue.rows, green.rows)
    return CheckResult(
        check="rows",
        verdict=verdict,
        blue=f"{blue.rows:,}",
        green=f"{green.rows:,}",
        detail=f"{detail}; folded from {blue.records:,} and {history}",
        rule=_rule(evidence),
        expected=expected,
    )


def _rule(evidence: Evidence) -> str:
    if not evidence.expected.rows_may_change:
        return RULE
    if not evidence.row_tolerance:
        return "rows may change, by any number (row_count_tolerance 0)"
    return f"rows may change within row_count_tolerance {evidence.row_tolerance:g}"


def _judged(evidence: Evidence, blue: int, green: int) -> tuple[Verdict, str, bool]:
    """Verdict, finding, and whether the change explains it."""
    change = green - blue
    if change == 0:
        if not blue:
            return Verdict.WARN, "both are empty, nothing was compared", False
        return Verdict.PASS, "as many", False
    share = abs(change) / max(blue, 1)
    moved = f"{change:+,} rows ({share:.2%})"
    if abs(change) <= evidence.keys.in_flight:
        return Verdict.PASS, f"{moved}, all in flight", False
    if not evidence.expected.rows_may_change:
        return Verdict.FAIL, f"{moved}, and nothing in the change explains it", False
    if evidence.exceeds(share):
        return (
            Verdict.FAIL,
            f"{moved}, more than the {evidence.row_tolerance:.2%} that the project allows",
            False,
        )
    return Verdict.PASS, f"{moved}, the change may add or drop rows", True
