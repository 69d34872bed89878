"""A validator in memory that knows the few expectations which tests need, and keeps what it was asked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airflow_bluegreen.core.model import Expectation, ExpectationResult, Validation
from airflow_bluegreen.exceptions import ConfigurationError

Rows = Sequence[Mapping[str, Any]]

_KNOWN: Mapping[str, Callable[[Rows, Mapping[str, Any]], int]] = {
    "expect_column_to_exist": lambda rows, kwargs: int(not any(kwargs["column"] in row for row in rows)),
    "expect_column_values_to_not_be_null": lambda rows, kwargs: sum(
        row.get(kwargs["column"]) is None for row in rows
    ),
    "expect_column_values_to_be_unique": lambda rows, kwargs: (
        len(rows) - len({row.get(kwargs["column"]) for row in rows})
    ),
    "expect_table_row_count_to_be_between": lambda rows, kwargs: int(
        not kwargs["min_value"] <= len(rows) <= kwargs.get("max_value", len(rows))
    ),
    "expect_column_max_to_be_between": lambda rows, kwargs: int(
        max(row[kwargs["column"]] for row in rows) < kwargs["min_value"]
    ),
    "expect_column_values_to_be_between": lambda rows, kwargs: sum(
        not kwargs["min_value"] <= row[kwargs["column"]] for row in rows
    ),
}
"""How many rows break an expectation."""


class FakeValidator:
    """Implements ``ports.Validator``; keeps the rows that it was given, by name."""

    def __init__(self) -> None:
        self.validated: dict[str, Rows] = {}
        self.asked: dict[str, Sequence[Expectation]] = {}

    def validate(self, name: str, rows: Rows, expectations: Sequence[Expectation]) -> Validation:
        self.validated[name], self.asked[name] = rows, expectations
        return Validation(
            results=tuple(self._result(name, rows, one) for one in expectations), docs=f"file:///docs/{name}"
        )

    def _result(self, name: str, rows: Rows, one: Expectation) -> ExpectationResult:
        if one.type not in _KNOWN or not one.kwargs.keys() & {"column", "min_value"}:
            raise ConfigurationError(f"{name} cannot expect {one.type}")
        broken = _KNOWN[one.type](rows, one.kwargs)
        detail = f"{broken} of {len(rows)} rows" if broken else ""
        return ExpectationResult(expectation=one, passed=not broken, detail=detail)
