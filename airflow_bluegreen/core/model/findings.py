"""What a look before a release has found."""

from dataclasses import dataclass
from enum import StrEnum

from airflow_bluegreen.exceptions import Where


class Severity(StrEnum):
    """A FINDING refuses the release, a WARNING is told."""

    FINDING = "finding"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or may be.

    :param look: which look found it: ``statements``, ``schemas``, ``capacity`` …
    :param table: logical table; empty for what is about the environment as a whole.
    :param what: one line, no trailing full stop.
    """

    look: str
    what: str
    table: str = ""
    severity: Severity = Severity.FINDING
    where: Where | None = None
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return place + self.what + (f". {self.remedy}" if self.remedy else "")
