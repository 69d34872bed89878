"""Reading names out of sqlglot's trees: what they say, and where in the text they stand."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlglot import exp

from airflow_bluegreen.core.sql.query import CALL_MARK
from airflow_bluegreen.core.sql.text import dotted


class Part(NamedTuple):
    """One identifier: its name without quotes, and its place, ``end`` exclusive."""

    name: str
    start: int
    end: int


def part_of(identifier: object) -> Part | None:
    """The identifier, None for anything else (a star, a string, nothing)."""
    if not isinstance(identifier, exp.Identifier):
        return None
    place = identifier.meta
    name = str(identifier.this).removesuffix(CALL_MARK)
    return Part(name=name, start=place.get("start", 0), end=place.get("end", -1) + 1)


def table_parts(table: exp.Table) -> tuple[Part, ...]:
    """``catalog.database.table``, as many parts as are written; none for a function's result."""
    parts = tuple(part_of(table.args.get(key)) for key in ("catalog", "db", "this"))
    if parts[-1] is None:
        return ()
    return tuple(part for part in parts if part is not None)


def qualifiers(column: exp.Column) -> tuple[Part, ...]:
    """What stands before the last dot of ``a.b.column`` or ``a.*``."""
    arguments = column.args
    if arguments.get("table") is None:  # most columns
        return ()
    parts = (part_of(arguments.get(key)) for key in ("catalog", "db", "table"))
    return tuple(part for part in parts if part is not None)


def alias_of(node: exp.Expr) -> str:
    """The alias of a table, a subquery or a common table expression; empty without one."""
    part = _alias_part(node)
    return part.name if part else ""


def _alias_part(node: exp.Expr) -> Part | None:
    alias = node.args.get("alias")
    return part_of(alias.args.get("this")) if isinstance(alias, exp.TableAlias) else None


def alias_columns(node: exp.Expr) -> tuple[str, ...]:
    """The column names of ``AS t (a, b)``."""
    alias = node.args.get("alias")
    listed = alias.args.get("columns") or () if isinstance(alias, exp.TableAlias) else ()
    return tuple(part.name for part in map(part_of, listed) if part)


def full_name(parts: tuple[Part, ...]) -> str:
    """The name as people write it, see :func:`~airflow_bluegreen.core.sql.text.dotted`."""
    return dotted(part.name for part in parts)


def common_tables(node: exp.Expr) -> tuple[list[exp.CTE], bool]:
    """The common table expressions that a query begins with, and whether WITH says RECURSIVE."""
    clause = node.args.get("with_")
    if not isinstance(clause, exp.With):
        return [], False
    return list(clause.expressions), bool(clause.args.get("recursive"))


def set_operations(node: exp.SetOperation) -> tuple[list[exp.SetOperation], list[exp.Expr]]:
    """A chain ``a UNION b UNION c`` as its operations and its branches, both from left to right.

    The tree leans to the left, and a chain may be longer than Python can recurse.
    """
    operations, branches = [node], [_branch(node, "expression")]
    left = _branch(node, "this")
    while isinstance(left, exp.SetOperation) and not left.args.get("limit") and not common_tables(left)[0]:
        operations.append(left)
        branches.append(_branch(left, "expression"))
        left = _branch(left, "this")
    return operations[::-1], [left, *branches[::-1]]


def _branch(node: exp.SetOperation, key: str) -> exp.Expr:
    """What stands at one side, which in a damaged text is no query: then sqlglot's own properties fail."""
    branch = node.args[key]
    assert isinstance(branch, exp.Expr)
    return branch


def children(node: exp.Expr, skip: frozenset[str] = frozenset()) -> Iterator[tuple[str, exp.Expr]]:
    """The nodes directly below this one, with the argument they are in."""
    arguments: Mapping[str, object] = node.args
    for key, value in arguments.items():
        if key in skip:
            continue
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, exp.Expr):
                yield key, item
