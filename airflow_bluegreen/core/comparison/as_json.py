"""Comparisons as the command line prints them for programs."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from airflow_bluegreen.core.model import CheckResult, TableComparison


def comparisons_json(comparisons: Iterable[TableComparison]) -> dict[str, Any]:
    """``{"tables": [{"table", "blue", "green", "verdict", "keys": {…}, "checks": […], …}]}``."""
    return {"tables": [_table(comparison) for comparison in comparisons]}


def _table(comparison: TableComparison) -> dict[str, Any]:
    return {
        "table": comparison.table,
        "blue": comparison.blue,
        "green": comparison.green,
        "verdict": comparison.verdict.value,
        "new": comparison.new,
        "expected": comparison.expected,
        "keys": asdict(comparison.keys),
        "checks": [_check(check) for check in comparison.checks],
        "changed_columns": list(comparison.changed_columns),
        "samples": [
            {"key": dict(one.key), "columns": {name: list(pair) for name, pair in one.columns.items()}}
            for one in comparison.samples
        ],
        "columns": [asdict(one) for one in comparison.columns],
        "aggregates": [asdict(one) for one in comparison.aggregates],
        "event_times": asdict(comparison.event_times) if comparison.event_times else None,
        "convergence": [asdict(one) for one in comparison.convergence],
    }


def _check(check: CheckResult) -> dict[str, str | bool]:
    return {
        "check": check.check,
        "verdict": check.verdict.value,
        "blue": check.blue,
        "green": check.green,
        "detail": check.detail,
        "rule": check.rule,
        "expected": check.expected,
    }
