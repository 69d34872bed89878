"""What changed between two versions of a statement, and what that means for the data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from airflow_bluegreen.core.model import ChangeKind, Column, StatementChange, StatementKind
from airflow_bluegreen.core.sql.canonical import canonical_of
from airflow_bluegreen.core.sql.column_lineage import output_columns
from airflow_bluegreen.core.sql.compare_tables import ONLY_DESCRIBES, compare_tables
from airflow_bluegreen.core.sql.describe import clauses
from airflow_bluegreen.core.sql.flow import flow
from airflow_bluegreen.core.sql.lexer import Lexeme, lex
from airflow_bluegreen.core.sql.limits import nesting_refused
from airflow_bluegreen.core.sql.reading import Reading
from airflow_bluegreen.core.sql.relations import Fact
from airflow_bluegreen.core.sql.shape import same_shape
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.statements import read, split
from airflow_bluegreen.core.sql.sums import together
from airflow_bluegreen.core.sql.text import dotted

_NO_COLUMNS: Mapping[str, tuple[Column, ...]] = MappingProxyType({})


def compare(
    old: str, new: str, *, columns: Mapping[str, tuple[Column, ...]] = _NO_COLUMNS
) -> StatementChange:
    """The semantic difference of two versions of one statement.

    ``none``: the same bytes. ``cosmetic``: comments, layout, keyword case, needless quotes or parentheses.
    ``semantic``: anything else, with the output columns that changed and whether other rows may come out.

    :param old: the text of one statement, table names as in ``new`` (version suffixes already brought
        together).
    :param new: the text of the other version.
    :param columns: columns by table name, for ``SELECT *``, unqualified names and the columns of the written
        table.
    :raises SqlSyntaxError: if one of them is not one statement that is understood.
    """
    if old == new:
        return StatementChange(change=ChangeKind.NONE)
    before, after = _tokens(old, "<old>"), _tokens(new, "<new>")
    if canonical_of(before[1]) == canonical_of(after[1]):
        return StatementChange(change=ChangeKind.COSMETIC)
    one, two = read(*before), read(*after)
    with nesting_refused(two.source, two.lexemes[0].start):
        if same_shape(one, two):
            return StatementChange(change=ChangeKind.COSMETIC)
        return _semantic(one, two, columns)


def _tokens(text: str, path: str) -> tuple[Source, list[Lexeme]]:
    source = Source(text=text, path=path)
    statements = list(split(lex(source)))
    if len(statements) != 1:
        at = statements[1][0][0].start if statements else 0
        raise source.error("expected one statement", at, remedy="Compare statement by statement")
    return source, statements[0][0]


def _semantic(old: Reading, new: Reading, columns: Mapping[str, tuple[Column, ...]]) -> StatementChange:
    if old.kind is not new.kind:
        reason = f"the statement was a {old.kind.value} and is a {new.kind.value}"
        return StatementChange(change=ChangeKind.SEMANTIC, reasons=(reason,), rows_may_change=True)
    if old.members and new.members:
        return _members(old, new, columns)
    if old.table is not None and new.table is not None and not (old.query or new.query):
        return _with_head(old, new, compare_tables(old.table, new.table))
    if old.query is None or new.query is None or old.kind is StatementKind.CREATE_MODEL:
        reasons = (
            _settings(old, new) or _queries_gone(old, new) or (f"may change: the {_named(new)} differs",)
        )
        return StatementChange(change=ChangeKind.SEMANTIC, reasons=reasons, rows_may_change=True)
    return _with_head(old, new, _with_definition(old, new, _queries(old, new, columns)))


def _settings(old: Reading, new: Reading) -> tuple[str, ...]:
    if old.settings is None or new.settings is None:
        return ()
    return (f"may change: the setting {' = '.join(old.settings)} is now {' = '.join(new.settings)}",)


def _queries_gone(old: Reading, new: Reading) -> tuple[str, ...]:
    came_or_went = (old.query is None) != (new.query is None)
    return ("may change: the query came or went",) if came_or_went else ()


def _named(reading: Reading) -> str:
    """What a statement without a query is, in its own words: ``CREATE FUNCTION``."""
    return " ".join(reading.head[:2]) or reading.kind.value


def _members(old: Reading, new: Reading, columns: Mapping[str, tuple[Column, ...]]) -> StatementChange:
    """The statements of a set brought together by the table that they write."""
    left, right = _keyed(old.members), _keyed(new.members)
    changes = [_pair(left.get(key), right.get(key), columns) for key in dict.fromkeys([*right, *left])]
    change = together(changes)
    if change.change is ChangeKind.SEMANTIC:
        return change
    reason = "may change: the order of the statements, or what stands around them"
    return StatementChange(change=ChangeKind.SEMANTIC, reasons=(reason,), rows_may_change=True)


def _keyed(members: tuple[Reading, ...]) -> dict[tuple[object, ...], Reading]:
    """Each member under its kind, its table, and its number among those."""
    counts: Counter[tuple[object, ...]] = Counter()
    keyed: dict[tuple[object, ...], Reading] = {}
    for member in members:
        name = (member.kind, *(part.value for part in member.target))
        counts[name] += 1
        keyed[(*name, counts[name])] = member
    return keyed


def _pair(
    old: Reading | None, new: Reading | None, columns: Mapping[str, tuple[Column, ...]]
) -> StatementChange:
    if old is None or new is None:
        there = new or old
        assert there is not None
        table = dotted(part.value for part in there.target)
        reason = f"the statement {there.kind.value} {table} was {'added' if new else 'removed'}"
        return StatementChange(change=ChangeKind.SEMANTIC, reasons=(reason,), rows_may_change=True)
    if canonical_of(old.lexemes) == canonical_of(new.lexemes):
        return StatementChange(change=ChangeKind.NONE)
    if same_shape(old, new):
        return StatementChange(change=ChangeKind.COSMETIC)
    return _semantic(old, new, columns)


_CREATES = frozenset(
    {StatementKind.CREATE_TABLE, StatementKind.CREATE_MATERIALIZED_TABLE, StatementKind.CREATE_VIEW}
)


def _with_head(old: Reading, new: Reading, change: StatementChange) -> StatementChange:
    """Adds that INSERT INTO became INSERT OVERWRITE, or CREATE became CREATE OR REPLACE."""
    if old.head == new.head:
        return change
    reason = f"{' '.join(old.head)} became {' '.join(new.head)}"
    return replace(
        change,
        reasons=(reason, *change.reasons),
        rows_may_change=change.rows_may_change or new.kind not in _CREATES,
    )


def _with_definition(old: Reading, new: Reading, change: StatementChange) -> StatementChange:
    """Adds what changed in the definition of a table that is created and filled in one statement."""
    if old.table is None or new.table is None:
        return change
    defined = compare_tables(old.table, new.table)
    return StatementChange(
        change=ChangeKind.SEMANTIC,
        reasons=tuple(reason for reason in defined.reasons if reason != ONLY_DESCRIBES) + change.reasons,
        changed=tuple(dict.fromkeys(defined.changed + change.changed)),
        added=tuple(dict.fromkeys(defined.added + change.added)),
        removed=tuple(dict.fromkeys(defined.removed + change.removed)),
        rows_may_change=defined.rows_may_change or change.rows_may_change,
    )


def _queries(old: Reading, new: Reading, schemas: Mapping[str, tuple[Column, ...]]) -> StatementChange:
    assert old.query is not None
    assert new.query is not None
    one, two = flow(old.query, schemas), flow(new.query, schemas)
    before = dict(output_columns(old, one.relation, schemas))
    after = dict(output_columns(new, two.relation, schemas))
    changed = tuple(name for name in after if name in before and _differ(before[name], after[name]))
    added = tuple(name for name in after if name not in before)
    removed = tuple(name for name in before if name not in after)
    reasons = clauses(old.query, new.query)
    rows = one.relation.rows.meaning != two.relation.rows.meaning
    written = [part.value for part in old.target] != [part.value for part in new.target]
    if written or [p.value for p in old.partition] != [p.value for p in new.partition]:
        reasons = ("the statement writes to another place", *reasons)
        rows = True
    if _hints(old) != _hints(new):
        reasons = (*reasons, "may change: hints")
        rows = True
    unsure = not (one.exact and two.exact)
    if unsure and not (rows or changed or added or removed):
        reasons = ("may change: something in the query could not be followed", *reasons)
        rows = True
    return StatementChange(
        change=ChangeKind.SEMANTIC,
        reasons=reasons or ("the text differs, its columns and rows come about as before",),
        changed=tuple(name for name in changed if name != "*"),
        added=tuple(name for name in added if name != "*"),
        removed=tuple(name for name in removed if name != "*"),
        rows_may_change=rows or "*" in (*changed, *added, *removed),
    )


def _differ(old: Fact, new: Fact) -> bool:
    return old.meaning != new.meaning


def _hints(reading: Reading) -> list[tuple[str, ...]]:
    return [canonical_of([lexeme]) for lexeme in reading.lexemes if lexeme.text.startswith("/*+")]
