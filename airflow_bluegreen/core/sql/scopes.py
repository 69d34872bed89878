"""Which names in a query are tables: what it reads, and every place where a table is named.

sqlglot marks common table expressions, real tables and qualifiers all alike, so the names are resolved here
by the rules of Calcite: names are case-sensitive, a common table expression hides a table of its name behind
its definition (inside it only when it is RECURSIVE), an alias hides the name of its table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from airflow_bluegreen.core.sql.names import (
    Part,
    alias_of,
    common_tables,
    full_name,
    qualifiers,
    table_parts,
)
from airflow_bluegreen.core.sql.query import CALL_MARK, HINT_MARK, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTable:
    """A place where a table is named: ``name`` is its full name, ``part`` the identifier there."""

    name: str
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a FROM clause names, by its own name or an alias; ``table`` is empty if it is no stored table."""

    visible: tuple[str, ...]
    table: str = ""


@dataclass(slots=True, kw_only=True)
class Names:
    """What was found: the tables read in order, the places that name them, and what the hints may name."""

    reads: list[NamedTable] = field(default_factory=list)
    places: list[NamedTable] = field(default_factory=list)
    hints: dict[int, tuple[Origin, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What is visible: common table expressions, and the FROM clauses from the innermost to the outermost.

    ``stored`` are the last parts of all that is visible in those clauses and is a stored table.
    """

    common: frozenset[str] = frozenset()
    origins: tuple[tuple[Origin, ...], ...] = ()
    stored: frozenset[str] = frozenset()

    def may_store(self, qualifier: object) -> bool:
        """Whether a qualifier of one part can be that of a stored table; most are aliases."""
        return (
            not isinstance(qualifier, exp.Identifier) or qualifier.this.removesuffix(CALL_MARK) in self.stored
        )


def resolve(tree: Tree) -> Names:
    """Finds every table name of a query."""
    names = Names()
    _Resolver(names).visit(tree, _Surroundings())
    names.places.sort(key=lambda place: place.part.start)
    names.reads.sort(key=lambda read: read.part.start)
    return names


class _Resolver:
    """Walks the tree with what is visible at each place."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.visitors: Mapping[type[exp.Expr], Callable[[exp.Expr, _Surroundings], None]] = {
            exp.Select: self._select,
            exp.Table: self._table,
            exp.Column: self._column,
            exp.MatchRecognize: self._patterns,
        }

    def visit(self, node: exp.Expr, around: _Surroundings) -> None:
        if node.args.get("with_"):
            around = self._common_tables(node, around)
        visitor = self.visitors.get(type(node))
        if visitor:
            visitor(node, around)
        else:
            self._below(node, around)

    def _below(self, node: exp.Expr, around: _Surroundings) -> None:
        """On to the next nodes that mean something; a chain of ANDs may be deeper than Python can recurse."""
        visitors, column = self.visitors, exp.Column
        pending = list(node.iter_expressions())
        while pending:
            following = pending.pop()
            kind = type(following)
            if kind in _NOTHING_BELOW:
                continue
            if kind is column:
                if following.args.get("table") is not None:
                    self._column(following, around)
            elif kind in visitors or following.args.get("with_"):
                self.visit(following, around)
            else:
                pending += following.iter_expressions()

    def _common_tables(self, node: exp.Expr, around: _Surroundings) -> _Surroundings:
        expressions, recursive = common_tables(node)
        common = around.common
        for expression in expressions:
            name = alias_of(expression)
            inside = common | {name} if recursive else common
            self.visit(expression.this, replace(around, common=inside))
            common = common | {name}
        return replace(around, common=common)

    def _select(self, node: exp.Expr, around: _Surroundings) -> None:
        own = tuple(origin for item in from_items(node) for origin in self._origins(item, around))
        stored = around.stored.union(origin.visible[-1] for origin in own if origin.table)
        inside = _Surroundings(common=around.common, origins=(own, *around.origins), stored=stored)
        hint = node.args.get("hint")
        if hint is not None:
            self._hint(hint, own)
        self._below(node, inside)

    def _hint(self, hint: exp.Expr, own: tuple[Origin, ...]) -> None:
        for mark in hint.expressions:
            spelled = mark.name.lower()
            if spelled.startswith(HINT_MARK):
                self.names.hints[int(spelled.removeprefix(HINT_MARK))] = own

    def _origins(self, item: exp.Expr, around: _Surroundings) -> list[Origin]:
        alias = alias_of(item)
        if alias:
            return [Origin(visible=(alias,))]
        if isinstance(item, exp.Table):
            parts = table_parts(item)
            if not parts or self._is_common(parts, around):
                return [Origin(visible=(parts[-1].name,))] if parts else []
            return [Origin(visible=tuple(part.name for part in parts), table=full_name(parts))]
        if isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table):  # a join in parentheses
            return [origin for inner in joined_items(item.this) for origin in self._origins(inner, around)]
        return []

    def _is_common(self, parts: tuple[Part, ...], around: _Surroundings) -> bool:
        return len(parts) == 1 and parts[0].name in around.common

    def _table(self, node: exp.Expr, around: _Surroundings) -> None:
        assert isinstance(node, exp.Table)
        parts = table_parts(node)
        if parts and not self._is_common(parts, around):
            place = NamedTable(name=full_name(parts), part=parts[-1])
            self.names.reads.append(place)
            self.names.places.append(place)
        self._below(node, around)

    def _column(self, node: exp.Expr, around: _Surroundings) -> None:
        table = node.args.get("table")
        if table is None:
            return
        if node.args.get("db") is None and not around.may_store(table):
            return
        assert isinstance(node, exp.Column)
        prefix = qualifiers(node)
        path = tuple(part.name for part in prefix)
        for origins in around.origins:
            for length in range(len(prefix), 0, -1):
                found = _named(path[:length], origins)
                if found is None:
                    continue
                if found.table:
                    self.names.places.append(NamedTable(name=found.table, part=prefix[length - 1]))
                return

    def _patterns(self, node: exp.Expr, around: _Surroundings) -> None:
        """Inside MATCH_RECOGNIZE a qualifier is a variable of the pattern, whatever the tables are called."""
        self._below(node, _Surroundings(common=around.common))


# Names and literals hold no tables; common table expressions are visited before the query they belong to.
_NOTHING_BELOW = frozenset({exp.Identifier, exp.Literal, exp.With, exp.Hint})


def _named(prefix: tuple[str, ...], origins: tuple[Origin, ...]) -> Origin | None:
    """The origin that a qualifier means; a path may be shortened from the left."""
    length, last = len(prefix), prefix[-1]
    for origin in origins:
        visible = origin.visible
        if visible[-1] == last and visible[-length:] == prefix:
            return origin
    return None


def from_items(select: exp.Expr) -> list[exp.Expr]:
    """What stands in FROM and JOIN of a query block, from left to right."""
    clause = select.args.get("from_")
    items = joined_items(clause.this) if clause is not None else []
    items += [item for join in select.args.get("joins") or () for item in joined_items(join.this)]
    return items + list(select.args.get("laterals") or ())


def joined_items(item: exp.Expr) -> list[exp.Expr]:
    """The item and whatever is joined to it inside of the same parentheses."""
    return [item, *(inner for join in item.args.get("joins") or () for inner in joined_items(join.this))]
