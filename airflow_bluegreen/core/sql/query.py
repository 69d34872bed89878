"""From tokens to the tree of a query: lowered, handed to sqlglot's stock parser, checked.

The parser is used as it is and never subclassed, because interpreted subclasses of sqlglot's compiled build
fail.
"""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.limits import check_width
from airflow_bluegreen.core.sql.lowering import lower
from airflow_bluegreen.core.sql.lowering.calls import closing, outermost
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.words import SYNTAX_WORDS, words

Tree = exp.Query | exp.Values

HINT_MARK = "hint_at_"
# Stands behind every function's name, so that sqlglot's own ideas about a function of that name do not apply.
CALL_MARK = "()"

_WORD_TYPES: dict[str, TokenType] = {
    name: TokenType[name]
    for name in words(
        """
        ALL AND ANY ASC BETWEEN CASE CROSS CUBE DESC DISTINCT ELSE END ESCAPE EXCEPT EXISTS FALSE FETCH FILTER
        FIRST FROM FULL HAVING IN INNER INTERSECT IS JOIN LATERAL LEFT LIKE LIMIT MATCH_RECOGNIZE NATURAL NEXT
        NOT NULL OFFSET ON OR ORDINALITY OUTER OVER OVERLAPS QUALIFY RANGE RECURSIVE RIGHT ROLLUP ROW ROWS
        SELECT SOME THEN TRUE UNION UNNEST USING VALUES WHEN WHERE WINDOW WITH
        """
    )
} | {"AS": TokenType.ALIAS, "MINUS": TokenType.EXCEPT, "UNKNOWN": TokenType.NULL}
_PHRASES = {
    ("GROUP", "BY"): TokenType.GROUP_BY,
    ("ORDER", "BY"): TokenType.ORDER_BY,
    ("PARTITION", "BY"): TokenType.PARTITION_BY,
    ("DISTRIBUTE", "BY"): TokenType.DISTRIBUTE_BY,
    ("GROUPING", "SETS"): TokenType.GROUPING_SETS,
    ("SIMILAR", "TO"): TokenType.SIMILAR_TO,
}
_SYMBOLS = {
    "(": TokenType.L_PAREN, ")": TokenType.R_PAREN, "[": TokenType.L_BRACKET, "]": TokenType.R_BRACKET,
    "{": TokenType.L_BRACE, "}": TokenType.R_BRACE, ",": TokenType.COMMA, ".": TokenType.DOT,
    "-": TokenType.DASH, "+": TokenType.PLUS, "*": TokenType.STAR, "/": TokenType.SLASH,
    "%": TokenType.MOD, "=": TokenType.EQ,
    "<": TokenType.LT, ">": TokenType.GT, "<=": TokenType.LTE, ">=": TokenType.GTE, "<>": TokenType.NEQ,
    "!=": TokenType.NEQ, "||": TokenType.DPIPE, "=>": TokenType.FARROW, "?": TokenType.PLACEHOLDER,
    "|": TokenType.PIPE, "^": TokenType.CARET, "$": TokenType.DOLLAR, ";": TokenType.SEMICOLON,
}  # fmt: skip
_PHRASE_STARTS = frozenset(first for first, _ in _PHRASES)
_END = Lexeme(Lexis.SYMBOL, "", 0, 0)
_IDENTIFIER, _VAR = TokenType.IDENTIFIER, TokenType.VAR
_WORD, _SYMBOL = Lexis.WORD, Lexis.SYMBOL  # looked up once: an enumeration's members are slow to reach
_SORTS = {
    Lexis.STRING: TokenType.STRING,
    Lexis.NUMBER: TokenType.NUMBER,
    Lexis.QUOTED: TokenType.IDENTIFIER,
}
_NEEDS_MORE = frozenset({"SELECT", "BY", "FROM", "JOIN", "WHERE", "HAVING"})
_OF_PATTERNS = frozenset("?|^${}")
_OF_NOTHING = frozenset(":")
_GROUPS = frozenset({"GROUPING", "ROLLUP", "CUBE"})
# Flink's parser knows these relations of two periods, and nothing that comes after it does.
_OF_PERIODS = frozenset({"CONTAINS", "EQUALS", "PRECEDES", "SUCCEEDS"})
_GAPS = _NEEDS_MORE | _GROUPS | _OF_PATTERNS | _OF_NOTHING | _OF_PERIODS | {",", "OVERLAPS"}
_BEFORE_GROUPS = frozenset({"BY", "DISTINCT", "ALL"})
_NO_TABLES = frozenset({"TABLE", "EXTEND"})
_NOT_AN_ITEM = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "JOIN", "ON", "UNION"})
_MESSAGES = (
    ("Required keyword", "something is missing behind this"),
    ("Expected table name", "expected the name of a table"),
)
_REMEDY = (
    "Check the syntax here; the SQL front-end refuses what it does not understand, as lineage would be lost"
)


