"""What is expected of a table's rows, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation as Great Expectations names it: ``expect_column_values_to_not_be_null`` and arguments.

    :param severity: ``critical`` fails the comparison, ``warning`` and ``info`` only warn.
    """

    type: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """Whether an expectation holds; ``detail`` says how many rows break it, or what was seen."""

    expectation: Expectation
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The results of a suite, and the address of its page in the Data Docs (empty without one)."""

    results: tuple[ExpectationResult, ...]
    docs: str = ""
