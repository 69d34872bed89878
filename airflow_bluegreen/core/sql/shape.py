"""Whether two texts differ in parentheses only, and those change nothing."""

from sqlglot import exp

from airflow_bluegreen.core.sql.canonical import canonical_of
from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.names import children
from airflow_bluegreen.core.sql.reading import Reading

_PARENTHESES = frozenset({"(", ")"})


def same_shape(old: Reading, new: Reading) -> bool:
    """Proven only if all but the parentheses is the same, in order, and so are the trees of both queries."""
    if old.query is None or new.query is None or old.table is not None or old.columns != new.columns:
        return False
    bare = [canonical_of(_bare(reading.lexemes)) for reading in (old, new)]
    return bare[0] == bare[1] and _shape(old.query) == _shape(new.query)


def _bare(lexemes: list[Lexeme]) -> list[Lexeme]:
    return [lexeme for lexeme in lexemes if lexeme.text not in _PARENTHESES]


def _shape(tree: exp.Expr) -> list[object]:
    """The tree, without the nodes that stand for parentheses, as a list that only the same tree gives."""
    written: list[object] = []
    pending = [("", tree)]
    while pending:
        key, node = pending.pop()
        while isinstance(node, exp.Paren):
            node = node.this
        below = list(children(node))
        said = tuple(
            (name, value)
            for name, value in sorted(node.args.items())
            if isinstance(value, str | int) and name != "quoted"
        )
        written.append((key, type(node).__name__, said, len(below)))
        pending += below
    return written
