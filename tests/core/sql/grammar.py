# ruff: noqa: E501 - SQL stands on one line
"""Random statements of Flink SQL that Flink accepts, together with the tables that they read.

Every query has two columns, ``k STRING`` and ``n BIGINT``, so that any query can stand within any other. The
tables are those of ``corpus/tables.sql``. What is read is noted while the text is made, not by parsing it.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# A text column, a number, by table.
COLUMNS = {
    "orders": ("order_id", "quantity"),
    "payments": ("order_id", "amount"),
    "shipments": ("order_id", "CHAR_LENGTH(carrier)"),
    "customers": ("customer_id", "CARDINALITY(tags)"),
    "shop.items": ("sku", "price"),
    "`my orders`": ("`order`", "`größe`"),
}
WITH_TIME = ("orders", "payments", "shipments")
PIECES = re.compile(r"`[^`]*`|'[^']*'|/\*\+.*?\*/| ")
SPACES = (" ", " ", " ", "\n", "\t", " /* FROM payments */ ", " -- JOIN shipments\n")


@dataclass(frozen=True, slots=True)
class Query:
    sql: str
    reads: frozenset[str]

    def within(self, text: str, *others: "Query") -> "Query":
        """A text that holds this query and others."""
        return Query(text, self.reads.union(*(other.reads for other in others)))


def statements(seed: int) -> Iterator[Query]:
    """INSERTs into ``report``, without end."""
    maker = _Maker(random.Random(seed))
    while True:
        yield maker.statement()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._names = 0
        self._forms: tuple[Callable[[int, frozenset[str]], Query], ...] = (
            self._table, self._derived, self._joined, self._tables_joined, self._grouped, self._union,
            self._common, self._filtered, self._window, self._first, self._unnested, self._correlated,
        )  # fmt: skip

    def statement(self) -> Query:
        self._names = 0
        query = self.query(3, frozenset())
        text = query.within(f"INSERT INTO report SELECT q.k, q.k AS name, q.n FROM ({query.sql}) AS q")
        return text.within(self._spread(text.sql))

    def query(self, depth: int, hidden: frozenset[str]) -> Query:
        """``hidden`` are tables that cannot be read here, as WITH gave their names to something else."""
        form = self._chance.choice(self._forms) if depth > 0 else self._table
        return form(depth - 1, hidden)

    def _spread(self, text: str) -> str:
        """Other layout, and comments; strings, quoted names and hints stay as they are."""
        return PIECES.sub(lambda found: found[0] if found[0] != " " else self._chance.choice(SPACES), text)

    def _name(self) -> str:
        self._names += 1
        return f"{self._chance.choice(['a', 'payments', 'orders', 'x'])}_{self._names}"

    def _pick(self, hidden: frozenset[str], among: tuple[str, ...] = ()) -> str:
        return self._chance.choice([table for table in among or COLUMNS if table not in hidden])

    def _read(self, table: str, depth: int, hidden: frozenset[str]) -> tuple[str, str, str]:
        """How FROM names a table, and its two columns with or without a qualifier."""
        key, number = COLUMNS[table]
        own = table.rpartition(".")[2]
        alias = self._chance.choice(["", self._name()])
        qualifier = self._chance.choice([alias or own, ""])
        if "(" in number or not qualifier:
            return f"{table} {alias}".strip(), key, number
        return f"{table} AS {alias}" if alias else table, f"{qualifier}.{key}", f"{qualifier}.{number}"

    def _table(self, depth: int, hidden: frozenset[str]) -> Query:
        table = self._pick(hidden)
        source, key, number = self._read(table, depth, hidden)
        condition = self._chance.choice(
            ["", f" WHERE {key} <> 'orders'", f" WHERE {number} BETWEEN 1 AND 5 OR {key} LIKE 'x%'",
             f" WHERE {key} IS NOT NULL AND NOT ({number} > 3)"]
        )  # fmt: skip
        value = self._chance.choice([number, f"CASE WHEN {key} = 'payments' THEN 1 ELSE {number} END"])
        sql = f"SELECT {key} AS k, CAST({value} AS BIGINT) AS n FROM {source}{condition}"
        return Query(sql, frozenset({table.strip("`")}))

    def _derived(self, depth: int, hidden: frozenset[str]) -> Query:
        inner, name = self.query(depth, hidden), self._name()
        return inner.within(f"SELECT {name}.k, n + 1 AS n FROM ({inner.sql}) AS {name}")

    def _joined(self, depth: int, hidden: frozenset[str]) -> Query:
        one, two = self.query(depth, hidden), self.query(depth, hidden)
        left, right = self._name(), self._name()
        kind = self._chance.choice(["JOIN", "LEFT JOIN", "FULL OUTER JOIN", "INNER JOIN"])
        return one.within(
            f"SELECT {left}.k, {right}.n FROM ({one.sql}) AS {left} {kind} ({two.sql}) AS {right}"
            f" ON {left}.k = {right}.k", two
        )  # fmt: skip

    def _tables_joined(self, depth: int, hidden: frozenset[str]) -> Query:
        names = [name for name in ("orders", "payments", "shipments") if name not in hidden][:2]
        if len(names) < 2:
            return self._table(depth, hidden)
        one, two = names
        reads = frozenset(names)
        return self._chance.choice(
            [
                Query(f"SELECT {one}.order_id AS k, CHAR_LENGTH({two}.order_id) AS n FROM {one}, {two} WHERE {one}.order_id = {two}.order_id", reads),
                Query(f"SELECT {one}.order_id AS k, CHAR_LENGTH({two}.order_id) AS n FROM ({one} JOIN {two} ON {one}.order_id = {two}.order_id)", reads),
                Query(f"SELECT /*+ BROADCAST({two}) */ {two}.order_id AS k, CHAR_LENGTH({one}.order_id) AS n FROM {one} JOIN {two} ON {one}.order_id = {two}.order_id", reads),
            ]
        )  # fmt: skip

    def _grouped(self, depth: int, hidden: frozenset[str]) -> Query:
        inner, name = self.query(depth, hidden), self._name()
        keys = self._chance.choice(["k", f"{name}.k", "GROUPING SETS ((k), ())", "ROLLUP (k)"])
        value = self._chance.choice(["COUNT(*)", "SUM(n)", "MAX(n) FILTER (WHERE n > 1)"])
        having = self._chance.choice(["", " HAVING COUNT(*) > 1"])
        return inner.within(f"SELECT k, {value} AS n FROM ({inner.sql}) AS {name} GROUP BY {keys}{having}")

    def _union(self, depth: int, hidden: frozenset[str]) -> Query:
        one, two = self.query(depth, hidden), self.query(depth, hidden)
        operation = self._chance.choice(["UNION ALL", "UNION", "INTERSECT", "EXCEPT"])
        return one.within(f"(SELECT k, n FROM ({one.sql})) {operation} (SELECT k, n FROM ({two.sql}))", two)

    def _common(self, depth: int, hidden: frozenset[str]) -> Query:
        name = self._chance.choice(["orders", "payments", "shipments", self._name()])
        inner, outer = self.query(depth, hidden), self.query(depth, hidden | {name})
        body = f"WITH {name} AS ({inner.sql}) SELECT c.k, {name}.n FROM {name} JOIN ({outer.sql}) AS c ON c.k = {name}.k"
        return inner.within(f"SELECT k, n FROM ({body})", outer)

    def _filtered(self, depth: int, hidden: frozenset[str]) -> Query:
        one, two, name = self.query(depth, hidden), self.query(depth, hidden), self._name()
        return one.within(
            f"SELECT k, n FROM ({one.sql}) AS {name} WHERE k IN (SELECT k FROM ({two.sql}))", two
        )

    def _window(self, depth: int, hidden: frozenset[str]) -> Query:
        names = tuple(name for name in WITH_TIME if name not in hidden)
        if not names:
            return self._table(depth, hidden)
        table = self._pick(hidden, names)
        function = self._chance.choice(
            [f"TUMBLE(TABLE {table}, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
             f"TUMBLE(DATA => TABLE {table}, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' MINUTE)",
             f"HOP(TABLE {table}, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
             f"SESSION(TABLE {table} PARTITION BY order_id, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"]
        )  # fmt: skip
        return Query(
            f"SELECT order_id AS k, COUNT(*) AS n FROM TABLE({function}) GROUP BY order_id, window_start, window_end",
            frozenset({table}),
        )

    def _first(self, depth: int, hidden: frozenset[str]) -> Query:
        inner, name = self.query(depth, hidden), self._name()
        rank = "ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC)"
        limit = self._chance.choice([1, 3])
        return inner.within(
            f"SELECT k, n FROM (SELECT *, {rank} AS rn FROM ({inner.sql}) AS {name}) WHERE rn <= {limit}"
        )

    def _unnested(self, depth: int, hidden: frozenset[str]) -> Query:
        if "customers" in hidden:
            return self._table(depth, hidden)
        join = self._chance.choice([", ", " CROSS JOIN "])
        return Query(
            f"SELECT t.tag AS k, CHAR_LENGTH(t.tag) AS n FROM customers{join}UNNEST(customers.tags) AS t (tag)",
            frozenset({"customers"}),
        )

    def _correlated(self, depth: int, hidden: frozenset[str]) -> Query:
        if "shipments" in hidden:
            return self._table(depth, hidden)
        inner, name = (
            self._table(depth, hidden),
            self._name(),
        )  # of anything more Flink cannot plan every case
        no = self._chance.choice(["", "NOT "])
        condition = f"{no}EXISTS (SELECT 1 FROM shipments WHERE shipments.order_id = {name}.k)"
        return inner.within(
            f"SELECT k, n FROM ({inner.sql}) AS {name} WHERE {condition}", Query("", frozenset({"shipments"}))
        )
