"""What the comparison of blue and green found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``match``: nothing differs. ``expected``: only what the change intends. ``mismatch``: anything else."""

    MATCH = "match"
    EXPECTED = "expected"
    MISMATCH = "mismatch"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCounts:
    """Keys by what the two sides hold for them once the changelogs are folded."""

    match: int = 0
    blue_only: int = 0
    green_only: int = 0
    diff: int = 0
    in_flight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of a table: what blue and green have, and the sentence that explains the verdict."""

    check: str
    verdict: Verdict
    blue: str
    green: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSample:
    """A key whose rows differ: the differing columns with (blue, green) as text."""

    key: Mapping[str, str]
    columns: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableComparison:
    """The comparison of one green table with its blue one."""

    table: str
    blue: str | None
    green: str
    verdict: Verdict
    keys: KeyCounts
    checks: tuple[CheckResult, ...]
    changed_columns: tuple[str, ...] = ()
    samples: tuple[DifferenceSample, ...] = ()