def parse_query(source: Source, lexemes: Sequence[Lexeme]) -> Tree:
    """The tree of a query; its identifiers carry ``meta["start"]`` and ``meta["end"]`` (inclusive).

    :raises SqlSyntaxError: for what the parser does not understand, with the place it stumbled over.
    """
    if not lexemes:
        raise source.error("expected a query", len(source.text), remedy="Write SELECT …")
    lowered = lower(list(lexemes))
    _check_gaps(source, lowered)
    check_width(source, lowered)
    tokens = _tokens(lowered)
    try:
        trees = Parser(max_errors=1).parse(tokens, source.text)
    except SqlglotError as error:
        raise _refuse(source, lexemes, error) from error
    except (AttributeError, TypeError, ValueError, IndexError, KeyError) as error:
        # The stock parser stumbles like this over a few malformed texts that it has no message for.
        raise source.error("the query is malformed", lexemes[0].start, remedy=_REMEDY) from error
    tree = trees[0] if len(trees) == 1 else None
    if isinstance(tree, exp.Query | exp.Values):
        return tree
    raise source.error(
        "this is no query", lexemes[0].start, remedy="Expected SELECT, WITH, VALUES or a parenthesis"
    )


def _check_gaps(source: Source, lexemes: Sequence[Lexeme]) -> None:
    """Refuses what the stock parser lets pass: lists with nothing in them, and placeholders."""
    pattern = any(lexeme.word == "MATCH_RECOGNIZE" for lexeme in lexemes)
    if pattern:
        _check_patterns(source, lexemes)
    for index in [at for at, lexeme in enumerate(lexemes) if (lexeme.word or lexeme.text) in _GAPS]:
        lexeme = lexemes[index]
        if pattern and lexeme.text in _OF_PATTERNS:
            continue
        if lexeme.text in _OF_PATTERNS or lexeme.text in _OF_NOTHING:
            raise source.error(
                f"{lexeme.text!r} has no meaning here",
                lexeme.start,
                remedy="Fill in the template, or remove it",
            )
        if lexeme.word in _GROUPS:
            _check_group(source, lexemes, index)
            continue
        if lexeme.word in _OF_PERIODS or lexeme.word == "OVERLAPS":
            _check_periods(source, lexemes, index)
            continue
        _check_table(source, lexemes, index)
        following = lexemes[index + 1] if index + 1 < len(lexemes) else None
        if following is None or following.text in (",", ")", "]") or following.word in _NOT_AN_ITEM:
            raise source.error(
                f"nothing stands behind {lexeme.text!r}",
                lexeme.start,
                remedy="Remove it or write what belongs here",
            )


def _check_patterns(source: Source, lexemes: Sequence[Lexeme]) -> None:
    """Refuses a MATCH_RECOGNIZE that does not say what it looks for."""
    for index, lexeme in enumerate(lexemes[:-1]):
        if lexeme.word != "MATCH_RECOGNIZE" or lexemes[index + 1].text != "(":
            continue
        inside = lexemes[index + 2 : closing(lexemes, index + 1)]
        said = {inside[at].word for at in outermost(inside)}
        for clause in ("PATTERN", "DEFINE"):
            if clause not in said:
                raise source.error(
                    f"a MATCH_RECOGNIZE without {clause}", lexeme.start, remedy=f"Add {clause}"
                )


def _check_group(source: Source, lexemes: Sequence[Lexeme], index: int) -> None:
    """Refuses ``GROUP BY a GROUPING SETS (…)`` and ``GROUP BY a WITH ROLLUP``, which are other systems'."""
    sort = lexemes[index]
    before = lexemes[index - 1] if index else sort
    following = lexemes[index + 1] if index + 1 < len(lexemes) else sort
    groups = following.word == "SETS" if sort.word == "GROUPING" else following.text == "("
    if (groups or before.word == "WITH") and not (before.text in ("(", ",") or before.word in _BEFORE_GROUPS):
        raise source.error(
            f"{sort.text} is no part of the key before it", sort.start, remedy="Write a comma between the two"
        )


