"""``CREATE TABLE``: columns, key, watermark, distribution, options, each with its place in the text."""

from collections.abc import Callable
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import Column, ColumnKind, TableDefinition
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.data_types import read_type
from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Character offsets in the file, ``end`` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSyntax:
    """A column: ``type_at`` is the place of its type, ``expression`` what computes it or its metadata key."""

    column: Column
    at: Span
    type_at: Span | None = None
    expression: str = ""
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
    """Everything a ``CREATE TABLE`` says, filled in while it is read; absent clauses stay None or empty."""

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
    base: tuple[Lexeme, ...] = ()
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


def read_table(cursor: Cursor) -> TableSyntax:
    """Reads on behind ``CREATE … TABLE [IF NOT EXISTS]``.

    :raises SqlSyntaxError: for a clause that Flink does not know, or one that is there twice.
    """
    table = TableSyntax(name=cursor.dotted_name("a table"))
    table.header_end = table.name[-1].end
    if cursor.sees("("):
        opening = cursor.lexemes[cursor.position]
        inside = cursor.group()
        closing = cursor.lexemes[cursor.position - 1]
        table.elements = Span(start=opening.start, end=closing.end)
        table.header_end = closing.end
        _read_elements(inside, table)
    while not cursor.done:
        _read_clause(cursor, table)
    return table


def _read_elements(inside: Cursor, table: TableSyntax) -> None:
    while True:
        if inside.sees("WATERMARK", "FOR"):
            _read_watermark(inside, table)
        elif inside.sees("CONSTRAINT") or inside.sees("PRIMARY", "KEY"):
            _read_key(inside, table)
        else:
            table.columns.append(_read_column(inside, table))
        if inside.done:
            return
        inside.expect(",")


def _read_watermark(inside: Cursor, table: TableSyntax) -> None:
    if table.watermark:
        inside.fail("a second watermark", "Keep one: a table has at most one watermark")
    first = inside.position
    inside.expect("WATERMARK", "FOR")
    column = [inside.name("a column")]
    while inside.accept("."):
        column.append(inside.name("a column"))
    inside.expect("AS")
    expression = _until_comma(inside)
    table.watermark = WatermarkSyntax(
        column=one_line(column),
        expression=one_line(expression),
        at=_span(inside, first),
        expression_at=Span(start=expression[0].start, end=expression[-1].end),
    )


def _read_key(inside: Cursor, table: TableSyntax) -> None:
    first = inside.position
    if inside.accept("CONSTRAINT"):
        inside.name("a constraint")
    inside.expect("PRIMARY", "KEY")
    names = inside.names("a column")
    inside.expect("NOT", "ENFORCED")
    _set_key(inside, table, tuple(name.value for name in names), first)


def _set_key(inside: Cursor, table: TableSyntax, names: tuple[str, ...], first: int) -> Span:
    if table.primary_key:
        inside.position = first
        inside.fail("a second primary key", "Keep one: a table has at most one primary key")
    table.primary_key, table.primary_key_at = names, _span(inside, first)
    return table.primary_key_at


def _read_column(inside: Cursor, table: TableSyntax) -> ColumnSyntax:
    first = inside.position
    name = inside.name("a column").value
    if inside.done or inside.sees(","):  # CREATE TABLE t (a, b) AS SELECT …: only the order of the columns
        return ColumnSyntax(column=Column(name=name, type=""), at=_span(inside, first))
    if inside.accept("AS"):
        expression = _expression(inside)
        _comment(inside)
        column = Column(name=name, type="", kind=ColumnKind.COMPUTED)
        return ColumnSyntax(column=column, at=_span(inside, first), expression=one_line(expression))
    return _read_stored_column(inside, table, name, first)


def _read_stored_column(inside: Cursor, table: TableSyntax, name: str, first: int) -> ColumnSyntax:
    type_from = inside.position
    type_text = read_type(inside)
    type_at = _span(inside, type_from)
    nullable, key_at, origin, virtual, kind = True, None, "", False, ColumnKind.PHYSICAL
    while not inside.done and not inside.sees(","):
        at = inside.position
        if inside.accept("NOT", "NULL"):
            nullable = False
        elif inside.accept("PRIMARY", "KEY"):
            inside.expect("NOT", "ENFORCED")
            key_at = _set_key(inside, table, (name,), at)
        elif inside.accept("METADATA"):
            kind = ColumnKind.METADATA
            origin = inside.string("the metadata key").value if inside.accept("FROM") else name
            virtual = inside.accept("VIRTUAL")
        elif not (inside.accept("NULL") or _comment(inside)):
            inside.fail(f"did not expect this after the type of column {name}")
    return ColumnSyntax(
        column=Column(name=name, type=type_text, nullable=nullable, kind=kind),
        at=_span(inside, first),
        type_at=type_at,
        expression=origin,
        virtual=virtual,
        is_key=key_at,
    )


