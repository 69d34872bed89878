"""Flink's own syntax, brought into the SQL that every parser reads: one rule a file.

A rule has ``WORDS``, the keywords without which it has nothing to do, and ``lower``, which answers the tokens
with its syntax replaced. A replaced token keeps the offsets of the one it stands for, so whatever is found in
the tree later still points into the user's text. What a rule takes away becomes part of a function's name or
of an argument, so that it still counts when two versions are compared.
"""

from collections.abc import Callable
from typing import NamedTuple

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering import (
    branches,
    casts,
    constructors,
    intervals,
    json_functions,
    keyword_arguments,
    literals,
    matched_tables,
    models,
    partial_windows,
    patterns,
    pivots,
    rows,
    searched_tables,
    table_arguments,
    table_functions,
    whole_tables,
    within_distinct,
)


class Rule(NamedTuple):
    words: frozenset[str]
    lower: Callable[[list[Lexeme]], list[Lexeme]]


RULES = tuple(
    Rule(module.WORDS, module.lower)
    for module in (
        casts,
        intervals,
        literals,
        patterns,
        matched_tables,
        pivots,
        within_distinct,
        partial_windows,
        keyword_arguments,
        json_functions,
        constructors,
        rows,
        branches,
        models,
        searched_tables,
        whole_tables,
        table_arguments,
        table_functions,
    )
)


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Applies every rule whose words the tokens hold."""
    words = {token.word for token in tokens}
    for rule in RULES:
        if not words.isdisjoint(rule.words):
            tokens = rule.lower(tokens)
    return tokens
