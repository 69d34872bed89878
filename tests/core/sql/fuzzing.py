"""Texts that nobody would write: random bytes, random words, and corpus cases with damage.

``python -m tests.core.sql.fuzzing 100000`` tries that many and says what came out.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from airflow_bluegreen.core.sql import column_lineage, compare_scripts, fingerprint, parse, rename
from airflow_bluegreen.exceptions import SqlSyntaxError

WORDS = """
SELECT FROM WHERE WITH AS ( ) , ; . * = < > [ ] { } INSERT INTO CREATE TABLE VIEW a b `c` 'd' 1 2.5 JOIN
ON CASE WHEN THEN ELSE END CAST EXTRACT TRIM INTERVAL DAY DATE ARRAY MAP ROW JSON_OBJECT KEY VALUE OVER
PARTITION BY ORDER GROUP UNION ALL LATERAL UNNEST VALUES SET LIKE FOR SYSTEM_TIME OF PRIMARY NOT ENFORCED
WATERMARK DISTRIBUTED METADATA => || - -- /* */ /*+ BROADCAST( LIMIT NULL IN EXISTS TABLE( TUMBLE(
MATCH_RECOGNIZE DEFINE PATTERN $rowtime STATEMENT BEGIN EXECUTE ALTER DROP UPDATE DELETE MODEL
MATERIALIZED FRESHNESS ADD MODIFY RENAME TO SHOW DESCRIBE EXPLAIN CALL USE LOAD MODULE RESET COMPILE PLAN
AND OR BETWEEN IS DISTINCT GROUPING SETS ROLLUP QUALIFY ORDINALITY OVERLAPS UESCAPE TRUE
U&"a" U&"\\0062" PRECEDES CONTAINS
PIVOT( UNPIVOT( WITHIN ALLOW PARTIAL PASSING UPSERT STOP JOB AGENT TOOL USING CONNECTION {fn } ^ $ :
""".split()  # noqa: SIM905 - read more easily than a list
LETTERS = "abcxyz()[]{}<>,.;:'\"`-/*+=!|&^%$#@?~\\_ \t\r\n\0\ufeffé日😀0123456789"


def texts(seed: int, seeds: Sequence[str]) -> Iterator[str]:
    """Random texts without end, the same for the same arguments."""
    chance = random.Random(seed)
    makers = (_noise, _words, _damaged, _damaged, _damaged, _crossed)
    while True:
        yield chance.choice(makers)(chance, seeds)


def _noise(chance: random.Random, seeds: Sequence[str]) -> str:
    if chance.random() < 0.5:
        return chance.randbytes(chance.randrange(80)).decode("utf-8", "replace")
    return "".join(chance.choices(LETTERS, k=chance.randrange(80)))


def _words(chance: random.Random, seeds: Sequence[str]) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randrange(1, 30)))


def _damaged(chance: random.Random, seeds: Sequence[str]) -> str:
    """A case with a few pieces taken out, doubled, exchanged or put in."""
    text = chance.choice(seeds)
    for _ in range(chance.randrange(1, 4)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.randrange(12))
        piece = chance.choice(
            [
                "",
                text[start:end] * 2,
                chance.choice(WORDS),
                chance.choice(LETTERS),
                f" {chance.choice(WORDS)} ",
            ]
        )
        text = text[:start] + piece + text[end:]
    return text


def _crossed(chance: random.Random, seeds: Sequence[str]) -> str:
    one, two = chance.choice(seeds), chance.choice(seeds)
    return one[: chance.randrange(len(one) + 1)] + two[chance.randrange(len(two) + 1) :]


def refusal_of(text: str) -> SqlSyntaxError | None:
    """Everything that the front-end can do with a text; the error that says what it does not understand."""
    try:
        statements = parse(text, "f.sql")
        assert rename(text, {}) == text
        for statement in statements:
            assert text[statement.offset :].startswith(statement.sql)
            for reference in statement.references:
                assert 0 <= reference.start < reference.end <= len(statement.sql)
            column_lineage(statement, {})
        compare_scripts(text, text + "\n-- end")
        compare_scripts(text, text.replace("a", "b"))
        fingerprint(text)
    except SqlSyntaxError as refused:
        return refused
    return None


def main(count: int, seed: int) -> None:
    """Tries ``count`` texts and prints how many of them were understood."""
    from tests.core.sql.cases import cases

    results: Counter[str] = Counter()
    for number, text in enumerate(islice(texts(seed, [case.sql for case in cases()]), count)):
        try:
            results["understood" if refusal_of(text) is None else "refused"] += 1
        except Exception as error:  # noqa: BLE001 - what comes out is what is looked for
            results[type(error).__name__] += 1
            print(f"{number}: {type(error).__name__}: {error}\n{text!r}")
    print(dict(results))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
