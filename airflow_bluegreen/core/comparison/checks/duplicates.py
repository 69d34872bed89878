"""Whether rows are there once, by the columns that identify them."""

from airflow_bluegreen.core.comparison.evidence import Duplicates, Evidence, SideDuplicates
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_duplicates(evidence: Evidence) -> CheckResult | None:
    """No row lacks a unique column, and no two share them; what blue has of that too is a warning."""
    if not evidence.unique or evidence.inspection is None:
        return None
    rule = f"{', '.join(evidence.unique)} identify a row (comparison.unique, or the primary key of the DDL)"
    found = evidence.inspection.duplicates
    if found is None:
        detail = "not checked: the records lack these columns"
        return CheckResult(
            check="duplicates", verdict=Verdict.WARN, blue="", green="", detail=detail, rule=rule
        )
    verdict, detail = _judged(found)
    if not evidence.inspection.complete:
        detail += "; by a sample of the keys"
    return CheckResult(
        check="duplicates",
        verdict=verdict,
        blue=_told(found.blue) if found.blue else "",
        green=_told(found.green),
        detail=detail,
        rule=rule,
    )


def _judged(found: Duplicates) -> tuple[Verdict, str]:
    blue, green = found.blue or SideDuplicates(), found.green
    if green.null_keys > blue.null_keys:
        return Verdict.FAIL, f"{green.null_keys:,} rows lack {' or '.join(found.unique)}"
    if green.extra > blue.extra:
        examples = "; ".join(", ".join(example) for example in green.examples)
        return Verdict.FAIL, f"{green.extra:,} rows stand there again: {examples}"
    if green.null_keys or green.extra:
        return Verdict.WARN, "no more than in blue"
    return Verdict.PASS, "every row is there once"


def _told(side: SideDuplicates) -> str:
    nulls = f", {side.null_keys:,} without" if side.null_keys else ""
    return f"{side.extra:,} again{nulls}"
