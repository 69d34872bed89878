"""A test's result as programs read it."""

from dataclasses import asdict
from typing import Any

from airflow_bluegreen.core.comparison.as_json import comparisons_json
from airflow_bluegreen.core.model import IntegrationResult, worst_of


def integration_json(result: IntegrationResult) -> dict[str, Any]:
    """``{"name", "release", "seed", "verdict", "sources": […], "tables": […]}``, tables as ``compare`` has
    them.
    """
    return {
        "name": result.name,
        "release": result.release,
        "seed": result.seed,
        "verdict": worst_of(one.verdict for one in result.tables).value,
        "sources": [asdict(one) for one in result.sources],
        **comparisons_json(result.tables),
    }
