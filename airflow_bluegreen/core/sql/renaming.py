"""Giving tables other names, and changing nothing else of the text."""

from collections.abc import Iterable, Mapping, Sequence

from airflow_bluegreen.core.model import References, Statement, TableReference
from airflow_bluegreen.core.sql.quoting import is_quoted, requoted, unquoted
from airflow_bluegreen.core.sql.statements import parse
from airflow_bluegreen.core.sql.text import dotted, quote
from airflow_bluegreen.exceptions import ProjectError


def rename(text: str, renames: Mapping[str, str], path: str = "<sql>") -> str:
    """The text of a file with other table names; everything else stays as it is, byte for byte.

    :param renames: new name by old one, all at once. The old name is a table's (``int_3``) or its full dotted
        name (``cat.db.int_3``), the new one always that of the table alone.
    :raises SqlSyntaxError: if the text is not understood.
    :raises ProjectError: if a new name is taken by an alias or a common table expression of the same
        statement.
    """
    statements = parse(text, path)
    pieces, at = [], 0
    for statement in statements:
        pieces += [text[at : statement.offset], rename_statement(statement, renames)]
        at = statement.offset + len(statement.sql)
    return "".join(pieces) + text[at:]


def rename_statement(statement: Statement, renames: Mapping[str, str]) -> str:
    """The text of one statement with other table names, see :func:`rename`."""
    pieces, at = [], 0
    sql, references = statement.sql, statement.references
    for name, start, end in _places(references):
        new = _new_name(name, sql[start:end], renames)
        if new is None:
            continue
        pieces += [sql[at:start], _in_place(sql, start, end, new)]
        at = end
    if not pieces:
        return sql
    written = "".join(pieces) + sql[at:]
    if any(new in sql for new in renames.values()):
        _check_collision(statement, written, renames)
    return written


def _places(references: Sequence[TableReference]) -> Iterable[tuple[str, int, int]]:
    """Name, start and end of each; without making objects of those that are still packed."""
    if isinstance(references, References):
        return references.places()
    return ((one.name, one.start, one.end) for one in references)


def _new_name(name: str, written: str, renames: Mapping[str, str]) -> str | None:
    """What the table is called afterwards, None when it keeps its name."""
    if name in renames:
        return renames[name]
    return renames.get(_own_name(written))


def _own_name(written: str) -> str:
    """The name's last part. A quoted name may hold dots, so it is read from where it stands."""
    return unquoted(written) if is_quoted(written) else written.replace("''", "'")


def _in_place(sql: str, start: int, end: int, new: str) -> str:
    """The new name in the quotes of the old one."""
    written = sql[start:end]
    if is_quoted(written):
        return requoted(written, new)
    if start and sql[start - 1] == "'":  # in a hint
        return new.replace("'", "''")
    return quote(new)


def _check_collision(statement: Statement, written: str, renames: Mapping[str, str]) -> None:
    """A new name that the statement uses for something else would be hidden by it, or hide it."""
    expected = [_renamed(statement.sql, reference, renames) for reference in statement.references]
    again = parse(written, statement.where.path)
    found = [reference.name for reference in again[0].references]
    if found == expected:
        return
    taken = sorted(set(expected).symmetric_difference(found)) or expected
    raise ProjectError(
        f"the new name {taken[0]} is already that of an alias or a WITH query of the statement",
        where=statement.where,
        remedy="Give the alias or the WITH query another name",
    )


def _renamed(sql: str, reference: TableReference, renames: Mapping[str, str]) -> str:
    written = sql[reference.start : reference.end]
    new = _new_name(reference.name, written, renames)
    if new is None:
        return reference.name
    return reference.name.removesuffix(dotted((_own_name(written),))) + dotted((new,))
