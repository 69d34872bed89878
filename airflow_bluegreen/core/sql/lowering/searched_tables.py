"""``VECTOR_SEARCH_AGG(t, DESCRIPTOR(v), …)`` → its table, which Confluent writes bare, as a query."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import call, rewrite_calls, symbol, word

WORDS = frozenset({"KEY_SEARCH_AGG", "TEXT_SEARCH_AGG", "VECTOR_SEARCH_AGG"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every search in a table lowered."""
    return rewrite_calls(tokens, WORDS, _search)


def _search(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    end = next((index for index, token in enumerate(inside) if token.text == ","), 0)
    table = inside[:end]
    if not table or not all(token.is_name or token.text == "." for token in table):
        return call(name.word, inside, name)
    head = [symbol("(", name), word("SELECT", name), symbol("*", name), word("FROM", name)]
    return call(name.word, [*head, *table, symbol(")", table[-1]), *inside[end:]], name)
