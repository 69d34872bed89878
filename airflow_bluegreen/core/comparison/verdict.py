"""The checks of a comparison."""

from collections.abc import Callable

from airflow_bluegreen.core.comparison.checks.columns import check_columns
from airflow_bluegreen.core.comparison.checks.keys import check_keys
from airflow_bluegreen.core.comparison.checks.rows import check_rows
from airflow_bluegreen.core.comparison.checks.schema import check_schema
from airflow_bluegreen.core.comparison.checks.values import check_values
from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult

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
