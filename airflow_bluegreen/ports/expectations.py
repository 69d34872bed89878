"""Whoever validates rows against expectations."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from airflow_bluegreen.core.model import Expectation, Validation


class Validator(Protocol):
    """Validates rows; the real one is Great Expectations."""

    def validate(
        self, name: str, rows: Sequence[Mapping[str, Any]], expectations: Sequence[Expectation]
    ) -> Validation:
        """Validate the rows of the table of that name, and write the page that shows the results.

        Raises ConfigurationError for an expectation that is not known or lacks an argument, and where the
        library is not installed.
        """
        ...
