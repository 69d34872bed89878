"""A comparison as Flink SQL: queries that read both topics up to an offset.

Each is over bounded reads, for Flink's batch mode (which spills to disk): :func:`checksum_query` (facts and
checksums of both sides in buckets of the key's hash), :func:`count_query` and :func:`key_query` (only what
lies in buckets that differ), :func:`record_query` (the records of these keys) and :func:`drawn_query` (the
records of some keys, or all). A record is known by its mark (see
:mod:`~airflow_bluegreen.core.comparison.flink_marks`), and the newest one by ``MAX(mark)``.

Only functions that Flink documents are used.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.comparison.flink_hashes import (
    BUCKETS,
    SHARES,
    among,
    bucket_of,
    bytes_hash,
    cells_hash,
    is_drawn,
    number_of,
    text_of,
)
from airflow_bluegreen.core.comparison.flink_marks import (
    ABSENT,
    PART_SQL,
    TIME_SQL,
    Place,
    across_partitions_sql,
    hash_in,
    mark_sql,
    moment,
    standing,
    time_in,
    within_partition_sql,
)
from airflow_bluegreen.core.comparison.flink_tables import (
    BLUE,
    GREEN,
    KEY,
    OFFSET,
    PARTITION,
    VALUE,
    records_table,
    rows_table,
)
from airflow_bluegreen.core.model import Column, Offsets

SETTINGS = {"table.local-time-zone": "UTC"}
"""Flink's settings that the queries need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is compared, and how.

    :param keyed: whether records are changes of keyed rows (else every record is a row).
    :param columns: the columns of the value that are compared; None for all of its bytes.
    :param sides: ``blue`` and ``green``, or ``green`` alone for a new table.
    :param framed_keys: the sides whose keys stand behind the registry's header.
    :param framed_values: the same of the values.
    """

    keyed: bool
    columns: tuple[Column, ...] | None = None
    sides: tuple[str, ...] = (BLUE, GREEN)
    framed_keys: frozenset[str] = frozenset()
    framed_values: frozenset[str] = frozenset()

    def key_hash(self, side: str) -> str:
        return bytes_hash(KEY, framed=side in self.framed_keys)

    def value_hash(self, side: str) -> str:
        return bytes_hash(VALUE, framed=side in self.framed_values)


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
    state = hash_in("mark") if reading.keyed else "CAST(records AS STRING)"
    there = f"CASE WHEN h IS NULL OR {state} = '{ABSENT}' THEN 0 ELSE {_weight(reading)} END"
    return (
        f"WITH {_folded(reading)}, hashed AS (\n"
        f"  SELECT side, {bucket_of('h')} AS bucket, records, tombstones, {there} AS alive,\n"
        f"    MD5(CONCAT(h, {state})) AS checksum FROM folded\n"
        ")\n"
        "SELECT side, bucket, SUM(records), SUM(tombstones), SUM(alive),\n"
        f"  SUM(CASE WHEN alive > 0 THEN {number_of('checksum', 1)} ELSE 0 END),\n"
        f"  SUM(CASE WHEN alive > 0 THEN {number_of('checksum', 10)} ELSE 0 END)\n"
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


def _folded(reading: Reading, buckets: Collection[int] | None = None) -> str:
    """The common table expressions up to ``folded``: side, hash, how many records, and the mark of the one
    that counts: of a key, the last one of each partition, and of these the newest.

    :param buckets: only what lies in these; None for everything, records without a key included.
    """
    where = "" if buckets is None else f" WHERE h IS NOT NULL{_within(buckets)}"
    if not reading.keyed:
        return (
            f"{_records(reading)}, folded AS (\n"
            "  SELECT side, h, COUNT(*) AS records, SUM(tombstone) AS tombstones, MAX(mark) AS mark\n"
            f"  FROM records{where} GROUP BY side, h\n)"
        )
    return (
        f"{_records(reading)}, last_ones AS (\n"
        "  SELECT side, h, part, COUNT(*) AS records, SUM(tombstone) AS tombstones, MAX(mark) AS mark\n"
        f"  FROM records{where} GROUP BY side, h, part\n"
        "), folded AS (\n"
        "  SELECT side, h, SUM(records) AS records, SUM(tombstones) AS tombstones,\n"
        f"    MAX({across_partitions_sql('part', 'mark')}) AS mark FROM last_ones GROUP BY side, h\n)"
    )


def _paired(reading: Reading, buckets: Collection[int]) -> str:
    marks = ", ".join(f"MAX(CASE WHEN side = '{side}' THEN mark END) AS {side}" for side in (BLUE, GREEN))
    numbers = ", ".join(
        f"SUM(CASE WHEN side = '{side}' THEN records ELSE 0 END) AS n_{side}" for side in (BLUE, GREEN)
    )
    counted = "" if reading.keyed else f", {numbers}"
    return f"{_folded(reading, buckets)}, paired AS (\n  SELECT h, {marks}{counted} FROM folded GROUP BY h\n)"


def _within(buckets: Collection[int]) -> str:
    if len(buckets) >= BUCKETS:
        return ""
    bucket = f"CAST({bucket_of('h')} AS STRING)"
    return f" AND {among(bucket, map(str, sorted(buckets)))}"


def _judged(reading: Reading, buckets: Collection[int], ages: Ages) -> str:
    """The common table expressions that say of each key how it stands, and since when."""
    if reading.keyed:
        state = {side: f"COALESCE({hash_in(side)}, '{ABSENT}')" for side in (BLUE, GREEN)}
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
    newest = [f"COALESCE({time_in(side)}, '')" for side in (BLUE, GREEN)]
    return (
        f"WITH {_paired(reading, buckets)}, stated AS (\n"
        f"  SELECT h, blue, green, {state[BLUE]} AS b, {state[GREEN]} AS g,\n"
        f"    CASE WHEN {newest[0]} > {newest[1]} THEN {newest[0]} ELSE {newest[1]} END AS newest\n"
        f"  FROM paired\n), classed AS (\n  {classes}\n), judged AS (\n"
        "  SELECT h, blue, green, presence, rows_,\n"
        f"    CASE WHEN newest < '{moment(ages.lasting_ms)}'{standing(ages.standing)} THEN 'lasting'\n"
        f"    WHEN newest BETWEEN '{moment(ages.young_ms)}' AND '{moment(ages.followed_ms)}' THEN 'young'\n"
        "    ELSE 'fresh' END AS age\n"
        "  FROM classed\n)"
    )


def record_query(places: Mapping[str, Collection[Place]]) -> str:
    """Rows as :func:`drawn_query` has them, of the records at these places by side."""
    position = f"CONCAT(CAST(`{PARTITION}` AS STRING), ':', CAST(`{OFFSET}` AS STRING))"
    return "\nUNION ALL\n".join(
        f"{_every_record(side)} WHERE {among(position, map(str, wanted))}"
        for side, wanted in places.items()
        if wanted
    )


def drawn_query(reading: Reading, shares: int) -> str:
    """Rows of (side, partition, offset, time, key, value), bytes as ISO-8859-1: every record of so many of
    :data:`SHARES` of the keys, the same keys on both sides; of a table without key, of its rows.
    """
    return "\nUNION ALL\n".join(_drawn(reading, side, shares) for side in reading.sides)


def _every_record(side: str) -> str:
    return (
        f"SELECT '{side}' AS side, `{PARTITION}`, `{OFFSET}`, {TIME_SQL} AS written_at,"
        f" {text_of(KEY)} AS key_text, {text_of(VALUE)} AS value_text FROM `{records_table(side)}`"
    )


def _drawn(reading: Reading, side: str, shares: int) -> str:
    every = _every_record(side)
    if shares >= SHARES:
        return every
    if reading.keyed or reading.columns is None:
        h = reading.key_hash(side) if reading.keyed else reading.value_hash(side)
        return f"{every} WHERE {is_drawn(h, shares)}"
    # Only the decoded table knows which rows are the same, and only the other one has their bytes.
    chosen = (
        f"SELECT `{PARTITION}` AS chosen_part, `{OFFSET}` AS chosen_offset FROM `{rows_table(side)}`"
        f" WHERE {is_drawn(cells_hash(reading.columns), shares)}"
    )
    return f"{every} JOIN ({chosen}) AS chosen ON `{PARTITION}` = chosen_part AND `{OFFSET}` = chosen_offset"


def _records(reading: Reading) -> str:
    """``records AS (…)``: side, hash ``h`` of the key or row, partition, mark (of a keyed table within its
    partition) and whether it is a tombstone.
    """
    parts = [part for side in reading.sides for part in _of_side(reading, side)]
    return "records AS (\n" + "\n  UNION ALL\n".join(f"  {part}" for part in parts) + "\n)"


def _of_side(reading: Reading, side: str) -> Iterable[str]:
    value = f"`{VALUE}`"
    if reading.columns is None:
        digest = f"CASE WHEN {value} IS NULL THEN '{ABSENT}' ELSE {reading.value_hash(side)} END"
        h = reading.key_hash(side) if reading.keyed else reading.value_hash(side)
        tombstone = f"CASE WHEN {value} IS NULL THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END"
        yield _part(reading, side, h, digest, tombstone, records_table(side))
        return
    digest = cells_hash(reading.columns)
    h = reading.key_hash(side) if reading.keyed else digest
    yield _part(reading, side, h, digest, "CAST(0 AS BIGINT)", rows_table(side))
    # A decoded topic shows no tombstones.
    h = h if reading.keyed else "CAST(NULL AS STRING)"
    gone = _part(reading, side, h, f"'{ABSENT}'", "CAST(1 AS BIGINT)", records_table(side))
    yield f"{gone} WHERE {value} IS NULL"


def _part(reading: Reading, side: str, h: str, digest: str, tombstone: str, table: str) -> str:
    mark = within_partition_sql(digest) if reading.keyed else mark_sql(digest)
    return (
        f"SELECT '{side}' AS side, {h} AS h, {PART_SQL} AS part, {mark} AS mark, {tombstone} AS tombstone"
        f" FROM `{table}`"
    )
