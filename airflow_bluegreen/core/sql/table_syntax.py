"""What a ``CREATE TABLE`` says, each clause with its place in the text."""

from dataclasses import dataclass, field

from airflow_bluegreen.core.model import Column, TableDefinition
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.lexer import Lexeme


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Character offsets in the file, ``end`` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSyntax:
    """A column: ``type_at`` is the place of its type, ``expression`` what computes it or its metadata key.

    ``default`` is the value of a column that an INSERT leaves out.
    """

    column: Column
    at: Span
    type_at: Span | None = None
    expression: str = ""
    default: str = ""
    virtual: bool = False
    is_key: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatermarkSyntax:
    """``WATERMARK FOR column AS expression``."""

    column: str
    expression: str
    at: Span
    expression_at: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSyntax:
    """``'key' = 'value'`` of a WITH clause."""

    key: str
    value: str
    at: Span


@dataclass(slots=True, kw_only=True)
class TableSyntax:
    """Everything a ``CREATE TABLE`` says, filled in while it is read; absent clauses stay None or empty.

    ``refresh`` are the settings of a materialized table: ``FRESHNESS``, ``REFRESH_MODE``.
    """

    name: tuple[Lexeme, ...]
    columns: list[ColumnSyntax] = field(default_factory=list)
    elements: Span | None = None
    primary_key: tuple[str, ...] = ()
    primary_key_at: Span | None = None
    watermark: WatermarkSyntax | None = None
    distributed_by: tuple[str, ...] = ()
    buckets: int | None = None
    distribution_at: Span | None = None
    partitioned_by: tuple[str, ...] = ()
    options: list[OptionSyntax] = field(default_factory=list)
    options_at: Span | None = None
    connection: tuple[Lexeme, ...] = ()
    base: tuple[Lexeme, ...] = ()
    base_options: str = ""
    refresh: dict[str, str] = field(default_factory=dict)
    query: Cursor | None = None
    header_end: int = 0

    def definition(self) -> TableDefinition:
        """The record that the rest of the package works with."""
        mark = self.watermark
        return TableDefinition(
            columns=tuple(syntax.column for syntax in self.columns),
            primary_key=self.primary_key,
            options={option.key: option.value for option in self.options},
            distributed_by=self.distributed_by,
            buckets=self.buckets,
            watermark=f"{mark.column} AS {mark.expression}" if mark else None,
        )
