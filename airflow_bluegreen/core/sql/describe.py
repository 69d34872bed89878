"""The clauses of a query in words, to say which ones changed."""

from collections.abc import Iterator

from sqlglot import exp

from airflow_bluegreen.core.sql.names import (
    alias_of,
    common_tables,
    full_name,
    part_of,
    set_operations,
    table_parts,
)
from airflow_bluegreen.core.sql.query import CALL_MARK, Tree
from airflow_bluegreen.core.sql.text import quote

_SHOWN = 120
_CLAUSES = (
    ("where", "filter"),
    ("group", "GROUP BY"),
    ("having", "HAVING"),
    ("qualify", "QUALIFY"),
    ("distinct", "DISTINCT"),
    ("order", "ORDER BY"),
    ("limit", "LIMIT"),
    ("offset", "OFFSET"),
)


def clauses(old: Tree, new: Tree) -> tuple[str, ...]:
    """One sentence for each clause that was added, removed or changed, in the order of the texts."""
    before, after = dict(_clauses(old, "")), dict(_clauses(new, ""))
    sentences = []
    for place in dict.fromkeys([*after, *before]):
        one, two = before.get(place), after.get(place)
        if one == two:
            continue
        if one is None:
            sentences.append(f"{place} added: {two}")
        elif two is None:
            sentences.append(f"{place} removed: {one}")
        else:
            sentences.append(f"{place} changed: {one} → {two}")
    return tuple(sentences)


def _clauses(node: exp.Expr, block: str) -> Iterator[tuple[str, str]]:
    """Every clause of a query and of the queries in it, under a name that both versions share."""
    for expression in common_tables(node)[0]:
        yield from _clauses(expression.this, f"WITH {alias_of(expression)}: ")
    if isinstance(node, exp.SetOperation):
        operations, branches = set_operations(node)
        kinds = " / ".join(dict.fromkeys(map(_kind, operations)))
        yield f"{block}set operation", f"{kinds} of {len(branches)} queries"
        for at, branch in enumerate(branches, 1):
            yield from _clauses(branch, f"{block}query {at}: ")
        yield from _modifiers(node, block)
    elif isinstance(node, exp.Subquery):
        yield from _clauses(node.this, block)
    elif isinstance(node, exp.Select):
        yield from _of_block(node, block)
    else:
        yield f"{block}rows", shown(node)


def _of_block(node: exp.Select, block: str) -> Iterator[tuple[str, str]]:
    for at, projection in enumerate(node.expressions):
        yield f"{block}column {_label(projection, at)}", shown(_without_alias(projection))
    source = node.args.get("from_")
    if source is not None:
        yield from _source(source.this, f"{block}source", block)
    for at, join in enumerate(node.args.get("joins") or (), 1):
        kind = " ".join(str(join.args.get(key) or "") for key in ("method", "side", "kind")).upper().split()
        label = f"{block}join {at} with {_name(join.this)}"
        yield (
            label,
            " ".join([*kind, "ON", shown(join.args["on"])] if join.args.get("on") else [*kind, _using(join)]),
        )
        yield from _source(join.this, f"{block}source {_name(join.this)}", block)
    yield from _modifiers(node, block)


def _source(node: exp.Expr, label: str, block: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
        yield from _clauses(node.this, f"{block}subquery {alias_of(node)}: ".replace(" :", ":"))
    else:
        yield label, shown(node)


def _modifiers(node: exp.Expr, block: str) -> Iterator[tuple[str, str]]:
    for key, label in _CLAUSES:
        clause = node.args.get(key)
        if isinstance(clause, exp.Expr):
            yield f"{block}{label}", shown(clause)


def _kind(node: exp.SetOperation) -> str:
    return type(node).__name__.upper() + ("" if node.args.get("distinct") else " ALL")


def _label(node: exp.Expr, at: int) -> str:
    named = part_of(node.args.get("alias")) or (part_of(node.this) if isinstance(node, exp.Column) else None)
    return named.name if named else f"no. {at + 1}"


def _without_alias(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Alias) else node


def _name(node: exp.Expr) -> str:
    parts = table_parts(node) if isinstance(node, exp.Table) else ()
    return full_name(parts) or alias_of(node) or type(node).__name__.lower()


def _using(join: exp.Expr) -> str:
    names = [part.name for part in map(part_of, join.args.get("using") or ()) if part]
    return f"USING ({', '.join(names)})" if names else "without condition"


def shown(node: exp.Expr) -> str:
    """The expression on one line as people write it, shortened if it is long."""
    text = " ".join(node.transform(_readable).sql().split())
    for keyword in ("WHERE ", "GROUP BY ", "HAVING ", "ORDER BY ", "LIMIT ", "OFFSET "):
        text = text.removeprefix(keyword)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _readable(node: exp.Expr) -> exp.Expr:
    """Undoes what the lowering did to names."""
    if isinstance(node, exp.Anonymous) and isinstance(node.this, exp.Identifier):
        name = node.this.name.removesuffix(CALL_MARK)
        cast, found, kind = name.partition(" AS ")
        if found and len(node.expressions) == 1:
            build = exp.TryCast if cast == "TRY_CAST" else exp.Cast
            value = node.expressions[0].transform(_readable)
            return build(this=value, to=exp.DataType.build(kind, udt=True))
        node.set("this", name)
        return node
    if isinstance(node, exp.Identifier):
        name = node.name.removesuffix(CALL_MARK)
        return exp.Identifier(this=quote(name), quoted=False)
    return node
