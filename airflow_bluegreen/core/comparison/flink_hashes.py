"""Hashes of records in Flink SQL, by functions that Flink documents.

Bytes are read as ISO-8859-1, one character each, because Flink has no functions over them.
"""

import re
from collections.abc import Iterable

from airflow_bluegreen.core.model import Column
from airflow_bluegreen.core.sql import quote

BUCKETS = 1024
SHARES = 1_000_000
"""In how many parts of equal size all keys fall, of which some are drawn."""
_LISTED_AT_ONCE = 1024
"""A literal of Java holds 64 KiB."""
_TOLD_BY_TEXT = frozenset(
    {
        "BIGINT",
        "BINARY",
        "BOOLEAN",
        "BYTES",
        "CHAR",
        "CHARACTER",
        "DATE",
        "DEC",
        "DECIMAL",
        "DOUBLE",
        "FLOAT",
        "INT",
        "INTEGER",
        "INTERVAL",
        "NUMERIC",
        "SMALLINT",
        "STRING",
        "TIME",
        "TIMESTAMP",
        "TIMESTAMP_LTZ",
        "TINYINT",
        "VARBINARY",
        "VARCHAR",
    }
)
_COLLECTION = re.compile(r"\b(ARRAY|MULTISET)$")


def text_of(column: str) -> str:
    """Bytes as text."""
    return f"DECODE(`{column}`, 'ISO-8859-1')"


def bytes_hash(column: str, *, framed: bool) -> str:
    """The hash of a record's bytes.

    :param framed: whether they stand behind the registry's header (a zero byte and the schema's id), which is
        left out; of a record without it, all bytes count.
    """
    text = text_of(column)
    if framed:
        is_framed = f"CHAR_LENGTH({text}) >= 5 AND ASCII({text}) = 0"
        text = f"CASE WHEN {is_framed} THEN SUBSTR({text}, 6) ELSE {text} END"
    return f"MD5({text})"


def is_told_by_text(data_type: str) -> bool:
    """Whether different values of a type have different texts, or bytes.

    Flink writes the elements of ARRAY, MAP, MULTISET and ROW without quotes, and of user's types nothing is
    known.
    """
    head = re.match(r"\w*(?![\w.<])", data_type)
    return head is not None and head[0] in _TOLD_BY_TEXT and not _COLLECTION.search(data_type)


def cells_hash(columns: Iterable[Column]) -> str:
    """The hash of some columns: each as its length and text, so that no two rows read alike.

    :param columns: of types that :func:`is_told_by_text`.
    """
    cells = []
    for column in columns:
        name = quote(column.name)
        binary = column.type.startswith(("BYTES", "BINARY", "VARBINARY"))
        text = f"DECODE({name}, 'ISO-8859-1')" if binary else f"CAST({name} AS STRING)"
        cells.append(f"COALESCE(CONCAT(CAST(CHAR_LENGTH({text}) AS STRING), ':', {text}), '-')")
    return f"MD5(CONCAT('', {', '.join(cells)}))"


def bucket_of(h: str) -> str:
    """The bucket of a hash, -1 of none."""
    return f"COALESCE(CAST(MOD({number_of(h, 1)}, {BUCKETS}) AS INT), -1)"


def is_drawn(h: str, shares: int) -> str:
    """Whether a hash is in the first of :data:`SHARES`; by other digits than those of its bucket."""
    return f"MOD({number_of(h, 10)}, {SHARES}) < {shares}"


def number_of(digest: str, first: int) -> str:
    """Nine hexadecimal digits of a hash as a number: Flink reads no such digits, so letters become digits.

    Digits that stand for two keep 3.2 of their 4 bits; a sum of such numbers cannot overflow in practice.
    """
    text = f"SUBSTR({digest}, {first}, 9)"
    for letter, digit in zip("abcdef", "012345", strict=True):
        text = f"REPLACE({text}, '{letter}', '{digit}')"
    return f"CAST({text} AS BIGINT)"


def among(text: str, wanted: Iterable[str]) -> str:
    """Whether a text is one of those wanted.

    Not ``IN``: Flink's planner repeats the whole expression for each of them, and is not through with some
    hundreds in ten minutes.
    """
    listed, found = list(wanted), []
    for first in range(0, len(listed), _LISTED_AT_ONCE):
        some = ",".join(listed[first : first + _LISTED_AT_ONCE])
        found.append(f"LOCATE(CONCAT(',', {text}, ','), ',{some},') > 0")
    return f"({' OR '.join(found)})"
