"""Data types as written in a ``CREATE TABLE``."""

from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.text import quote

# Words that go on with the type that stands before them; any other word is the next clause of the column.
_CONTINUATIONS = (
    ("WITH", "LOCAL", "TIME", "ZONE"),
    ("WITHOUT", "TIME", "ZONE"),
    ("PRECISION",),
    ("VARYING",),
    ("ARRAY",),
    ("MULTISET",),
)
_COLLECTIONS = ("ARRAY", "MULTISET")
_GOES_ON = frozenset({"NOT", *(words[0] for words in _CONTINUATIONS)})
_NESTED = frozenset({"ROW", "STRUCTURED"})


def read_type(cursor: Cursor) -> str:
    """Reads one type and writes it in upper case with single spaces; names of nested fields keep their case.

    :raises SqlSyntaxError: if no type comes next.
    """
    head = cursor.name("a type")
    written = head.word or quote(head.value)
    while cursor.accept("."):  # a type of the user's: `catalog`.`db`.`money`
        part = cursor.name("a type")
        written += "." + (part.word or quote(part.value))
    if written == "INTERVAL":
        return written + _interval(cursor)
    if cursor.accept("<>"):
        written += "<>"
    elif cursor.accept("<"):
        written += f"<{_fields(cursor, nested=written in _NESTED)}>"
        cursor.expect(">")
    elif cursor.sees("("):
        written += _parameters(cursor, nested=written in _NESTED)
    return written + _continuations(cursor)


def _parameters(cursor: Cursor, *, nested: bool) -> str:
    inside = cursor.group()
    if nested:
        fields = _fields(inside, nested=True)
        inside.finish()
        return f"({fields})"
    values: list[Lexeme] = [inside.take()]
    while inside.accept(","):
        values.append(inside.take())
    inside.finish()
    return f"({', '.join(value.text.upper() if value.is_name else value.text for value in values)})"


def _fields(cursor: Cursor, *, nested: bool) -> str:
    fields: list[str] = []
    while not cursor.done and not cursor.sees(">"):
        lexeme = cursor.peek()
        if nested and not fields and lexeme is not None and lexeme.lexis is Lexis.STRING:
            fields.append(cursor.take().text)  # the class of a structured type
            cursor.expect(",")
        name = quote(cursor.name("a field").value) + " " if nested else ""
        field = name + read_type(cursor)
        if cursor.accept("NOT", "NULL"):
            field += " NOT NULL"
        else:
            cursor.accept("NULL")
        if nested:
            _comment(cursor)
        fields.append(field)
        if not cursor.accept(","):
            break
    return ", ".join(fields)


def _comment(cursor: Cursor) -> None:
    """A field's comment: Flink wants the text alone, Confluent Cloud shows it behind COMMENT."""
    behind_keyword = cursor.accept("COMMENT")
    lexeme = cursor.peek()
    if behind_keyword or (lexeme is not None and lexeme.lexis is Lexis.STRING):
        cursor.string("a comment")


def _continuations(cursor: Cursor) -> str:
    written = ""
    found = True
    while found and cursor.sees_any(_GOES_ON):
        found = False
        if any(cursor.sees("NOT", "NULL", collection) for collection in _COLLECTIONS):
            cursor.expect("NOT", "NULL")  # INT NOT NULL ARRAY: its elements are never null
            written += " NOT NULL"
        for words in _CONTINUATIONS:
            if cursor.accept(*words):
                written += " " + " ".join(words)
                if cursor.sees("("):
                    written += _parameters(cursor, nested=False)
                found = True
    return written


def _interval(cursor: Cursor) -> str:
    written = ""
    while (lexeme := cursor.peek()) and (lexeme.word == "TO" or lexeme.word in _UNITS):
        cursor.take()
        written += " " + lexeme.word
        if cursor.sees("("):
            written += _parameters(cursor, nested=False)
    return written


_UNITS = frozenset({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"})
