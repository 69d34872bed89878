"""Reading records as rows, and saying which columns of two rows differ."""

import json
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

import fastavro
import orjson
import xxhash

from airflow_bluegreen.core.comparison.fold import Digest, payload
from airflow_bluegreen.core.model import DifferenceSample

Row = Mapping[str, Any]

NULL = "NULL"
NO_ROW = "(no row)"


class RowReader:
    """Decodes Avro behind the registry's header, else JSON, else the bytes as one column.

    :param schema_of: the schema text of a registry id.
    """

    def __init__(self, schema_of: Callable[[int], str]) -> None:
        self._schema_of = schema_of
        self._schemas: dict[int, Any] = {}

    def row(self, framed: bytes) -> Row:
        """The columns of a key or value."""
        if len(framed) >= 5 and framed[0] == 0:
            decoded = fastavro.schemaless_reader(BytesIO(payload(framed)), self._schema(framed), None)
        else:
            decoded = _json(framed)
        return decoded if isinstance(decoded, dict) else {"value": decoded}

    def digest_of(self, columns: Iterable[str] | None) -> Digest:
        """A digest over some columns only (None = all), by name, wherever they stand in the row."""
        wanted = None if columns is None else tuple(sorted(columns))

        def digest(framed: bytes) -> int:
            row = self.row(framed)
            cells = [(name, _plain(row.get(name))) for name in (sorted(row) if wanted is None else wanted)]
            text = orjson.dumps(cells, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
            return xxhash.xxh3_64_intdigest(text) or 1

        return digest

    def _schema(self, framed: bytes) -> Any:
        schema_id = int.from_bytes(framed[1:5], "big")
        if schema_id not in self._schemas:
            self._schemas[schema_id] = fastavro.parse_schema(json.loads(self._schema_of(schema_id)))
        return self._schemas[schema_id]


def differing_columns(blue: Row, green: Row) -> tuple[str, ...]:
    """The columns that both rows have and that hold different values."""
    return tuple(name for name in blue if name in green and _plain(blue[name]) != _plain(green[name]))


def sample(key: Row, blue: Row | None, green: Row | None) -> DifferenceSample:
    """The cells that differ as text; all cells where one side has no row."""
    if blue is not None and green is not None:
        names: Iterable[str] = differing_columns(blue, green)
    else:
        names = [name for name in (blue or green or {}) if name not in key]
    columns = {name: (_cell(blue, name), _cell(green, name)) for name in names}
    return DifferenceSample(key={name: text(value) for name, value in key.items()}, columns=columns)


def text(value: Any) -> str:
    """A cell for people."""
    if value is None:
        return NULL
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "date") else str(value)


def _cell(row: Row | None, name: str) -> str:
    return NO_ROW if row is None else text(row.get(name))


def _plain(value: Any) -> Any:
    """Bytes as text, so that cells can be hashed and compared alike; anything else as it is."""
    return value.hex() if isinstance(value, bytes) else value


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", errors="replace")
