import pytest

from airflow_bluegreen.core.sql.lexer import Lexis, lex
from airflow_bluegreen.core.sql.source import Source


def tokens(text: str) -> list[tuple[str, str]]:
    return [(lexeme.lexis.name, lexeme.text) for lexeme in lex(Source(text=text, path="x"))]


@pytest.mark.parametrize(
    ("text", "lexis"),
    [
        ("'it''s'", Lexis.STRING),
        ("'a\\'", Lexis.STRING),
        ("E'a\\'b'", Lexis.STRING),
        ("U&'\\00e9'", Lexis.STRING),
        ("x'00ff'", Lexis.STRING),
        ("_utf8'a'", Lexis.STRING),
        ("'a\nb -- c'", Lexis.STRING),
        ("`a``b -- c`", Lexis.QUOTED),
        ('U&"a""\\0062"', Lexis.QUOTED),
        ("u&\"a!0062\"\n uescape '!'", Lexis.QUOTED),
        ("größe_1$", Lexis.WORD),
        ("$rowtime", Lexis.WORD),
        ("1.5e-3", Lexis.NUMBER),
        (".5", Lexis.NUMBER),
        ("=>", Lexis.SYMBOL),
        ("||", Lexis.SYMBOL),
        ("/*+ A('b' = 'c') */", Lexis.HINT),
    ],
)
def test_one_token(text: str, lexis: Lexis) -> None:
    (lexeme,) = lex(Source(text=f" \t{text}\r\n", path="x"))

    assert (lexeme.lexis, lexeme.text, lexeme.start) == (lexis, text, 2)


def test_comments_are_left_out() -> None:
    text = "a-- b\nc/* d\n */e// f\n/**/g/h"

    assert [text for _, text in tokens(text)] == ["a", "c", "e", "g", "/", "h"]


def test_typed_literal_is_a_word_and_a_string() -> None:
    assert tokens("DATE'2026-01-01'") == [("WORD", "DATE"), ("STRING", "'2026-01-01'")]


def test_values_are_without_quotes() -> None:
    lexemes = lex(Source(text="`a``b` 'it''s' U&'x' word", path="x"))

    assert [lexeme.value for lexeme in lexemes] == ["a`b", "it's", "x", "word"]
    assert [lexeme.word for lexeme in lexemes] == ["", "", "", "WORD"]


def test_only_a_part_may_be_read() -> None:
    text = "a b c d"

    assert [lexeme.text for lexeme in lex(Source(text=text, path="x"), 2, 5)] == ["b", "c"]
