"""The checks of a comparison."""

from collections.abc import Callable

from airflow_bluegreen.core.comparison.checks.aggregates import check_aggregates
from airflow_bluegreen.core.comparison.checks.columns import check_columns
from airflow_bluegreen.core.comparison.checks.definition import check_definition
from airflow_bluegreen.core.comparison.checks.duplicates import check_duplicates
from airflow_bluegreen.core.comparison.checks.event_time import check_event_time
from airflow_bluegreen.core.comparison.checks.freshness import check_freshness
from airflow_bluegreen.core.comparison.checks.groups import check_groups
from airflow_bluegreen.core.comparison.checks.keys import check_keys
from airflow_bluegreen.core.comparison.checks.lineage import check_lineage
from airflow_bluegreen.core.comparison.checks.looked import check_looked
from airflow_bluegreen.core.comparison.checks.nulls import check_nulls
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
    check_duplicates,
    check_nulls,
    check_event_time,
    check_freshness,
    check_aggregates,
    check_groups,
    check_lineage,
    check_schema,
    check_definition,
    check_looked,
)


def run_checks(evidence: Evidence) -> tuple[CheckResult, ...]:
    """The results of every check that applies."""
    results = (check(evidence) for check in CHECKS)
    return tuple(result for result in results if result is not None)
