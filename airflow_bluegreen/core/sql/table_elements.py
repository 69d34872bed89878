"""What stands between the parentheses of a ``CREATE TABLE``: columns, watermark, primary key."""

from airflow_bluegreen.core.model import Column, ColumnKind
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.data_types import read_type
from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.table_syntax import ColumnSyntax, Span, TableSyntax, WatermarkSyntax
from airflow_bluegreen.core.sql.text import one_line


def read_elements(inside: Cursor, table: TableSyntax) -> None:
    """Reads a list of columns, watermark and key into the table, up to the end.

    :raises SqlSyntaxError: for what is none of these, and for a second watermark or key.
    """
    while True:
        read_element(inside, table)
        if inside.done:
            return
        inside.expect(",")


def read_element(inside: Cursor, table: TableSyntax) -> None:
    """Reads one column, the watermark or the key into the table."""
    if inside.sees("WATERMARK", "FOR"):
        _read_watermark(inside, table)
    elif inside.sees("CONSTRAINT") or inside.sees("PRIMARY", "KEY"):
        _read_key(inside, table)
    else:
        table.columns.append(_read_column(inside, table))


def _read_watermark(inside: Cursor, table: TableSyntax) -> None:
    if table.watermark:
        inside.fail("a second watermark", "Keep one: a table has at most one watermark")
    first = inside.position
    inside.expect("WATERMARK", "FOR")
    column = [inside.name("a column")]
    while inside.accept("."):
        column.append(inside.name("a column"))
    inside.expect("AS")
    expression = _expression(inside)
    table.watermark = WatermarkSyntax(
        column=one_line(column),
        expression=one_line(expression),
        at=span(inside, first),
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
    table.primary_key, table.primary_key_at = names, span(inside, first)
    return table.primary_key_at


def _read_column(inside: Cursor, table: TableSyntax) -> ColumnSyntax:
    first = inside.position
    name = inside.name("a column").value
    if inside.done or inside.sees(","):  # CREATE TABLE t (a, b) AS SELECT …: only the order of the columns
        return ColumnSyntax(column=Column(name=name, type=""), at=span(inside, first))
    if inside.accept("AS"):
        expression = _expression(inside)
        read_comment(inside)
        column = Column(name=name, type="", kind=ColumnKind.COMPUTED)
        return ColumnSyntax(column=column, at=span(inside, first), expression=one_line(expression))
    return _read_stored_column(inside, table, name, first)


def _read_stored_column(inside: Cursor, table: TableSyntax, name: str, first: int) -> ColumnSyntax:
    type_from = inside.position
    type_text = read_type(inside)
    type_at = span(inside, type_from)
    nullable, key_at, origin, virtual, kind = True, None, "", False, ColumnKind.PHYSICAL
    default = ""
    while not inside.done and not inside.sees(","):
        at = inside.position
        if inside.accept("CONSTRAINT"):
            inside.name("a constraint")
        if inside.accept("NOT", "NULL"):
            nullable = False
        elif inside.accept("PRIMARY", "KEY"):
            inside.expect("NOT", "ENFORCED")
            key_at = _set_key(inside, table, (name,), at)
        elif inside.accept("DEFAULT"):
            default = one_line(_expression(inside, _BEHIND_DEFAULT))
        elif inside.accept("METADATA"):
            kind = ColumnKind.METADATA
            origin = inside.string("the metadata key").value if inside.accept("FROM") else name
            virtual = inside.accept("VIRTUAL")
        elif not (inside.accept("NULL") or read_comment(inside)):
            inside.fail(f"did not expect this after the type of column {name}")
    return ColumnSyntax(
        column=Column(name=name, type=type_text, nullable=nullable, kind=kind),
        at=span(inside, first),
        type_at=type_at,
        expression=origin,
        default=default,
        virtual=virtual,
        is_key=key_at,
    )


_BEHIND_DEFAULT = (("NOT", "NULL"), ("PRIMARY", "KEY"))


def _expression(inside: Cursor, ends: tuple[tuple[str, ...], ...] = ()) -> list[Lexeme]:
    """The tokens up to the comma, the comment or one of the phrases that end them."""
    first = inside.position
    while not inside.done and not inside.sees(","):
        if inside.sees("COMMENT") and (following := inside.peek(1)) and following.lexis is Lexis.STRING:
            break
        if any(inside.sees(*phrase) for phrase in ends):
            break
        inside.skip()
    if inside.position == first:
        inside.fail("expected an expression")
    return list(inside.lexemes[first : inside.position])


def read_comment(cursor: Cursor) -> bool:
    """``COMMENT '…'``, if it comes next."""
    if not cursor.accept("COMMENT"):
        return False
    cursor.string("a comment")
    return True


def span(cursor: Cursor, first: int) -> Span:
    """From the token ``first`` to the last one stepped over."""
    return Span(start=cursor.lexemes[first].start, end=cursor.lexemes[cursor.position - 1].end)
