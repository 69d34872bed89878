"""What changed between two versions of a file with any number of statements."""

from collections.abc import Iterable
from itertools import chain

from airflow_bluegreen.core.model import ChangeKind, Statement, StatementChange
from airflow_bluegreen.core.sql.compare import compare
from airflow_bluegreen.core.sql.statements import parse
from airflow_bluegreen.core.sql.sums import together


def compare_scripts(
    old: str, new: str, *, old_path: str = "<old>", new_path: str = "<new>"
) -> StatementChange:
    """The semantic difference of two files, see :func:`~airflow_bluegreen.core.sql.compare`.

    Statements are brought together by what they do and the table they are about; the tables that the new file
    creates lend their columns to its queries.

    :raises SqlSyntaxError: if one of the texts is not understood.
    """
    if old == new:
        return StatementChange(change=ChangeKind.NONE)
    before, after = parse(old, old_path), parse(new, new_path)
    if len(before) == 1 == len(after):
        pairs: list[tuple[Statement | None, Statement | None]] = [(before[0], after[0])]
    else:
        pairs = _paired(before, after)
    schemas = {
        statement.outputs[0]: statement.definition.columns for statement in after if statement.definition
    }
    return together(
        [
            compare(one.sql, two.sql, columns=schemas) if one and two else _change(one, two)
            for one, two in pairs
        ]
    )


def _paired(
    before: tuple[Statement, ...], after: tuple[Statement, ...]
) -> list[tuple[Statement | None, Statement | None]]:
    left = dict(_keyed(before))
    right = dict(_keyed(after))
    return [(left.get(key), right.get(key)) for key in dict.fromkeys(chain(right, left))]


def _keyed(statements: Iterable[Statement]) -> list[tuple[tuple[object, ...], Statement]]:
    """Each statement under its kind, its table, and its number among those."""
    counts: dict[tuple[object, ...], int] = {}
    keyed: list[tuple[tuple[object, ...], Statement]] = []
    for statement in statements:
        key = (statement.kind, statement.outputs)
        counts[key] = counts.get(key, 0) + 1
        keyed.append(((*key, counts[key]), statement))
    return keyed


def _change(old: Statement | None, new: Statement | None) -> StatementChange:
    there = new or old
    assert there is not None
    what = f"the statement {there.kind.value} {', '.join(there.outputs)}".strip()
    return StatementChange(
        change=ChangeKind.SEMANTIC,
        reasons=(f"{what} was {'added' if new else 'removed'}",),
        rows_may_change=True,
    )
