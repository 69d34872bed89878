"""How a query's rows and columns come about, block by block, from the stored tables to its result."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from airflow_bluegreen.core.model import Column
from airflow_bluegreen.core.sql.expressions import Expressions, Observer, calls_aggregate
from airflow_bluegreen.core.sql.names import (
    alias_columns,
    alias_of,
    children,
    common_tables,
    part_of,
    qualifiers,
    set_operations,
)
from airflow_bluegreen.core.sql.query import Tree
from airflow_bluegreen.core.sql.relations import Fact, Relation, combined, plain
from airflow_bluegreen.core.sql.scope import Item, Scope
from airflow_bluegreen.core.sql.sources import Common, Sources

Schemas = Mapping[str, tuple[Column, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A query's result. Not ``exact`` when something in it was not understood."""

    relation: Relation
    exact: bool


def flow(tree: Tree, schemas: Schemas, observer: Observer | None = None) -> Flow:
    """Follows every column of a query back to the stored tables.

    :param schemas: columns by table name; a table that is missing is taken to have whatever is asked of it.
    :param observer: is told of every comparison and every numbering of rows on the way.
    """
    follower = _Follower(schemas, observer)
    relation = follower.query(tree, {}, Scope())
    listed = all(name != "*" for name, _ in relation.items())
    return Flow(relation=relation, exact=follower.exact and listed and not follower.unknown)


class _Follower:
    def __init__(self, schemas: Schemas, observer: Observer | None) -> None:
        self._schemas = schemas
        self._observer = observer
        self.exact = True
        self.unknown: list[str] = []

    def query(self, node: exp.Expr, common: Common, scope: Scope) -> Relation:
        """The result of any query; ``scope.outer`` is what it may refer to outside."""
        common = self._common_tables(node, common, scope)
        match node:
            case exp.Select():
                return self._select(node, common, scope)
            case exp.SetOperation():
                return self._set_operation(node, common, scope)
            case exp.Subquery():
                inner = self.query(node.this, common, scope)
                return self._limited(node, inner, scope)
            case exp.Values():
                return self._values(node)
            case _:
                self.exact = False
                return Relation(anything=plain(f"unknown {node.sql()}"))

    def _common_tables(self, node: exp.Expr, common: Common, scope: Scope) -> Common:
        expressions, recursive = common_tables(node)
        known = dict(common)
        for expression in expressions:
            name = alias_of(expression)
            if recursive:
                self.exact = False
                known[name] = Relation(anything=plain(f"recursion of {name}"))
            result = self.query(expression.this, known, Scope(outer=scope.outer))
            known[name] = result.named(alias_columns(expression))
        return known

    def _select(self, node: exp.Select, common: Common, around: Scope) -> Relation:
        scope = Scope(outer=around.outer)
        expressions = Expressions(
            lambda inner, outer: self.query(inner, common, Scope(outer=outer)), self._observer
        )
        sources = Sources(
            self._schemas, common, expressions, lambda inner, inside: self.query(inner, common, inside)
        )
        sources.fill(node, scope)
        patterns = node.args.get("match")
        if patterns is not None:
            self.exact = False
            matched = _matched(patterns, scope)
            scope.items = [matched, *scope.items[1:]]
            scope.rows = matched.relation.rows
        windows = list(node.args.get("windows") or ())
        scope.windows = combined("windows", expressions.facts(windows, scope))
        self._filter(node, scope, expressions)
        relation = self._project(node, scope, expressions)
        self.exact = self.exact and sources.exact and not scope.ambiguous
        self.unknown += expressions.unknown
        return self._limited(node, relation, scope)

    def _filter(self, node: exp.Select, scope: Scope, expressions: Expressions) -> None:
        """WHERE takes rows away; a filter on a rank also decides which row of a partition stays."""
        where = node.args.get("where")
        if where is None:
            return
        scope.rows = combined("where", [scope.rows, expressions.fact(where.this, scope)])
        if not scope.ranks:
            return
        for condition in where.this.flatten() if isinstance(where.this, exp.And) else (where.this,):
            for column in condition.find_all(exp.Column):
                rank = scope.lookup(_path(column))
                if rank is not None and rank.ranked_by is not None:
                    _choose(scope, expressions.fact(condition, scope), rank.ranked_by)

    def _project(self, node: exp.Select, scope: Scope, expressions: Expressions) -> Relation:
        keys = self._group_keys(node, scope, expressions)
        grouped = node.args.get("group") is not None or any(map(calls_aggregate, node.expressions))
        having = node.args.get("having")
        before = scope.rows
        if grouped:
            scope.rows = combined("group", [before, *keys])
        if having is not None:
            scope.rows = combined("having", [scope.rows, expressions.fact(having.this, scope).under(before)])
        columns: list[tuple[str, Fact]] = []
        for at, projection in enumerate(node.expressions):
            if _is_star(projection):
                qualified = qualifiers(projection) if isinstance(projection, exp.Column) else ()
                columns += scope.star(tuple(part.name for part in qualified))
                continue
            fact = expressions.fact(projection, scope)
            if grouped and not _is_of_keys(projection, fact, keys, scope, expressions):
                fact = fact.under(before, *keys)
            columns.append((_projected_name(projection, at), fact))
        rows = scope.rows
        if node.args.get("distinct") is not None:
            rows = combined("distinct", [rows, *(fact for _, fact in columns)])
        return _result(_unique(columns), rows)

    def _group_keys(self, node: exp.Select, scope: Scope, expressions: Expressions) -> list[Fact]:
        group = node.args.get("group")
        if group is None:
            return []
        keys = []
        for key, child in children(group):
            if isinstance(child, exp.Literal) and not child.is_string and key == "expressions":
                position = int(child.name) - 1 if child.name.isdecimal() else -1
                if 0 <= position < len(node.expressions):
                    child = node.expressions[position]
            fact = expressions.fact(child, scope)
            keys.append(fact if key == "expressions" else combined(key, [fact]))
        return keys

    def _set_operation(self, node: exp.SetOperation, common: Common, scope: Scope) -> Relation:
        operations, branches = set_operations(node)
        relation = self.query(branches[0], common, Scope(outer=scope.outer))
        for operation, branch in zip(operations, branches[1:], strict=True):
            right = self.query(branch, common, Scope(outer=scope.outer))
            relation = self._united(operation, relation, right)
        return self._limited(node, relation, scope)

    def _united(self, node: exp.SetOperation, left: Relation, right: Relation) -> Relation:
        kind = type(node).__name__
        distinct = bool(node.args.get("distinct")) or not isinstance(node, exp.Union)
        if len(left.items()) != len(right.items()) or not (left.closed and right.closed):
            self.exact = False
        pairs = zip(left.items(), right.items(), strict=False)
        columns = tuple((name, combined(kind, [one, two])) for (name, one), (_, two) in pairs)
        rows = combined(f"{kind} {distinct}", [left.rows, right.rows])
        if distinct:
            rows = combined("distinct", [rows, *(fact for _, fact in columns)])
        return _result(columns, rows)

    def _limited(self, node: exp.Expr, relation: Relation, scope: Scope) -> Relation:
        """LIMIT, FETCH and OFFSET take rows away, by the order if there is one."""
        limits = [node.args[key] for key in ("limit", "offset") if node.args.get(key) is not None]
        if not limits:
            return relation
        names = Scope(items=[*scope.items, Item(visible=(), relation=relation)], outer=scope.outer)
        expressions = Expressions(lambda inner, outer: self.query(inner, {}, Scope(outer=outer)))
        order = node.args.get("order")
        facts = expressions.facts([*limits, *([order] if order is not None else [])], names)
        return Relation(
            columns=relation.columns,
            rows=combined("limit", [relation.rows, *facts]),
            anything=relation.anything,
            tags=relation.tags,
        )

    def _values(self, node: exp.Values) -> Relation:
        first = node.expressions[0] if node.expressions else None
        width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
        columns = tuple((f"EXPR${at}", plain(f"{at} of {node.sql()}")) for at in range(width))
        return Relation(columns=columns, rows=plain(node.sql()))


