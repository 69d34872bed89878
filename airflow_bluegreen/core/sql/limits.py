"""What is too deep or too wide to be read: said as an error, before a parser runs out of stack or of time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.source import Source

# A query block that joins more than this is none that Flink could plan; names in it are looked up one by one.
MOST_RELATIONS = 1_000
_BEGINS_BLOCK = frozenset({"SELECT", "UNION", "EXCEPT", "INTERSECT"})
_ENDS_FROM = frozenset({"WHERE", "GROUP", "HAVING", "ORDER", "WINDOW", "QUALIFY", "LIMIT", "ON"})


@contextmanager
def nesting_refused(source: Source, at: int) -> Iterator[None]:
    """Turns running out of stack into an error of the text.

    :raises SqlSyntaxError: at the offset ``at``, when what happens within is nested too deeply.
    """
    try:
        yield
    except RecursionError as error:
        raise source.error(
            "the statement is nested too deeply", at, remedy="Break it up into WITH queries"
        ) from error


def check_width(source: Source, lexemes: Sequence[Lexeme]) -> None:
    """Refuses a FROM clause with more than :data:`MOST_RELATIONS` relations.

    :raises SqlSyntaxError: at the relation that is too many.
    """
    if len(lexemes) <= MOST_RELATIONS:
        return
    blocks = [_Block()]
    for lexeme in lexemes:
        if lexeme.text == "(":
            blocks.append(_Block())
        elif lexeme.text == ")" and len(blocks) > 1:
            blocks.pop()
        elif blocks[-1].joins(lexeme) and blocks[-1].relations > MOST_RELATIONS:
            raise source.error(
                f"more than {MOST_RELATIONS} tables in one FROM clause",
                lexeme.start,
                remedy="Break it up into WITH queries",
            )


@dataclass(slots=True)
class _Block:
    """What is counted between two brackets."""

    relations: int = 0
    in_from: bool = False

    def joins(self, lexeme: Lexeme) -> bool:
        """Takes the next token in; whether it joins one more relation."""
        if lexeme.word in _BEGINS_BLOCK:
            self.relations = 0
        if lexeme.word == "FROM" or lexeme.word in _ENDS_FROM:
            self.in_from = lexeme.word == "FROM"
        if lexeme.word != "JOIN" and not (lexeme.text == "," and self.in_from):
            return False
        self.relations += 1
        return True
