"""Each rule on its golden case: what goes in, and the SQL that the parser is given."""

from pathlib import Path

import pytest

from airflow_bluegreen.core.sql import lowering
from airflow_bluegreen.core.sql.lexer import lex
from airflow_bluegreen.core.sql.query import parse_query
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.text import one_line

GOLDEN = Path(__file__).parent / "golden"
SHARED = {"__init__", "calls"}
MODULES = sorted(path.stem for path in Path(lowering.__file__).parent.glob("*.py") if path.stem not in SHARED)


def source(case: str) -> Source:
    path = GOLDEN / case / "in.sql"
    return Source(text=path.read_text(), path=path.name)


@pytest.mark.parametrize("rule", MODULES)
def test_rule_gives_its_golden_text(rule: str) -> None:
    lowered = lowering.lower(lex(source(rule)))

    assert one_line(lowered) == " ".join((GOLDEN / rule / "out.sql").read_text().split())


@pytest.mark.parametrize("rule", MODULES)
def test_lowered_text_is_understood_and_keeps_the_offsets(rule: str) -> None:
    text = source(rule)
    assert parse_query(text, lex(text))

    places = {(lexeme.start, lexeme.end) for lexeme in lex(text)}
    assert {(lexeme.start, lexeme.end) for lexeme in lowering.lower(lex(text))} <= places


def test_every_rule_is_registered() -> None:
    assert len(lowering.RULES) == len(MODULES)


def test_text_without_the_words_of_any_rule_stays() -> None:
    tokens = lex(Source(text="SELECT a FROM b WHERE c = 1", path="x"))

    assert lowering.lower(tokens) == tokens
