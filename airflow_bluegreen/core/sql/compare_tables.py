"""What changed between two versions of a ``CREATE TABLE``."""

from airflow_bluegreen.core.model import ChangeKind, StatementChange
from airflow_bluegreen.core.sql.table_syntax import ColumnSyntax, TableSyntax
from airflow_bluegreen.core.sql.text import dotted

# Options that decide how changes of rows are written or read, and so which rows a reader ends up with.
_DECIDE_ROWS = frozenset(
    {"changelog.mode", "connector", "scan.startup.mode", "kafka.cleanup-policy", "topic"}
)


def compare_tables(old: TableSyntax, new: TableSyntax) -> StatementChange:
    """Columns and everything else that differs, one reason each."""
    before = {syntax.column.name: syntax for syntax in old.columns}
    after = {syntax.column.name: syntax for syntax in new.columns}
    changed = tuple(name for name in after if name in before and _said(before[name]) != _said(after[name]))
    reasons = [f"column {name} changed: {_text(before[name])} → {_text(after[name])}" for name in changed]
    reasons += [f"column {name} added: {_text(after[name])}" for name in after if name not in before]
    reasons += [f"column {name} removed" for name in before if name not in after]
    common = [name for name in before if name in after]
    if common != [name for name in after if name in before]:
        reasons.append("the order of the columns changed")
    clauses = _clauses(old, new)
    options, options_decide = _options(old, new)
    return StatementChange(
        change=ChangeKind.SEMANTIC,
        reasons=(*reasons, *clauses.values(), *options) or (ONLY_DESCRIBES,),
        changed=changed,
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        rows_may_change=options_decide or not _DECIDING_CLAUSES.isdisjoint(clauses),
    )


ONLY_DESCRIBES = "only what describes the table changed"
_DECIDING_CLAUSES = frozenset({"name", "connection", "primary key", "base", "refresh_mode", "start_mode"})


def _said(syntax: ColumnSyntax) -> tuple[object, ...]:
    return syntax.column, syntax.expression, syntax.virtual, syntax.default


def _text(syntax: ColumnSyntax) -> str:
    column = syntax.column
    default = f"DEFAULT {syntax.default}" if syntax.default else ""
    origin = f"{column.kind.value} {syntax.expression}".strip() if syntax.expression else ""
    return " ".join(filter(None, [column.type, "" if column.nullable else "NOT NULL", default, origin]))


def _clauses(old: TableSyntax, new: TableSyntax) -> dict[str, str]:
    """A sentence for each clause that differs, by the clause."""
    refresh = dict.fromkeys([*new.refresh, *old.refresh])
    pairs = (
        ("name", dotted(part.value for part in old.name), dotted(part.value for part in new.name)),
        ("connection", _connection(old), _connection(new)),
        ("primary key", ", ".join(old.primary_key), ", ".join(new.primary_key)),
        ("watermark", old.definition().watermark or "", new.definition().watermark or ""),
        ("distribution", _distribution(old), _distribution(new)),
        ("partitioning", ", ".join(old.partitioned_by), ", ".join(new.partitioned_by)),
        ("base", _base(old), _base(new)),
        *((key.lower(), old.refresh.get(key, ""), new.refresh.get(key, "")) for key in refresh),
    )
    return {
        clause: f"{clause} changed: {before or 'none'} → {after or 'none'}"
        for clause, before, after in pairs
        if before != after
    }


def _connection(table: TableSyntax) -> str:
    return dotted(part.value for part in table.connection)


def _base(table: TableSyntax) -> str:
    return " ".join(filter(None, [dotted(part.value for part in table.base), table.base_options]))


def _distribution(table: TableSyntax) -> str:
    if table.distribution_at is None:
        return ""
    return f"({', '.join(table.distributed_by)}) into {table.buckets or 'the default number of'} buckets"


def _options(old: TableSyntax, new: TableSyntax) -> tuple[list[str], bool]:
    before, after = old.definition().options, new.definition().options
    different = [key for key in dict.fromkeys([*after, *before]) if before.get(key) != after.get(key)]
    sentences = [
        f"option {key} changed: {before.get(key, 'not set')} → {after.get(key, 'not set')}"
        for key in different
    ]
    return sentences, not _DECIDE_ROWS.isdisjoint(different)
