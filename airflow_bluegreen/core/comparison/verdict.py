"""The checks of a comparison, and the verdict they add up to."""

from collections.abc import Callable, Iterable

from airflow_bluegreen.core.comparison.checks.columns import check_columns
from airflow_bluegreen.core.comparison.checks.keys import check_keys
from airflow_bluegreen.core.comparison.checks.rows import check_rows
from airflow_bluegreen.core.comparison.checks.schema import check_schema
from airflow_bluegreen.core.comparison.checks.values import check_values
from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict

Check = Callable[[Evidence], CheckResult | None]
"""A check gives None where it does not apply."""

CHECKS: tuple[Check, ...] = (
    check_columns,
    check_rows,
    check_keys,
    check_values,
    check_schema,
)


def run_checks(evidence: Evidence) -> tuple[CheckResult, ...]:
    """The results of every check that applies."""
    results = (check(evidence) for check in CHECKS)
    return tuple(result for result in results if result is not None)


def verdict_of(checks: Iterable[CheckResult], *, new: bool) -> Verdict:
    """The worst verdict of the checks; a new table that passes them all is NEW."""
    verdicts = {check.verdict for check in checks}
    if Verdict.MISMATCH in verdicts:
        return Verdict.MISMATCH
    if new:
        return Verdict.NEW
    return Verdict.EXPECTED if Verdict.EXPECTED in verdicts else Verdict.MATCH