def _check_periods(source: Source, lexemes: Sequence[Lexeme], index: int) -> None:
    """Refuses every relation of periods but OVERLAPS, and NOT in the middle of that one."""
    relation = lexemes[index]
    before = lexemes[index - 1] if index else relation
    if before.text == ".":
        return
    if relation.word in _OF_PERIODS:
        raise source.error(
            f"{relation.text} is a reserved word, and no relation of periods that Flink has",
            relation.start,
            remedy="Compare begin and end instead; as a name, put it into backticks",
        )
    if before.word == "NOT":
        raise source.error(
            "NOT stands before the first period", before.start, remedy="Write NOT (… OVERLAPS …)"
        )


def _check_table(source: Source, lexemes: Sequence[Lexeme], index: int) -> None:
    """Refuses a reserved word as the name of a table: ``FROM TABLE t`` is no read of ``TABLE``."""
    if lexemes[index].word not in ("FROM", "JOIN") or index + 1 >= len(lexemes):
        return
    name = lexemes[index + 1]
    if name.word in _NO_TABLES and not (index + 2 < len(lexemes) and lexemes[index + 2].text == "("):
        raise source.error(
            f"{name.text} is a reserved word and no table", name.start, remedy="Put the name into backticks"
        )


def _refuse(source: Source, lexemes: Sequence[Lexeme], error: SqlglotError) -> Exception:
    """The parser's error in our words; ``col`` of a token is its offset."""
    details = getattr(error, "errors", None) or [{}]
    offset, found = details[0].get("col"), str(details[0].get("description"))
    start = offset if isinstance(offset, int) else lexemes[0].start
    what = next((ours for theirs, ours in _MESSAGES if found.startswith(theirs)), "did not expect this here")
    if found.startswith(("Expecting", "Expected END")):
        what = found[0].lower() + found[1:]
    return source.error(what, start, remedy=_REMEDY)


def _tokens(lexemes: Sequence[Lexeme]) -> list[Token]:
    """sqlglot's tokens; ``col``, which it only repeats in its errors, carries the offset."""
    written: list[Token] = []
    add, kinds = written.append, _WORD_TYPES.get
    pending = iter(zip(lexemes, [*lexemes[1:], _END], strict=True))
    before = _END
    for lexeme, following in pending:
        lexis, text, start, end, word = lexeme
        if lexis is _SYMBOL:
            add(Token(_SYMBOLS[text], text, 1, start, start, end - 1))
        elif lexis is not _WORD or word in _PHRASE_STARTS:
            _add_other(written, lexeme, before, following)
            if (word, following.word) in _PHRASES:
                next(pending)
        elif following.text == "(" and word not in SYNTAX_WORDS:
            add(Token(_IDENTIFIER, text + CALL_MARK, 1, start, start, end - 1))
        else:
            add(
                Token(
                    _IDENTIFIER if before.text == "." else kinds(word, _VAR), text, 1, start, start, end - 1
                )
            )
        before = lexeme
    return written


def _add_other(written: list[Token], lexeme: Lexeme, before: Lexeme, following: Lexeme) -> None:
    """Strings, numbers, quoted names, hints, and the words that two of make one token."""
    lexis, text, start, end, word = lexeme
    phrase = _PHRASES.get((word, following.word))
    if phrase is not None:
        written.append(Token(phrase, text, 1, start, start, following.end - 1))
    elif lexis is Lexis.HINT:
        if before.word == "SELECT":
            written.append(Token(TokenType.HINT, "", 1, start, start, end - 1, [f"{HINT_MARK}{start}"]))
    elif following.text == "(" and lexeme.is_name and word not in SYNTAX_WORDS:
        written.append(Token(_IDENTIFIER, lexeme.value + CALL_MARK, 1, start, start, end - 1))
    elif lexis is _WORD:
        kind = _IDENTIFIER if before.text == "." else _WORD_TYPES.get(word, _VAR)
        written.append(Token(kind, text, 1, start, start, end - 1))
    else:
        value = _string(lexeme) if lexis is Lexis.STRING else lexeme.value
        written.append(Token(_SORTS[lexis], value, 1, start, start, end - 1))


def _string(lexeme: Lexeme) -> str:
    """The text between the quotes, with the prefix that makes it stand for something else: ``X'00'``."""
    prefix = lexeme.text[: lexeme.text.index("'")].upper()
    return lexeme.value if prefix in ("", "N") else f"{prefix}'{lexeme.value}'"
