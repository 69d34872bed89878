"""A ``CREATE TABLE`` that shares no topic, group or subject with the table it was written for."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from airflow_bluegreen.core.sql.lexer import Lexis, lex
from airflow_bluegreen.core.sql.lowering.calls import closing
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.statements import read
from airflow_bluegreen.exceptions import ConfigurationError

_LEFT_OUT = (
    "properties.client.id",
    "properties.commit.offsets.on.checkpoint",
    "properties.enable.auto.commit",
    "properties.group.id",
    "properties.transactional.id",
    "scan.bounded.",
    "scan.startup.",
    "scan.topic-partition-discovery",
    "sink.delivery-guarantee",
    "sink.transactional-id-prefix",
    "topic-pattern",
)
"""What would tie the table to others, or let it begin or end elsewhere than with the records of its topic."""
_SUBJECT = re.compile(r"(?:(?:key|value)\.)?(?:debezium-)?avro-confluent\.(?:schema-registry\.)?subject")
_LEADING_OUT = re.compile(r"topic|connector|properties\..*|sink\..*|.*\.url|.*subject")
"""What a hint may not say besides: where records are, on whose servers, and what is registered for them."""


def is_shared_option(option: str) -> bool:
    """Whether an option would tie an isolated table to what is outside."""
    return option.startswith(_LEFT_OUT) or _SUBJECT.fullmatch(option) is not None


def value_subject(options: Mapping[str, str]) -> str | None:
    """The registry subject that a table names for its values, by either key of Flink; None for none."""
    named = [key for key in options if _SUBJECT.fullmatch(key) and not key.startswith("key.")]
    return options[min(named, key=_is_older)] if named else None


def _is_older(key: str) -> bool:
    return key.endswith("schema-registry.subject")


def with_own_topic(text: str, topic: str) -> str:
    """The text with ``topic`` for its topic, and without what it would share; other statements as they are.

    :raises SqlSyntaxError: the text is not understood.
    """
    source = Source(text=text, path=topic)
    lexemes = [lexeme for lexeme in lex(source) if lexeme.text != ";"]
    table = read(source, lexemes).table if lexemes else None
    if table is None or table.options_at is None:
        return text
    options = {one.key: one.value for one in table.options if not is_shared_option(one.key)}
    if "topic" in options or any(one.key == "topic-pattern" for one in table.options):
        options["topic"] = topic
    lines = ",\n".join(f"  {_literal(key)} = {_literal(value)}" for key, value in options.items())
    clause = f"WITH (\n{lines}\n)" if options else ""
    return text[: table.options_at.start] + clause + text[table.options_at.end :]


def refuse_redirecting_hints(sql: str, name: str) -> None:
    """Raises ConfigurationError for a text whose OPTIONS hint says what is read or written.

    :raises SqlSyntaxError: the text is not understood.
    """
    for option in _hinted_options(Source(text=sql, path=name)):
        if is_shared_option(option) or _LEADING_OUT.fullmatch(option):
            raise ConfigurationError(
                f"{name} has a hint with {_literal(option)}, which would lead out of the test",
                remedy="Write the option into the CREATE TABLE, or leave the table out of the test",
            )


def _hinted_options(source: Source) -> Iterator[str]:
    """The options that all ``/*+ OPTIONS('option' = 'value') */`` of a text set."""
    for hint in lex(source):
        if hint.lexis is not Lexis.HINT:
            continue
        within = lex(source, hint.start + len("/*+"), hint.end - len("*/"))
        for index, token in enumerate(within[:-1]):
            if token.is_name and token.value.upper() == "OPTIONS" and within[index + 1].text == "(":
                inside = within[index + 2 : closing(within, index + 1)]
                yield from (key.value for key, sign in pairwise(inside) if sign.text == "=")


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
