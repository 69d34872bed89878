"""Decoded records as tables of DuckDB, which spills what does not fit into memory."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_bluegreen.actions.inspecting.drawing import DrawnRecord
from airflow_bluegreen.core.comparison.hashed import LastRecords
from airflow_bluegreen.core.comparison.rows import Row
from airflow_bluegreen.core.model import Column

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BLUE, GREEN = "blue", "green"
HELD = "live AND settled AND sampled"
"""The rows that a side holds, without those in flight."""

_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC", "DEC")
_TIMES = ("TIMESTAMP", "DATE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A column of one side: its name in DuckDB, its type there, and ``number``, ``time`` or ``other``."""

    name: str
    type: str
    kind: str

    @property
    def measure(self) -> str:
        """SQL for its value as a number; times are milliseconds since the epoch."""
        if self.kind == "other":
            return "NULL"
        if self.kind == "number" or self.type == "number":
            return f"TRY_CAST({self.name} AS DOUBLE)"
        return f"epoch_us(TRY_CAST({self.name} AS TIMESTAMP)) / 1000.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A table ``blue`` or ``green`` in DuckDB: one line for each record that was drawn. ``rows`` and ``keys``
    are those that are there, by hash.
    """

    name: str
    cells: Mapping[str, Cell]
    rows: Mapping[int, Row] = field(repr=False)
    keys: Mapping[int, bytes | None] = field(repr=False)

    def cell(self, column: str, alias: str) -> str:
        """SQL for a column of this side, under an alias of its table."""
        return f"{alias}.{self.cells[column].name}"

    def measure(self, column: str, alias: str) -> str:
        """SQL for a column as a number."""
        cell = self.cells[column]
        return cell.measure.replace(cell.name, f"{alias}.{cell.name}")


@contextmanager
def workbench(memory: int) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A database in memory that puts what is beyond ``memory`` bytes into a directory of its own."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="bluegreen-") as folder:
        settings: dict[str, Any] = {
            "memory_limit": f"{memory >> 20}MiB",
            "temp_directory": folder,
            "threads": 2,
            "preserve_insertion_order": False,
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            yield connection
        finally:
            connection.close()


def load(
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    drawn: Sequence[DrawnRecord],
    rows: Iterable[Row | None],
    *,
    declared: Sequence[Column],
    keyed: bool,
    flying: frozenset[int],
) -> Side:
    """Make the table of one side.

    :param rows: of each drawn record, None for a tombstone.
    :param declared: the columns of the DDL, whose types say what a text means.
    :param flying: hashes of what is in flight.
    """
    import pyarrow as pa

    decoded = list(rows)
    names = _columns(decoded)
    last = LastRecords()
    for one in drawn if keyed else ():
        last.add(one.hash, one.record)
    counts = dict(last.items())
    live = [
        row is not None and (not keyed or counts[one.hash] is one.record)
        for one, row in zip(drawn, decoded, strict=True)
    ]
    lines: dict[str, Any] = {
        "hash": pa.array([one.hash for one in drawn], pa.uint64()),
        "number": pa.array([one.number for one in drawn], pa.int64()),
        "part": pa.array([one.record.partition for one in drawn], pa.int32()),
        "stamp": pa.array([one.record.timestamp for one in drawn], pa.int64()),
        "live": pa.array(live, pa.bool_()),
        "settled": pa.array([one.hash not in flying for one in drawn], pa.bool_()),
        "sampled": pa.array([one.sampled for one in drawn], pa.bool_()),
    }
    types = {column.name: column.type for column in declared}
    cells: dict[str, Cell] = {}
    for at, column in enumerate(names):
        values = _array([None if row is None else row.get(column) for row in decoded])
        lines[f"c{at}"] = values
        cells[column] = _cell(f"c{at}", values.type, types.get(column, ""))
    table = pa.table(lines)
    connection.register("incoming", table)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608 -- blue or green
    connection.unregister("incoming")
    held = [(one, row) for one, row, there in zip(drawn, decoded, live, strict=True) if there and row]
    return Side(
        name=name,
        cells=cells,
        rows={one.hash: row for one, row in held},
        keys={one.hash: one.record.key for one, _ in held},
    )


def _columns(rows: Iterable[Row | None]) -> dict[str, None]:
    """The columns of all rows, in the order in which they come; most rows have the same ones."""
    names: dict[str, None] = {}
    for row in rows:
        if row is not None and row.keys() != names.keys():
            names.update(dict.fromkeys(row))
    return names


def _array(values: "list[Any]") -> "pa.Array[Any]":
    """Arrow finds the type; what is of several types, or nested, is compared as text."""
    import pyarrow as pa

    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([_text(value) for value in values], pa.string())
    if pa.types.is_nested(array.type):
        return pa.array([_text(value) for value in values], pa.string())
    if pa.types.is_null(array.type):
        return array.cast(pa.string())
    if pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("us"))
    return array


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, default=str, sort_keys=True)


def _cell(name: str, arrow: Any, declared: str) -> Cell:
    import pyarrow as pa

    is_number = pa.types.is_integer(arrow) or pa.types.is_floating(arrow) or pa.types.is_decimal(arrow)
    is_time = pa.types.is_timestamp(arrow) or pa.types.is_date(arrow)
    kind = "time" if is_time or declared.startswith(_TIMES) else "number" if is_number else "other"
    if kind == "other" and declared.startswith(_NUMBERS):
        kind = "number"
    return Cell(name=name, type="number" if is_number else str(arrow), kind=kind)
