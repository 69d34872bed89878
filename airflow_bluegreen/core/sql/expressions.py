"""The facts behind the expressions of a query block."""

from collections.abc import Callable, Iterator
from typing import Protocol

from sqlglot import exp

from airflow_bluegreen.core.sql.functions import AGGREGATES, NO_TABLE, RANKS, UNSTABLE
from airflow_bluegreen.core.sql.names import children, part_of, qualifiers
from airflow_bluegreen.core.sql.query import CALL_MARK
from airflow_bluegreen.core.sql.relations import Fact, Relation, combined, plain, stored
from airflow_bluegreen.core.sql.scope import Scope

Subquery = Callable[[exp.Expr, Scope], Relation]
Operand = Fact | exp.Literal


class Observer(Protocol):
    """Whoever wants to know what a query's values are held against."""

    def compared(self, operator: str, left: Operand, right: Operand) -> None:
        """Two values, at most one of them a constant, are compared: ``EQ``, ``GT``, ``Like`` …"""
        ...

    def ranked(self, partition: list[Fact], order: list[Fact]) -> None:
        """Rows are numbered within a partition, by that order."""
        ...


class Expressions:
    """Evaluates expressions; ``unknown`` collects the names that mean nothing in their block."""

    def __init__(self, subquery: Subquery, observer: Observer | None = None) -> None:
        self._subquery = subquery
        self._observer = observer
        self.unknown: list[str] = []

    def fact(self, node: exp.Expr, scope: Scope) -> Fact:
        """What an expression's value comes from."""
        match node:
            case exp.Paren() | exp.Alias():
                return self.fact(node.this, scope)
            case exp.Column() if not isinstance(node.this, exp.Star):
                return self._column(node, scope)
            case exp.Column() | exp.Star():
                return combined("*", [scope.rows])
            case exp.Identifier():
                return plain(f"name {node.name}")
            case exp.Subquery() | exp.Query():
                return self._nested_query(node, scope)
            case _:
                return self._computed(node, scope)

    def _computed(self, node: exp.Expr, scope: Scope) -> Fact:
        match node:
            case exp.Dot():
                return combined(f"field {node.expression.name}", [self.fact(node.this, scope)])
            case exp.Window():
                return self._window(node, scope)
            case exp.Binary() if not isinstance(node, exp.Kwarg):
                return self._chain(node, scope)
            case exp.In() | exp.Between():
                self._observe(node, scope)
                return combined(_label(node), self._parts(node, scope))
            case exp.Anonymous():
                return self._call(node, scope)
            case _:
                return combined(_label(node), self._parts(node, scope))

    def facts(self, nodes: list[exp.Expr], scope: Scope) -> list[Fact]:
        """The facts of several expressions."""
        return [self.fact(node, scope) for node in nodes]

    def _parts(self, node: exp.Expr, scope: Scope) -> Iterator[Fact]:
        return (combined(key, [self.fact(child, scope)]) for key, child in children(node))

    def _chain(self, node: exp.Expr, scope: Scope) -> Fact:
        """``a AND b AND c …`` leans to the left, and may be longer than Python can recurse."""
        right: list[tuple[str, Fact]] = []
        while isinstance(node, exp.Binary) and not isinstance(node, exp.Dot | exp.Kwarg):
            self._observe(node, scope)
            right.append((_label(node), self.fact(node.expression, scope)))
            node = node.this
        fact = self.fact(node, scope)
        for label, operand in reversed(right):
            fact = combined(label, [fact, operand])
        return fact

    def _observe(self, node: exp.Expr, scope: Scope) -> None:
        """Tells what a comparison compares."""
        if self._observer is None or not isinstance(node, _COMPARISONS):
            return
        others = [
            child for key, child in children(node) if key in ("expression", "expressions", "low", "high")
        ]
        for other in others:
            operands = [self._operand(one, scope) for one in (node.this, other)]
            if not all(isinstance(one, exp.Literal) for one in operands):
                self._observer.compared(type(node).__name__, *operands)

    def _operand(self, node: exp.Expr, scope: Scope) -> Operand:
        while isinstance(node, exp.Paren):
            node = node.this
        return node if isinstance(node, exp.Literal) else self.fact(node, scope)

    def merged(self, left: Fact, right: Fact) -> None:
        """USING holds two columns against each other without an expression."""
        if self._observer is not None:
            self._observer.compared("EQ", left, right)

    def _column(self, node: exp.Column, scope: Scope) -> Fact:
        name = part_of(node.this)
        path = (*(part.name for part in qualifiers(node)), name.name if name else "*")
        found = scope.lookup(path)
        if found is None:
            self.unknown.append(".".join(path))
            return plain("unknown " + ".".join(path))
        return found

    def _call(self, node: exp.Anonymous, scope: Scope) -> Fact:
        name = function_name(node)
        if name == "DESCRIPTOR":
            return combined(name, [plain(child.sql()) for child in node.expressions])
        arguments = self.facts(node.expressions, scope)
        if name == "COUNT" and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Star):
            arguments = [plain("every row")]
        if is_unstable(node, name):
            arguments = [*arguments, stored(NO_TABLE, name, name)]
        return combined(f"call {name}", arguments)

    def _window(self, node: exp.Window, scope: Scope) -> Fact:
        partition = self.facts(list(node.args.get("partition_by") or ()), scope)
        rest = [
            combined(key, [self.fact(child, scope)])
            for key, child in children(node, frozenset({"partition_by", "this"}))
        ]
        called = self.fact(node.this, scope)
        own = combined("over", [called, *partition, *rest, scope.windows])
        fact = own.under(scope.rows)
        ranked = function_name(node.this) in RANKS
        if ranked and self._observer is not None:
            order = node.args.get("order")
            self._observer.ranked(partition, [] if order is None else self.facts(order.expressions, scope))
        return Fact(
            meaning=fact.meaning,
            direct=fact.direct,
            influence=fact.influence,
            ranked_by=frozenset(part.meaning for part in partition) if ranked else None,
        )

    def _nested_query(self, node: exp.Expr, scope: Scope) -> Fact:
        relation = self._subquery(node, scope)
        values = combined("query", [fact for _, fact in relation.items()])
        return values.under(relation.rows)


