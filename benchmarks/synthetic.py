"""Synthetic projects of any size: Flink SQL as teams write it, in graphs of known shape.

The same arguments give the same bytes. Every table has a DDL of nine columns and a DML of some twenty lines
with two common table expressions; the names of its inputs stand there as plain names, behind aliases and as
qualifiers, so that a rewrite has something to miss.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

IMPACTED_SHARE = 0.336
LAYERS = ("sources", "intermediates", "dimensions", "facts", "views")

_CONFIGURATION = """\
project: synthetic
environments:
  local:
    dialect: open-source
    external_tables: environments/local/*.sql
    table_options:
      properties.bootstrap.servers: "{kafka.bootstrap.servers}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetic:
    """A project before and after a change of one table.

    ``before`` and ``after`` are texts by path; ``inputs`` the project's tables that each table reads;
    ``changed`` the modified table; ``impacted`` every table that the change reaches, itself included.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]
    changed: str
    impacted: frozenset[str]


def layered(size: int, seed: int = 1) -> Synthetic:
    """Five layers; one change reaches 33.6 % of the tables, each of which reads tables out of reach too."""
    dice = random.Random(seed)
    reached = max(2, round(size * IMPACTED_SHARE))
    calm = [f"t_{number:05d}" for number in range(size - reached)]
    cone = [f"c_{number:05d}" for number in range(reached)]
    inputs: dict[str, tuple[str, ...]] = {}
    for at, name in enumerate(calm):
        inputs[name] = _some(dice, calm[max(0, at - 200) : at], dice.randint(1, 3)) if at > size // 10 else ()
    for at, name in enumerate(cone):
        near = _some(dice, cone[max(0, at - 50) : at], dice.randint(1, 2))
        inputs[name] = tuple(dict.fromkeys((*near, *_some(dice, calm, dice.randint(0, 2)))))
    return _project(inputs, changed=cone[0])


def chain(size: int) -> Synthetic:
    """Every table reads the one before: as deep as it is large. The table in the middle changes."""
    names = [f"t_{number:05d}" for number in range(size)]
    inputs = {name: (names[at - 1],) if at else () for at, name in enumerate(names)}
    return _project(inputs, changed=names[size // 2])


def diamonds(size: int) -> Synthetic:
    """Diamonds in a row: one table, two that read it, one that joins these, and so on. The first changes."""
    names = [f"t_{number:05d}" for number in range(size)]
    inputs: dict[str, tuple[str, ...]] = {}
    for at, name in enumerate(names):
        match at % 3:
            case 0:
                inputs[name] = tuple(names[at - 2 : at]) if at else ()
            case 1:
                inputs[name] = (names[at - 1],)
            case _:
                inputs[name] = (names[at - 2],)
    return _project(inputs, changed=names[0])


SHAPES: Mapping[str, Callable[[int], Synthetic]] = {
    "layered": layered,
    "chain": chain,
    "diamonds": diamonds,
}


def _some(dice: random.Random, among: Sequence[str], number: int) -> tuple[str, ...]:
    return tuple(sorted(dice.sample(among, min(number, len(among)))))


def _project(inputs: Mapping[str, tuple[str, ...]], changed: str) -> Synthetic:
    before = {"bluegreen.yaml": _CONFIGURATION, "environments/local/ddl.raw.sql": _ddl("raw")}
    for at, (name, reads) in enumerate(inputs.items()):
        layer = LAYERS[min(4, at * 5 // len(inputs))] if reads else LAYERS[0]
        folder = f"pipelines/{layer}/p{at % 7}/{name}/sql-scripts"
        before[f"{folder}/ddl.{name}.sql"] = _ddl(name)
        before[f"{folder}/dml.{name}.sql"] = dml(name, reads or ("raw",))
    path = next(path for path in before if path.endswith(f"/dml.{changed}.sql"))
    edited = before[path].replace("amount > 0", "amount > 10")
    return Synthetic(
        before=before,
        after={**before, path: edited},
        inputs=inputs,
        changed=changed,
        impacted=frozenset(_reached(inputs, changed)),
    )


def _reached(inputs: Mapping[str, tuple[str, ...]], changed: str) -> set[str]:
    """Every table after ``changed`` that reads one that is reached; ``inputs`` has parents first."""
    reached = {changed}
    for name, reads in inputs.items():
        if not reached.isdisjoint(reads):
            reached.add(name)
    return reached


def _ddl(name: str) -> str:
    return f"""\
CREATE TABLE IF NOT EXISTS {name} (
  id STRING NOT NULL,
  customer_id STRING,
  amount DECIMAL(18, 2),
  currency CHAR(3),
  status STRING,
  note STRING, -- free text; nobody parses it
  created_at TIMESTAMP_LTZ(3),
  updated_at TIMESTAMP_LTZ(3),
  WATERMARK FOR updated_at AS updated_at - INTERVAL '5' SECOND,
  PRIMARY KEY (id) NOT ENFORCED
) DISTRIBUTED BY HASH (id) INTO 4 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'scan.startup.mode' = 'earliest-offset'
);
"""


def dml(name: str, reads: Sequence[str]) -> str:
    """The INSERT of a table that joins these tables."""
    first, *others = reads
    joins = "".join(
        f"\nLEFT JOIN {other} ON newest.id = {other}.id AND {other}.status IN ('open', 'paid')"
        for other in others
    )
    amounts = " + ".join(["newest.amount", *(f"COALESCE({other}.amount, 0)" for other in others)])
    return f"""\
-- {name}: what is known of every order, the newest version of it
INSERT INTO {name}
WITH valid AS (
  SELECT id, customer_id, amount, currency, status, note, created_at, updated_at
  FROM {first}
  WHERE amount > 0 AND status <> 'void'
),
newest AS (
  SELECT * FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY updated_at DESC) AS rank_of_version
    FROM valid
  ) WHERE rank_of_version = 1
)
SELECT
  newest.id,
  newest.customer_id,
  CAST({amounts} AS DECIMAL(18, 2)) AS amount,
  UPPER(newest.currency) AS currency,
  CASE WHEN newest.status = 'paid' THEN 'done' ELSE newest.status END AS status,
  newest.note,
  newest.created_at,
  newest.updated_at
FROM newest{joins};
"""
