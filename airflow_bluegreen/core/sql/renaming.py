"""Giving tables other names, and changing nothing else of the text."""

from collections.abc import Mapping

from airflow_bluegreen.core.model import Statement, TableReference
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
    changed = False
    for reference in statement.references:
        new = _new_name(statement.sql, reference, renames)
        if new is None:
            continue
        changed = True
        pieces += [statement.sql[at : reference.start], _in_place(statement.sql, reference, new)]
        at = reference.end
    written = "".join(pieces) + statement.sql[at:]
    if changed and any(new in statement.sql for new in renames.values()):
        _check_collision(statement, written, renames)
    return written


def _new_name(sql: str, reference: TableReference, renames: Mapping[str, str]) -> str | None:
    """What the table is called afterwards, None when it keeps its name."""
    if reference.name in renames:
        return renames[reference.name]
    return renames.get(_own_name(sql, reference))


def _own_name(sql: str, reference: TableReference) -> str:
    """The name's last part. A quoted name may hold dots, so it is read from where it stands."""
    written = sql[reference.start : reference.end]
    if written.startswith("`"):
        return written[1:-1].replace("``", "`")
    return written.replace("''", "'")


def _in_place(sql: str, reference: TableReference, new: str) -> str:
    """The new name in the quotes of the old one."""
    before = sql[reference.start - 1] if reference.start else ""
    if sql[reference.start] == "`":
        return "`" + new.replace("`", "``") + "`"
    if before == "'":  # in a hint
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
    new = _new_name(sql, reference, renames)
    if new is None:
        return reference.name
    own = dotted((_own_name(sql, reference),))
    return reference.name.removesuffix(own) + dotted((new,))