def _matched(patterns: exp.Expr, scope: Scope) -> Item:
    """``MATCH_RECOGNIZE``: any of its columns may come from anything that is read."""
    read = [fact for item in scope.items for _, fact in item.relation.items()]
    everything = combined(patterns.sql(), [*read, scope.rows])
    alias = alias_of(patterns)
    return Item(visible=(alias,) if alias else (), relation=Relation(rows=everything, anything=everything))


def _choose(scope: Scope, choice: Fact, spared: frozenset[str]) -> None:
    """Which row of a partition stays decides over every column but the partition's."""
    scope.items = [
        Item(visible=item.visible, relation=item.relation.under(choice, spared=spared))
        for item in scope.items
    ]


def _result(columns: list[tuple[str, Fact]] | tuple[tuple[str, Fact], ...], rows: Fact) -> Relation:
    """A query's result; a star that could not be listed leaves room for any column."""
    listed = tuple((name, fact) for name, fact in columns if name != "*")
    stars = [fact for name, fact in columns if name == "*"]
    return Relation(columns=listed, rows=rows, anything=combined("*", stars) if stars else None)


def _unique(columns: list[tuple[str, Fact]]) -> list[tuple[str, Fact]]:
    """Names as Flink gives them when two columns are called the same: id, id0, id1."""
    taken: set[str] = set()
    named = []
    for name, fact in columns:
        unique, count = name, 0
        while unique in taken and name != "*":
            unique, count = f"{name}{count}", count + 1
        taken.add(unique)
        named.append((unique, fact))
    return named


def _is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))


def _projected_name(node: exp.Expr, at: int) -> str:
    """The name of a projection's column: its alias, its last part, or the name that Flink makes up."""
    alias = part_of(node.args.get("alias"))
    if alias is not None:
        return alias.name
    if isinstance(node, exp.Dot):
        last = part_of(node.expression)
        return last.name if last else f"EXPR${at}"
    named = part_of(node.this) if isinstance(node, exp.Column) else None
    return named.name if named else f"EXPR${at}"


def _path(column: exp.Column) -> tuple[str, ...]:
    name = part_of(column.this)
    return (*(part.name for part in qualifiers(column)), name.name if name else "*")


def _is_of_keys(
    projection: exp.Expr, fact: Fact, keys: list[Fact], scope: Scope, expressions: Expressions
) -> bool:
    """Whether a projection of a grouped block is the same for all rows of its group by itself."""
    meanings = {key.meaning for key in keys}
    if fact.meaning in meanings:
        return True
    if calls_aggregate(projection):
        return False
    columns = list(projection.find_all(exp.Column))
    return all(expressions.fact(column, scope).meaning in meanings for column in columns)