def function_name(node: object) -> str:
    """The name of a called function in upper case, empty for anything else."""
    if not isinstance(node, exp.Anonymous):
        return ""
    name = node.this.name if isinstance(node.this, exp.Identifier) else str(node.this)
    return name.removesuffix(CALL_MARK).upper()


def is_unstable(node: exp.Anonymous, name: str) -> bool:
    """Whether a call answers another way each time; one with a seed does not."""
    seeded = (name == "RAND" and node.expressions) or (name == "RAND_INTEGER" and len(node.expressions) > 1)
    clock = name == "UNIX_TIMESTAMP" and not node.expressions
    return clock or (name in UNSTABLE and not seeded)


_COMPARISONS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.In, exp.Between
)  # fmt: skip
_INNER = (exp.Window, exp.Query, exp.Subquery)
_LEAVES = frozenset({exp.Column, exp.Identifier, exp.Literal})


def calls_aggregate(node: exp.Expr) -> bool:
    """Whether an expression aggregates rows; calls with OVER and those of subqueries do not."""
    pending = [node]
    while pending:
        below = pending.pop()
        if type(below) in _LEAVES or isinstance(below, _INNER):
            continue
        if function_name(below) in AGGREGATES:
            return True
        pending += below.iter_expressions()
    return False


def _label(node: exp.Expr) -> str:
    """The node's class and whatever it says besides its children."""
    words = [type(node).__name__]
    for key in sorted(node.args):
        value = node.args[key]
        if isinstance(value, str | bool | int) and value is not False:
            words.append(f"{key}={value}")
    return " ".join(words)
