"""Column by column: in how many of the rows on both sides they agree, and which rows do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_bluegreen.actions.inspecting.frames import HELD, Side
from airflow_bluegreen.core.model import CheckSettings, ColumnMatch, Tolerance

if TYPE_CHECKING:
    import duckdb

_BOTH = "blue b JOIN green g ON b.hash = g.hash AND b.live AND g.live AND b.settled AND g.settled"
"""A row for each key that both sides hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """``unexpected`` are hashes of rows that differ where nothing explains it, ``explained`` of those that
    differ elsewhere; ``differing`` counts all of these by column. ``equal`` is how many rows of those asked
    for are the same, within the tolerance.
    """

    columns: tuple[ColumnMatch, ...]
    differing: Mapping[str, int] = field(default_factory=dict)
    unexpected: tuple[int, ...] = ()
    explained: tuple[int, ...] = ()
    equal: int = 0


def match_columns(
    connection: "duckdb.DuckDBPyConnection",
    blue: Side,
    green: Side,
    settings: CheckSettings,
    *,
    shared: Sequence[str],
    expected: frozenset[str],
    left_out: Mapping[str, str],
    asked: Sequence[int],
    green_nulls: Mapping[str, float | None],
) -> Matching:
    """Compare columns over the keys that both sides hold.

    :param shared: the columns; both sides have them.
    :param expected: columns that the change explains.
    :param left_out: columns that are not compared, with the reason.
    :param asked: hashes of the keys that differ.
    :param green_nulls: green's columns → share of its rows in which they are null.
    """
    compared = [name for name in shared if name not in left_out]
    equals = {name: _equal(blue, green, name, settings.tolerance_of(name)) for name in compared}
    counts = _counts(connection, [equals[name] for name in compared])
    blue_nulls = null_shares(connection, blue, shared)
    columns = tuple(
        ColumnMatch(
            column=name,
            compared=0 if name in left_out else counts[-1],
            equal=0 if name in left_out else counts[compared.index(name)],
            expected=name in expected,
            left_out=left_out.get(name, ""),
            tolerance=tolerance_text(settings.tolerance_of(name)),
            blue_nulls=blue_nulls[name],
            green_nulls=green_nulls[name],
        )
        for name in shared
    )
    strict = " AND ".join(equals[name] for name in compared if name not in expected) or "TRUE"
    loose = " AND ".join(equals[name] for name in compared) or "TRUE"
    unexpected = _hashes(connection, f"NOT ({strict})")
    explained = _hashes(connection, f"({strict}) AND NOT ({loose})")
    equal = 0
    if asked:
        differing = {*unexpected, *explained}
        there = blue.rows.keys() & green.rows.keys()
        equal = sum(one in there and one not in differing for one in asked)
    return Matching(
        columns=columns,
        differing=_differing(connection, equals),
        unexpected=unexpected,
        explained=explained,
        equal=equal,
    )


def tolerance_text(tolerance: Tolerance) -> str:
    """``0.01 absolute, 1 % relative``; empty for none."""
    parts = [
        f"{tolerance.absolute:g} absolute" if tolerance.absolute else "",
        f"{tolerance.relative:.3g} relative" if tolerance.relative else "",
        f"{tolerance.seconds:g} s" if tolerance.seconds else "",
    ]
    return ", ".join(filter(None, parts))


def _equal(blue: Side, green: Side, name: str, tolerance: Tolerance) -> str:
    """SQL: whether a column of ``b`` and ``g`` is equal, never NULL."""
    one, other = blue.cells[name], green.cells[name]
    left, right = blue.cell(name, "b"), green.cell(name, "g")
    measures = blue.measure(name, "b"), green.measure(name, "g")
    if one.type == other.type:
        same = f"{left} IS NOT DISTINCT FROM {right}"
    elif one.kind == other.kind and one.kind != "other":
        same = f"{measures[0]} IS NOT DISTINCT FROM {measures[1]}"
    else:
        same = f"CAST({left} AS VARCHAR) IS NOT DISTINCT FROM CAST({right} AS VARCHAR)"
    allowed = _allowed(one.kind, tolerance, measures[0])
    if not allowed or one.kind != other.kind:
        return f"({same})"
    return f"({same} OR COALESCE(abs({measures[0]} - {measures[1]}) <= {allowed}, FALSE))"


def _allowed(kind: str, tolerance: Tolerance, measure: str) -> str:
    if kind == "time":
        return f"{tolerance.seconds * 1000!r}" if tolerance.seconds else ""
    if kind == "number" and (tolerance.absolute or tolerance.relative):
        return f"greatest({tolerance.absolute!r}, {tolerance.relative!r} * abs({measure}))"
    return ""


def _counts(connection: "duckdb.DuckDBPyConnection", equals: Sequence[str]) -> tuple[int, ...]:
    """How many rows agree in each column, and how many there are."""
    counted = ", ".join([*(f"count(*) FILTER ({one})" for one in equals), "count(*)"])
    query = f"SELECT {counted} FROM {_BOTH} AND b.sampled AND g.sampled"  # noqa: S608 -- names of our own making
    found: tuple[int, ...] = connection.execute(query).fetchall()[0]
    return found


def _differing(connection: "duckdb.DuckDBPyConnection", equals: Mapping[str, str]) -> Mapping[str, int]:
    """Column → in how many rows it differs, of all that were decoded."""
    if not equals:
        return {}
    counted = ", ".join(f"count(*) FILTER (NOT {one})" for one in equals.values())
    found = connection.execute(f"SELECT {counted} FROM {_BOTH}").fetchall()[0]  # noqa: S608
    return {name: count for name, count in zip(equals, found, strict=True) if count}


def null_shares(
    connection: "duckdb.DuckDBPyConnection", side: Side, columns: Sequence[str]
) -> dict[str, float | None]:
    """Column → share of the rows in which it is null; None where there are no rows."""
    if not columns:
        return {}
    counted = ", ".join(f"count({side.cells[name].name})" for name in columns)
    query = f"SELECT count(*), {counted} FROM {side.name} WHERE {HELD}"  # noqa: S608
    total, *there = connection.execute(query).fetchall()[0]
    return {name: 1 - count / total if total else None for name, count in zip(columns, there, strict=True)}


def _hashes(connection: "duckdb.DuckDBPyConnection", condition: str) -> tuple[int, ...]:
    query = f"SELECT b.hash FROM {_BOTH} WHERE {condition} ORDER BY b.hash"  # noqa: S608
    return tuple(one for (one,) in connection.execute(query).fetchall())
