"""What is compared: two topics, or one, and what may differ between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import (
    CheckSettings,
    Column,
    ExpectedDifference,
    PlannedTable,
    Profile,
    TableDefinition,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Two topics to compare, or one (``blue`` is None: a new table), and what may differ between them.

    An empty ``primary_key`` means a table without key: rows are compared as a multiset. ``definition`` and
    ``blue_definition`` are what the DDLs say but for the columns, None where they are not known. ``kind`` is
    that of the table in the project.
    """

    table: str
    blue: str | None
    green: str
    primary_key: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    blue_columns: tuple[Column, ...] = ()
    expected: ExpectedDifference = field(default_factory=ExpectedDifference)
    row_tolerance: float = 0.0
    settings: CheckSettings = field(default_factory=CheckSettings)
    definition: TableDefinition | None = None
    blue_definition: TableDefinition | None = None
    kind: str = ""

    @property
    def left_out(self) -> Mapping[str, str]:
        """Columns that are not compared, with the reason."""
        return {
            **{one.column: f"{one.function} is another one each time" for one in self.expected.unstable},
            **dict.fromkeys(self.settings.ignore, "comparison.ignore"),
        }

    @property
    def unique(self) -> tuple[str, ...]:
        """Columns that identify a row, where the key of the records does not."""
        declared = self.definition.primary_key if self.definition and not self.primary_key else ()
        return self.settings.unique or declared

    @property
    def must_match(self) -> tuple[str, ...] | None:
        """Columns on both sides that the change does not touch; None (all) where they are not known."""
        if not self.columns or not self.blue_columns:
            return None
        before = {column.name for column in self.blue_columns}
        touched = {*self.expected.changed, *self.left_out}
        return tuple(column.name for column in self.columns if column.name in before - touched)


def subject_of(planned: PlannedTable, green: str, profile: Profile) -> Subject:
    """The subject for a table of a plan.

    Of a table that only appends, each record is a row, whatever the DDL calls its key.
    """
    appends = planned.definition is not None and planned.definition.options.get("changelog.mode") == "append"
    return Subject(
        table=planned.table,
        blue=planned.blue,
        green=green,
        primary_key=() if appends else planned.primary_key,
        columns=planned.columns,
        blue_columns=planned.blue_columns,
        expected=planned.expected,
        row_tolerance=profile.row_count_tolerance,
        settings=planned.checks,
        definition=planned.definition,
        blue_definition=planned.blue_definition,
        kind=planned.kind,
    )