def _expression(inside: Cursor) -> list[Lexeme]:
    """The tokens up to the comma, or the comment, that ends them."""
    first = inside.position
    while not inside.done and not inside.sees(","):
        if inside.sees("COMMENT") and (following := inside.peek(1)) and following.lexis is Lexis.STRING:
            break
        inside.skip()
    if inside.position == first:
        inside.fail("expected an expression")
    return list(inside.lexemes[first : inside.position])


def _until_comma(inside: Cursor) -> list[Lexeme]:
    first = inside.position
    while not inside.done and not inside.sees(","):
        inside.skip()
    if inside.position == first:
        inside.fail("expected an expression")
    return list(inside.lexemes[first : inside.position])


def _comment(cursor: Cursor) -> bool:
    if not cursor.accept("COMMENT"):
        return False
    cursor.string("a comment")
    return True


def _span(cursor: Cursor, first: int) -> Span:
    """From the token ``first`` to the last one stepped over."""
    return Span(start=cursor.lexemes[first].start, end=cursor.lexemes[cursor.position - 1].end)


def _read_clause(cursor: Cursor, table: TableSyntax) -> None:
    for keyword, read in _CLAUSES.items():
        if cursor.sees(keyword):
            read(cursor, table)
            return
    cursor.fail(
        "this is no clause of CREATE TABLE",
        "Known are COMMENT, DISTRIBUTED, PARTITIONED BY, WITH, LIKE and AS",
    )


def _read_comment(cursor: Cursor, table: TableSyntax) -> None:
    _comment(cursor)
    table.header_end = cursor.lexemes[cursor.position - 1].end


def _read_distribution(cursor: Cursor, table: TableSyntax) -> None:
    if table.distribution_at:
        cursor.fail("a second DISTRIBUTED clause", "Keep one")
    first = cursor.position
    cursor.expect("DISTRIBUTED")
    if cursor.accept("BY"):
        if not cursor.accept("HASH"):
            cursor.accept("RANGE")
        table.distributed_by = tuple(name.value for name in cursor.names("a column"))
    if cursor.accept("INTO"):
        count = cursor.take()
        if not count.text.isdecimal() or int(count.text) < 1:
            cursor.position -= 1
            cursor.fail("expected a number of buckets", "Write INTO 6 BUCKETS, for example")
        table.buckets = int(count.text)
        cursor.expect("BUCKETS")
    table.distribution_at = _span(cursor, first)


def _read_partitions(cursor: Cursor, table: TableSyntax) -> None:
    cursor.expect("PARTITIONED", "BY")
    table.partitioned_by = tuple(name.value for name in cursor.names("a column"))
    table.header_end = cursor.lexemes[cursor.position - 1].end


def _read_options(cursor: Cursor, table: TableSyntax) -> None:
    if table.options_at:
        cursor.fail("a second WITH clause", "Put all options into one WITH (…)")
    first = cursor.position
    cursor.expect("WITH")
    inside = cursor.group()
    while not inside.done:
        at = inside.position
        key = inside.string("an option's name").value
        inside.expect("=")
        value = inside.string(f"the value of option {key}").value
        table.options.append(OptionSyntax(key=key, value=value, at=_span(inside, at)))
        if not inside.done:
            inside.expect(",")
    table.options_at = _span(cursor, first)


def _read_base(cursor: Cursor, table: TableSyntax) -> None:
    cursor.expect("LIKE")
    table.base = cursor.dotted_name("a table")
    if not cursor.done:
        cursor.group()
        cursor.finish()


def _read_query(cursor: Cursor, table: TableSyntax) -> None:
    cursor.expect("AS")
    table.query = Cursor(cursor.source, cursor.lexemes, cursor.partners, cursor.position, cursor.end)
    cursor.rest()


_CLAUSES: dict[str, Callable[[Cursor, TableSyntax], None]] = {
    "COMMENT": _read_comment,
    "DISTRIBUTED": _read_distribution,
    "PARTITIONED": _read_partitions,
    "WITH": _read_options,
    "LIKE": _read_base,
    "AS": _read_query,
}
