"""A comparison as Flink SQL: queries that read both topics up to an offset, and tables for them.

Four questions, each a query over bounded reads, for Flink's batch mode (which spills to disk):
:func:`checksum_query` (facts and checksums of both sides in buckets of the key's hash),
:func:`count_query` and :func:`key_query` (only what lies in buckets that differ) and
:func:`record_query` (the records of these keys). A record is known by its *mark*, a text whose order is that
of the records of a key: offset, partition, timestamp and the hash of what is compared, each of a fixed width,
so that the newest one is ``MAX(mark)``.

Only functions that Flink documents are used. Bytes are read as ISO-8859-1, one character each, because Flink
has no functions over them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from airflow_bluegreen.core.comparison.flink_tables import (
    BLUE,
    GREEN,
    KEY,
    OFFSET,
    PARTITION,
    TIME,
    VALUE,
    records_table,
    rows_table,
)
from airflow_bluegreen.core.model import Column, Offsets
from airflow_bluegreen.core.sql import quote

BUCKETS = 1024
ABSENT = "-" * 32
"""Stands in the place of the hash of a record without a value."""

_OFFSET_WIDTH, _PARTITION_WIDTH, _TIME_WIDTH = 19, 6, 17
_LISTED_AT_ONCE = 1024
"""A literal of Java holds 64 KiB."""
_TIME_AT = _OFFSET_WIDTH + _PARTITION_WIDTH + 1
_HASH_AT = _TIME_AT + _TIME_WIDTH

SETTINGS = {"table.local-time-zone": "UTC"}
"""Flink's settings that the queries need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is compared, and how.

    :param keyed: whether records are changes of keyed rows (else every record is a row).
    :param columns: the columns of the value that are compared; None for all of its bytes.
    :param sides: ``blue`` and ``green``, or ``green`` alone for a new table.
    """

    keyed: bool
    columns: tuple[Column, ...] | None = None
    sides: tuple[str, ...] = (BLUE, GREEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """When the newest record of a difference was written (ms since the epoch), and what that means.

    Before ``lasting_ms`` the difference counts. From ``young_ms`` to ``followed_ms`` it is waited for.
    Anything else belongs to a later comparison.

    :param standing: end offsets of an earlier look, by side: what lasts must not have changed since.
    """

    lasting_ms: int
    young_ms: int
    followed_ms: int
    standing: Mapping[str, Offsets] = field(default_factory=dict)


def checksum_query(reading: Reading) -> str:
    """Rows of (side, bucket, records, tombstones, rows, checksum, checksum), one per bucket and side.

    The bucket -1 holds what has no place among the rows: records without a key, or without a value where
    every record is a row. Both checksums are sums over the rows, so their order does not matter; equal
    tables have equal ones, and different ones are equal with a chance of less than 2^-50.
    """
    state = f"SUBSTR(mark, {_HASH_AT}, 32)" if reading.keyed else "CAST(records AS STRING)"
    there = f"CASE WHEN h IS NULL OR {state} = '{ABSENT}' THEN 0 ELSE {_weight(reading)} END"
    return (
        f"WITH {_records(reading)}, folded AS (\n"
        "  SELECT side, h, COUNT(*) AS records, SUM(tombstone) AS tombstones, MAX(mark) AS mark\n"
        "  FROM records GROUP BY side, h\n"
        "), hashed AS (\n"
        f"  SELECT side, {_bucket('h')} AS bucket, records, tombstones, {there} AS alive,\n"
        f"    MD5(CONCAT(h, {state})) AS checksum FROM folded\n"
        ")\n"
        "SELECT side, bucket, SUM(records), SUM(tombstones), SUM(alive),\n"
        f"  SUM(CASE WHEN alive > 0 THEN {_number('checksum', 1)} ELSE 0 END),\n"
        f"  SUM(CASE WHEN alive > 0 THEN {_number('checksum', 10)} ELSE 0 END)\n"
        "FROM hashed GROUP BY side, bucket"
    )


def _weight(reading: Reading) -> str:
    return "CAST(1 AS BIGINT)" if reading.keyed else "records"


def count_query(reading: Reading, buckets: Collection[int], ages: Ages) -> str:
    """Rows of (presence, age, rows).

    A presence is ``match``, ``blue_only``, ``green_only`` or ``diff``, an age ``lasting``, ``young`` or
    ``fresh``.

    :param buckets: those that differ.
    """
    judged = _judged(reading, buckets, ages)
    return f"{judged}\nSELECT presence, age, SUM(rows_) FROM judged GROUP BY presence, age"


def key_query(reading: Reading, buckets: Collection[int], ages: Ages, limits: Mapping[str, int]) -> str:
    """Rows of (presence, blue mark, green mark), of differences that last.

    :param limits: how many keys of each presence are listed. Each of them makes Flink plan everything once
        more, so only those that there are should be asked for.
    """
    listed = "\nUNION ALL\n".join(
        f"SELECT * FROM (SELECT presence, blue, green FROM judged"
        f" WHERE presence = '{name}' AND age = 'lasting' ORDER BY h LIMIT {limit})"
        for name, limit in limits.items()
    )
    return f"{_judged(reading, buckets, ages)}\n{listed}"


def _paired(reading: Reading, buckets: Collection[int]) -> str:
    marks = ", ".join(f"MAX(CASE WHEN side = '{side}' THEN mark END) AS {side}" for side in (BLUE, GREEN))
    numbers = ", ".join(
        f"SUM(CASE WHEN side = '{side}' THEN 1 ELSE 0 END) AS n_{side}" for side in (BLUE, GREEN)
    )
    counted = "" if reading.keyed else f", {numbers}"
    return (
        f"paired AS (\n  SELECT h, {marks}{counted}\n"
        f"  FROM records WHERE h IS NOT NULL{_within(buckets)} GROUP BY h\n)"
    )


def _within(buckets: Collection[int]) -> str:
    if len(buckets) >= BUCKETS:
        return ""
    bucket = f"CAST({_bucket('h')} AS STRING)"
    return f" AND {_among(bucket, map(str, sorted(buckets)))}"


def _among(text: str, wanted: Iterable[str]) -> str:
    """Whether a text is one of those wanted.

    Not ``IN``: Flink's planner repeats the whole expression for each of them, and is not through with some
    hundreds in ten minutes.
    """
    listed, found = list(wanted), []
    for first in range(0, len(listed), _LISTED_AT_ONCE):
        some = ",".join(listed[first : first + _LISTED_AT_ONCE])
        found.append(f"LOCATE(CONCAT(',', {text}, ','), ',{some},') > 0")
    return f"({' OR '.join(found)})"


def _judged(reading: Reading, buckets: Collection[int], ages: Ages) -> str:
    """The common table expressions that say of each key how it stands, and since when."""
    if reading.keyed:
        state = {side: f"COALESCE(SUBSTR({side}, {_HASH_AT}, 32), '{ABSENT}')" for side in (BLUE, GREEN)}
        cases = (
            f"WHEN b = g THEN 'match' WHEN g = '{ABSENT}' THEN 'blue_only'"
            f" WHEN b = '{ABSENT}' THEN 'green_only' ELSE 'diff'"
        )
        classes = (
            f"SELECT h, blue, green, newest, CASE {cases} END AS presence, CAST(1 AS BIGINT) AS rows_"
            f" FROM stated WHERE NOT (b = '{ABSENT}' AND g = '{ABSENT}')"
        )
    else:
        state = {side: f"CAST(n_{side} AS BIGINT)" for side in (BLUE, GREEN)}
        # What both sides have of a row matches, the surplus of one of them does not.
        classes = (
            "SELECT h, blue, green, newest, 'match' AS presence,"
            " CASE WHEN b < g THEN b ELSE g END AS rows_ FROM stated WHERE b > 0 AND g > 0\n"
            "  UNION ALL SELECT h, blue, green, newest,"
            " CASE WHEN b > g THEN 'blue_only' ELSE 'green_only' END, ABS(b - g) FROM stated WHERE b <> g"
        )
    newest = [f"COALESCE(SUBSTR({side}, {_TIME_AT}, {_TIME_WIDTH}), '')" for side in (BLUE, GREEN)]
    return (
        f"WITH {_records(reading)}, {_paired(reading, buckets)}, stated AS (\n"
        f"  SELECT h, blue, green, {state[BLUE]} AS b, {state[GREEN]} AS g,\n"
        f"    CASE WHEN {newest[0]} > {newest[1]} THEN {newest[0]} ELSE {newest[1]} END AS newest\n"
        f"  FROM paired\n), classed AS (\n  {classes}\n), judged AS (\n"
        "  SELECT h, blue, green, presence, rows_,\n"
        f"    CASE WHEN newest < '{_stamp(ages.lasting_ms)}'{_standing(ages)} THEN 'lasting'\n"
        f"    WHEN newest BETWEEN '{_stamp(ages.young_ms)}' AND '{_stamp(ages.followed_ms)}' THEN 'young'\n"
        "    ELSE 'fresh' END AS age\n"
        "  FROM classed\n)"
    )


def _standing(ages: Ages) -> str:
    conditions = []
    for side, ends in ages.standing.items():
        cases = " ".join(f"WHEN '{part:06d}' THEN '{end:019d}'" for (_, part), end in sorted(ends.items()))
        end = f"CASE SUBSTR({side}, {_OFFSET_WIDTH + 1}, {_PARTITION_WIDTH}) {cases} ELSE '' END"
        conditions.append(f" AND ({side} IS NULL OR SUBSTR({side}, 1, {_OFFSET_WIDTH}) < {end})")
    return "".join(conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record lies."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


def place_of(mark: str) -> Place:
    """Where the record of a mark lies."""
    return Place(partition=int(mark[_OFFSET_WIDTH : _TIME_AT - 1]), offset=int(mark[:_OFFSET_WIDTH]))


def record_query(places: Mapping[str, Collection[Place]]) -> str:
    """Rows of (side, partition, offset, key, value) of these records by side; bytes as ISO-8859-1."""
    position = f"CONCAT(CAST(`{PARTITION}` AS STRING), ':', CAST(`{OFFSET}` AS STRING))"
    return "\nUNION ALL\n".join(
        f"SELECT '{side}', `{PARTITION}`, `{OFFSET}`, {_text(KEY)}, {_text(VALUE)}"
        f" FROM `{records_table(side)}`"
        f" WHERE {_among(position, map(str, wanted))}"
        for side, wanted in places.items()
        if wanted
    )


def _records(reading: Reading) -> str:
    """``records AS (…)``: side, hash ``h`` of the key or row, mark and whether it is a tombstone."""
    parts = [part for side in reading.sides for part in _of_side(reading, side)]
    return "records AS (\n" + "\n  UNION ALL\n".join(f"  {part}" for part in parts) + "\n)"


def _of_side(reading: Reading, side: str) -> Iterable[str]:
    value = f"`{VALUE}`"
    if reading.columns is None:
        digest = f"CASE WHEN {value} IS NULL THEN '{ABSENT}' ELSE MD5({_payload(VALUE)}) END"
        h = f"MD5({_payload(KEY)})" if reading.keyed else f"MD5({_payload(VALUE)})"
        tombstone = f"CASE WHEN {value} IS NULL THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END"
        yield _part(side, h, digest, tombstone, records_table(side))
        return
    digest = _cells_digest(reading.columns)
    h = f"MD5({_payload(KEY)})" if reading.keyed else digest
    yield _part(side, h, digest, "CAST(0 AS BIGINT)", rows_table(side))
    # A decoded topic shows no tombstones.
    h = h if reading.keyed else "CAST(NULL AS STRING)"
    gone = _part(side, h, f"'{ABSENT}'", "CAST(1 AS BIGINT)", records_table(side))
    yield f"{gone} WHERE {value} IS NULL"


def _part(side: str, h: str, digest: str, tombstone: str, table: str) -> str:
    mark = (
        f"CONCAT(LPAD(CAST(`{OFFSET}` AS STRING), {_OFFSET_WIDTH}, '0'),"
        f" LPAD(CAST(`{PARTITION}` AS STRING), {_PARTITION_WIDTH}, '0'),"
        f" DATE_FORMAT(CAST(`{TIME}` AS TIMESTAMP(3)), 'yyyyMMddHHmmssSSS'), {digest})"
    )
    return f"SELECT '{side}' AS side, {h} AS h, {mark} AS mark, {tombstone} AS tombstone FROM `{table}`"


def _cells_digest(columns: Iterable[Column]) -> str:
    """The hash of some columns: each as its length and text, so that no two rows read alike."""
    cells = []
    for column in columns:
        name = quote(column.name)
        binary = column.type.startswith(("BYTES", "BINARY", "VARBINARY"))
        text = f"DECODE({name}, 'ISO-8859-1')" if binary else f"CAST({name} AS STRING)"
        cells.append(f"COALESCE(CONCAT(CAST(CHAR_LENGTH({text}) AS STRING), ':', {text}), '-')")
    return f"MD5(CONCAT('', {', '.join(cells)}))"


def _text(column: str) -> str:
    return f"DECODE(`{column}`, 'ISO-8859-1')"


def _payload(column: str) -> str:
    """What stands behind the registry's header (a zero byte and the schema's id), if there is one."""
    text = _text(column)
    return f"CASE WHEN CHAR_LENGTH({text}) >= 5 AND ASCII({text}) = 0 THEN SUBSTR({text}, 6) ELSE {text} END"


def _bucket(h: str) -> str:
    return f"COALESCE(CAST(MOD({_number(h, 1)}, {BUCKETS}) AS INT), -1)"


def _number(digest: str, first: int) -> str:
    """Nine hexadecimal digits of a hash as a number: Flink reads no such digits, so letters become digits.

    Digits that stand for two keep 3.2 of their 4 bits; a sum of such numbers cannot overflow in practice.
    """
    text = f"SUBSTR({digest}, {first}, 9)"
    for letter, digit in zip("abcdef", "012345", strict=True):
        text = f"REPLACE({text}, '{letter}', '{digit}')"
    return f"CAST({text} AS BIGINT)"


def _stamp(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at:%Y%m%d%H%M%S}{at_ms % 1000:03d}"
