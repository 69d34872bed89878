"""A text's meaning as a list of words: comments, layout, keyword case and needless quotes taken away."""

import hashlib
from collections.abc import Sequence

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis, lex
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.words import RESERVED, words

# Words that are keywords only behind, or only before, one of these; elsewhere they are names, whose case
# counts.
_BEHIND = {
    "ASC": None,
    "DESC": None,
    "ENFORCED": {"NOT"},
    "EXCLUDING": None,
    "FIRST": {"NULLS", "FETCH"},
    "FOLLOWING": None,
    "IF": {"TABLE", "VIEW"},
    "INCLUDING": None,
    "KEY": {"PRIMARY", "FOREIGN"},
    "LAST": {"NULLS"},
    "METADATA": None,
    "NULLS": {"ASC", "DESC"},
    "ORDINALITY": {"WITH"},
    "OVERWRITE": {"INSERT"},
    "PARTITIONED": {")"},
    "PRECEDING": None,
    "REPLACE": {"OR"},
    "SETS": {"GROUPING"},
    "TEMPORARY": {"CREATE", "REPLACE"},
    "UNBOUNDED": {"BETWEEN", "AND", "ROWS", "RANGE"},
    "VIEW": {"CREATE", "TEMPORARY", "REPLACE"},
    "VIRTUAL": None,
    "ZONE": {"TIME"},
}
# What ends a value: a word that can only be a keyword there ("x DESC", "3 BUCKETS", "INT METADATA") follows
# one.
_NO_VALUE = frozenset(
    {"(", ",", ".", "=", "<", ">", "<>", "<=", ">=", "+", "-", "*", "/", "SELECT", "BY", "AS", "ON"}
)
_NAMED_NEXT = frozenset({"INTO", "OVERWRITE", "VIEW", "EXISTS", "AS", "LIKE", "RECURSIVE", ".", ")"})
_UNITS = words("YEARS QUARTER QUARTERS MONTHS WEEK WEEKS DAYS HOURS MINUTES SECONDS")
_SOMETIMES = _UNITS.union(_BEHIND)
_WORD, _SYMBOL = Lexis.WORD, Lexis.SYMBOL  # looked up once: an enumeration's members are slow to reach


def fingerprint(sql: str) -> str:
    """16 hexadecimal digits that stand for the meaning of a text.

    Comments, layout, the case of keywords and of functions, and needless quotes do not count; the case of
    identifiers and string literals do.

    :raises SqlSyntaxError: for what is no text of Flink SQL.
    """
    joined = "\n".join([f"{len(word)}:{word}" for word in canonical(sql)])
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def canonical(sql: str) -> tuple[str, ...]:
    """The words of a text, each with a letter before it that says what it is.

    :raises SqlSyntaxError: for what is no text of Flink SQL.
    """
    return canonical_of(lex(Source(text=sql, path="<sql>")))


def canonical_of(lexemes: Sequence[Lexeme]) -> tuple[str, ...]:
    """The same for tokens that are at hand; semicolons at the end do not count."""
    last = len(lexemes)
    while last and lexemes[last - 1].text == ";":
        last -= 1
    written: list[str] = []
    add, before = written.append, ""
    for index in range(last):
        lexis, text, _, _, word = lexemes[index]
        if lexis is _SYMBOL:
            add("o<>" if text == "!=" else f"o{text}")
        elif lexis is not _WORD or word in _SOMETIMES:
            add(_canonical(lexemes, index, last))
        elif word in RESERVED and before != ".":
            add(f"k{word}")
        elif index + 1 < last and lexemes[index + 1].text == "(":
            add(_canonical(lexemes, index, last))
        else:
            add(f"i{text}")
        before = text
    return tuple(written)


def _canonical(lexemes: Sequence[Lexeme], index: int, last: int) -> str:
    lexeme = lexemes[index]
    match lexeme.lexis:
        case Lexis.WORD:
            before = lexemes[index - 1] if index else None
            following = lexemes[index + 1] if index + 1 < last else None
            folded = _is_keyword(lexeme.word, before, following)
            return f"k{lexeme.word}" if folded else f"i{lexeme.text}"
        case Lexis.QUOTED:
            return f"i{lexeme.value}"
        case Lexis.STRING:
            prefix = lexeme.text[: lexeme.text.index("'")].upper()
            return f"s{prefix}'{lexeme.value}"
        case Lexis.HINT:
            inner = canonical(lexeme.text[len("/*+") : -len("*/")])
            return "h" + " ".join(inner)
        case _:
            return "o<>" if lexeme.text == "!=" else f"o{lexeme.text.upper()}"


def _is_keyword(word: str, before: Lexeme | None, following: Lexeme | None) -> bool:
    if before is not None and before.text == ".":
        return False
    if word in RESERVED:
        return True
    previous = "" if before is None else before.word or before.text
    if word in _BEHIND:
        needed = _BEHIND[word]
        return previous not in _NO_VALUE if needed is None else previous in needed
    if word in _UNITS:
        return before is not None and before.lexis is Lexis.STRING
    return _is_called(before, previous, following)


def _is_called(before: Lexeme | None, previous: str, following: Lexeme | None) -> bool:
    """Whether the word is the name of a function, which has no case; a table's before its columns has one."""
    if following is None or following.text != "(" or previous in _NAMED_NEXT:
        return False
    if before is None or previous == "TABLE":
        return False
    return before.lexis is not Lexis.QUOTED and (before.lexis is not Lexis.WORD or previous in RESERVED)
