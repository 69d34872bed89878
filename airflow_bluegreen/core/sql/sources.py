"""The relations of a FROM clause: tables, subqueries, window functions, table functions, joins."""

from collections.abc import Mapping

from sqlglot import exp

from airflow_bluegreen.core.model import Column
from airflow_bluegreen.core.sql.expressions import Expressions, Subquery, function_name
from airflow_bluegreen.core.sql.functions import WINDOW_COLUMNS, WINDOWS
from airflow_bluegreen.core.sql.names import (
    Part,
    alias_columns,
    alias_of,
    children,
    full_name,
    part_of,
    table_parts,
)
from airflow_bluegreen.core.sql.relations import Fact, Relation, combined, plain, stored
from airflow_bluegreen.core.sql.scope import Item, Scope

Common = Mapping[str, Relation]


class Sources:
    """Fills the scope of one query block from its FROM clause."""

    def __init__(
        self,
        schemas: Mapping[str, tuple[Column, ...]],
        common: Common,
        expressions: Expressions,
        subquery: Subquery,
    ) -> None:
        self._schemas = schemas
        self._common = common
        self._expressions = expressions
        self._subquery = subquery
        self._reads: dict[str, int] = {}
        self.exact = True

    def fill(self, select: exp.Expr, scope: Scope) -> None:
        """Puts everything that FROM and JOIN name into the scope."""
        clause = select.args.get("from_")
        if clause is not None:
            self._add(clause.this, scope)
            self._join_all(clause.this, scope)
        where = select.args.get("where")
        for join in select.args.get("joins") or ():
            self._join(join, scope, where)
        for lateral in select.args.get("laterals") or ():
            self._add(lateral, scope)

    def _join_all(self, item: exp.Expr, scope: Scope) -> None:
        for join in item.args.get("joins") or ():
            self._join(join, scope, None)

    def _add(self, node: exp.Expr, scope: Scope) -> list[Item]:
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):  # a join in parentheses
            before = len(scope.items)
            self._add(node.this, scope)
            self._join_all(node.this, scope)
            return scope.items[before:]
        relation = self._relation(node, scope)
        item = Item(visible=_visible(node), relation=relation.named(alias_columns(node)))
        scope.items.append(item)
        scope.rows = combined("from", [scope.rows, item.relation.rows])
        return [item]

    def _join(self, join: exp.Expr, scope: Scope, where: exp.Expr | None) -> None:
        left = list(scope.items)
        right = self._add(join.this, scope)
        using = [part.name for part in map(part_of, join.args.get("using") or ()) if part]
        condition = self._condition(join, scope, using, left, right)
        if condition is None and isinstance(join.this, exp.Table | exp.Subquery) and where is not None:
            condition = self._expressions.fact(where.this, scope)  # FROM a, b WHERE a.id = b.id
        deciding = tuple(fact for fact in (condition,) if fact)
        side = str(join.args.get("side") or "").upper()
        tagged = left if side == "RIGHT" else right
        if side == "FULL":
            tagged = left + right
        for item in tagged:
            others = [other.relation.rows for other in right if other is item]
            at = next(index for index, other in enumerate(scope.items) if other is item)
            scope.items[at] = Item(visible=item.visible, relation=item.relation.under(*deciding, *others))
        kind = " ".join(str(join.args.get(key) or "").upper() for key in ("method", "side", "kind"))
        scope.rows = combined(f"join {kind}", [scope.rows, *deciding])
        scope.merged |= frozenset(using)

    def _condition(
        self, join: exp.Expr, scope: Scope, using: list[str], left: list[Item], right: list[Item]
    ) -> Fact | None:
        if join.args.get("on") is not None:
            return self._expressions.fact(join.args["on"], scope)
        if using:
            for name in using:
                self._merge(name, left, right)
            sides = [item.relation.column(name) for name in using for item in (*left, *right)]
            return combined("using " + " ".join(using), [fact for fact in sides if fact])
        if str(join.args.get("method") or "").upper() == "NATURAL":
            self.exact = self.exact and all(item.relation.closed for item in (*left, *right))
            return combined("natural", [item.relation.rows for item in (*left, *right)])
        return None

    def _merge(self, name: str, left: list[Item], right: list[Item]) -> None:
        facts = [
            next(filter(None, (item.relation.column(name) for item in side)), None) for side in (left, right)
        ]
        if facts[0] is not None and facts[1] is not None:
            self._expressions.merged(facts[0], facts[1])

    def _relation(self, node: exp.Expr, scope: Scope) -> Relation:
        match node:
            case exp.Table():
                return self._table(node, scope)
            case exp.Subquery() | exp.Query() | exp.Values():
                return self._subquery(node, Scope(outer=scope.outer))
            case exp.Lateral() if isinstance(node.this, exp.Subquery | exp.Query):
                return self._subquery(node.this, Scope(outer=scope))
            case exp.Lateral() | exp.Unnest():
                return self._function(node, scope)
            case _:
                self.exact = False
                return Relation(anything=plain(f"unknown {node.sql()}"))

    def _table(self, node: exp.Table, scope: Scope) -> Relation:
        parts = table_parts(node)
        if not parts:
            return self._table_function(node.this, scope)
        relation = self._named(parts)
        version, patterns = node.args.get("version"), node.args.get("match_recognize")
        if version is not None:
            time = self._expressions.fact(version, scope)
            relation = relation.under(time)
        if patterns is not None or node.args.get("pivots"):
            self.exact = False
            everything = combined(node.sql(), [fact for _, fact in relation.items()])
            return Relation(rows=everything.under(relation.rows), anything=everything)
        return relation

    def _named(self, parts: tuple[Part, ...]) -> Relation:
        name = full_name(parts)
        if len(parts) == 1 and name in self._common:
            return self._common[name]
        reads = self._reads[name] = self._reads.get(name, 0) + 1
        label = f"{name}#{reads}"
        schema = self._schemas.get(name, self._schemas.get(parts[-1].name))
        return Relation(
            columns=tuple((column.name, stored(name, column.name, label)) for column in schema or ()),
            rows=plain(f"table {label}"),
            table=name,
            label=label,
            complete=schema is not None,
        )

    def _table_function(self, node: exp.Expr, scope: Scope) -> Relation:
        """``TUMBLE(TABLE t, …)`` gives t's columns and its window; other functions what nobody knows."""
        inputs = [
            self._subquery(argument, Scope(outer=scope.outer))
            for _, argument in children(node)
            for argument in (argument.expression if isinstance(argument, exp.Kwarg) else argument,)
            if isinstance(argument, exp.Subquery | exp.Query)
        ]
        settings = combined("window", [self._setting(child, inputs) for _, child in children(node)])
        rows = combined(function_name(node), [*(table.rows for table in inputs), settings])
        if function_name(node) in WINDOWS and len(inputs) == 1:
            own = tuple((name, combined(name, [settings])) for name in WINDOW_COLUMNS)
            listed = tuple(item for item in inputs[0].items() if item[0] != "*")
            return Relation(columns=(*listed, *own), rows=rows, anything=_rest(inputs[0]))
        self.exact = False
        everything = combined("anything", [fact for table in inputs for _, fact in table.items()])
        return Relation(rows=rows, anything=everything.under(rows))

    def _setting(self, node: exp.Expr, inputs: list[Relation]) -> Fact:
        """An argument of a window function; DESCRIPTOR names columns of the table argument."""
        if isinstance(node, exp.Kwarg):
            return combined(node.name.upper(), [self._setting(node.expression, inputs)])
        if isinstance(node, exp.Subquery | exp.Query):
            return plain("table")
        scope = Scope(items=[Item(visible=(), relation=table) for table in inputs])
        if function_name(node) == "DESCRIPTOR":
            return combined("descriptor", [self._expressions.fact(name, scope) for name in node.expressions])
        return self._expressions.fact(node, scope)

    def _function(self, node: exp.Expr, scope: Scope) -> Relation:
        """``UNNEST(a)`` and ``LATERAL f(a)``: columns that come from the arguments."""
        arguments = list(node.expressions) if isinstance(node, exp.Unnest) else [node.this]
        fact = combined(type(node).__name__, self._expressions.facts(arguments, scope))
        listed: tuple[tuple[str, Fact], ...] = tuple(
            (name, combined(f"column {at}", [fact])) for at, name in enumerate(alias_columns(node))
        )
        offset = part_of(node.args.get("offset"))
        if offset:
            listed += ((offset.name, combined("ordinality", [fact])),)
        return Relation(columns=listed, rows=fact, anything=None if listed else fact)


def _rest(relation: Relation) -> Fact | None:
    return None if relation.closed else relation.column("*")


def _visible(node: exp.Expr) -> tuple[str, ...]:
    alias = alias_of(node)
    if alias:
        return (alias,)
    return tuple(part.name for part in table_parts(node)) if isinstance(node, exp.Table) else ()
