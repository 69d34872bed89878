"""Counts within one side: duplicates, aggregates of columns, aggregates of groups, ids of source records."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from airflow_bluegreen.actions.inspecting.frames import HELD, Side
from airflow_bluegreen.core.comparison.evidence import (
    Accounted,
    Duplicates,
    GroupDifference,
    SideDuplicates,
)
from airflow_bluegreen.core.model import AggregatePair, Grouping

if TYPE_CHECKING:
    import duckdb

MEASURES = {
    "number": ("sum", "min", "max", "mean", "distinct", "p50", "p95"),
    "time": ("min", "max", "distinct", "p50", "p95"),
    "other": ("distinct",),
}
"""By kind of column: a sum of moments says nothing."""
_SHOWN = 3
_CLOSE = 1e-9
"""Sums of floats depend on the order of the rows."""


def find_duplicates(
    connection: "duckdb.DuckDBPyConnection", blue: Side | None, green: Side, unique: Sequence[str]
) -> Duplicates | None:
    """Rows that share their unique columns; None where a side does not have these columns."""
    sides = [side for side in (blue, green) if side is not None]
    if not unique or not all(name in side.cells for side in sides for name in unique):
        return None
    found = [_duplicates_of(connection, side, unique) for side in sides]
    return Duplicates(unique=tuple(unique), blue=found[0] if blue else None, green=found[-1])


def _duplicates_of(
    connection: "duckdb.DuckDBPyConnection", side: Side, unique: Sequence[str]
) -> SideDuplicates:
    names = [side.cells[name].name for name in unique]
    missing = " OR ".join(f"{name} IS NULL" for name in names)
    (nulls,) = connection.execute(
        f"SELECT count(*) FROM {side.name} WHERE {HELD} AND ({missing})"  # noqa: S608
    ).fetchall()[0]
    grouped = (
        f"SELECT {', '.join(names)}, count(*) AS times FROM {side.name} "  # noqa: S608
        f"WHERE {HELD} AND NOT ({missing}) GROUP BY {', '.join(names)} HAVING count(*) > 1"
    )
    (extra,) = connection.execute(f"SELECT coalesce(sum(times - 1), 0) FROM ({grouped})").fetchall()[0]  # noqa: S608
    examples = connection.execute(
        f"{grouped} ORDER BY times DESC, {', '.join(names)} LIMIT {_SHOWN}"
    ).fetchall()
    return SideDuplicates(
        null_keys=nulls,
        extra=int(extra),
        examples=tuple(tuple(str(value) for value in example[:-1]) for example in examples),
    )


def aggregate_columns(
    connection: "duckdb.DuckDBPyConnection", blue: Side, green: Side, columns: Sequence[str], *, keyed: bool
) -> tuple[AggregatePair, ...]:
    """Aggregates of columns that both sides have; of those that are no number or time, only ``distinct``.

    For keyed tables over the rows that both sides hold, so that what is missing on one does not blur them.
    """
    pairs: list[AggregatePair] = []
    for name in columns:
        kinds = {side.cells[name].kind for side in (blue, green)}
        kind = kinds.pop() if len(kinds) == 1 else "other"
        before, after = (
            _aggregates_of(connection, side, name, keyed=keyed, numbers=kind != "other")
            for side in (blue, green)
        )
        pairs += (
            AggregatePair(
                column=name,
                measure=measure,
                blue=before[measure],
                green=after[measure],
                moment=kind == "time" and measure != "distinct",
            )
            for measure in MEASURES[kind]
        )
    return tuple(pairs)


def _aggregates_of(
    connection: "duckdb.DuckDBPyConnection", side: Side, column: str, *, keyed: bool, numbers: bool
) -> dict[str, float | None]:
    other = "blue" if side.name == "green" else "green"
    also = f" AND hash IN (SELECT hash FROM {other} WHERE {HELD})" if keyed else ""  # noqa: S608
    name, measure = side.cells[column].name, side.cells[column].measure
    asked = [f"count(DISTINCT {name})"]
    if numbers:
        asked += [f"{call}(value)" for call in ("sum", "min", "max", "avg", "median")]
        asked.append("quantile_cont(value, 0.95)")
    found = connection.execute(
        f"SELECT {', '.join(asked)} FROM "  # noqa: S608
        f"(SELECT {name}, {measure} AS value FROM {side.name} WHERE {HELD}{also})"
    ).fetchall()[0]
    labels = ("distinct", "sum", "min", "max", "mean", "p50", "p95")
    return {
        label: None if value is None else float(value) for label, value in zip(labels, found, strict=False)
    }


def compare_groups(
    connection: "duckdb.DuckDBPyConnection", blue: Side, green: Side, groupings: Iterable[Grouping]
) -> tuple[GroupDifference, ...]:
    """For each aggregate that the project names, the groups in which rows or sums differ."""
    return tuple(_groups_of(connection, blue, green, grouping) for grouping in groupings)


def _groups_of(
    connection: "duckdb.DuckDBPyConnection", blue: Side, green: Side, grouping: Grouping
) -> GroupDifference:
    absent = [one for one in (*grouping.by, *grouping.of) if one not in blue.cells or one not in green.cells]
    if absent:
        return GroupDifference(grouping=grouping, missing=tuple(absent))
    parts = [_grouped(side, grouping) for side in (blue, green)]
    keys = [f"k{at}" for at in range(len(grouping.by))]
    on = " AND ".join(f"b.{key} IS NOT DISTINCT FROM g.{key}" for key in keys)
    same = ["b.n IS NOT DISTINCT FROM g.n"]
    for at in range(len(grouping.of)):
        left, right = f"b.s{at}", f"g.s{at}"
        same.append(
            f"({left} IS NOT DISTINCT FROM {right} OR COALESCE("
            f"abs({left} - {right}) <= {_CLOSE} * greatest(abs({left}), abs({right})), FALSE))"
        )
    labels = ", ".join(f"coalesce(b.{key}, g.{key})" for key in keys)
    joined = f"({parts[0]}) b FULL JOIN ({parts[1]}) g ON {on}"
    differ = f"NOT ({' AND '.join(same)})"
    total, differing = connection.execute(
        f"SELECT count(*), count(*) FILTER ({differ}) FROM {joined}"  # noqa: S608
    ).fetchall()[0]
    sums = "".join(f", b.s{at}, g.s{at}" for at in range(len(grouping.of)))
    examples = connection.execute(
        f"SELECT b.n, g.n{sums}, {labels} FROM {joined} WHERE {differ} ORDER BY {labels} LIMIT {_SHOWN}"  # noqa: S608
    ).fetchall()
    width = 2 + 2 * len(grouping.of)
    return GroupDifference(
        grouping=grouping,
        groups=total,
        differing=differing,
        examples=tuple(
            (tuple(str(one) for one in example[width:]), tuple(example[:width])) for example in examples
        ),
    )


def _grouped(side: Side, grouping: Grouping) -> str:
    keys = ", ".join(
        f"CAST({side.cells[name].name} AS VARCHAR) AS k{at}" for at, name in enumerate(grouping.by)
    )
    sums = "".join(f", sum({side.cells[name].measure}) AS s{at}" for at, name in enumerate(grouping.of))
    return f"SELECT {keys}, count(*) AS n{sums} FROM {side.name} WHERE {HELD} GROUP BY ALL"  # noqa: S608


def account_for(
    connection: "duckdb.DuckDBPyConnection", blue: Side, green: Side, column: str
) -> Accounted | None:
    """Ids of source records that blue has written, in whatever record, and green has not.

    None where one side does not have the column.
    """
    if not column or column not in blue.cells or column not in green.cells:
        return None
    ids = [
        f"SELECT DISTINCT CAST({side.cells[column].name} AS VARCHAR) AS id FROM {side.name} "  # noqa: S608
        f"WHERE settled AND sampled AND {side.cells[column].name} IS NOT NULL"
        for side in (blue, green)
    ]
    (total,) = connection.execute(f"SELECT count(*) FROM ({ids[0]})").fetchall()[0]  # noqa: S608
    lost = f"({ids[0]}) b ANTI JOIN ({ids[1]}) g ON b.id = g.id"
    (missing,) = connection.execute(f"SELECT count(*) FROM {lost}").fetchall()[0]  # noqa: S608
    examples = connection.execute(f"SELECT b.id FROM {lost} ORDER BY b.id LIMIT {_SHOWN}").fetchall()  # noqa: S608
    return Accounted(column=column, ids=total, missing=missing, examples=tuple(one for (one,) in examples))
