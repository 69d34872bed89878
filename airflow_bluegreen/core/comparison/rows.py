"""Reading records as rows, and saying which columns of two rows differ."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
import xxhash

from airflow_bluegreen.core.comparison.decoding import Decoder, decoder_for
from airflow_bluegreen.core.comparison.hashed import HEADER_BYTES, Digest, payload
from airflow_bluegreen.core.model import DifferenceSample, WrittenSchema
from airflow_bluegreen.exceptions import UnreadableRecordError

Row = Mapping[str, Any]

SOLE = "value"
"""The column of a record that is one value."""

NULL = "NULL"
NO_ROW = "(no row)"


class RowReader:
    """Decodes Avro, Protobuf and JSON behind the registry's header, else JSON, else text as one column.

    :param schema_of: the schema of a registry id; raises ConfigurationError for an unknown one.
    """

    def __init__(self, schema_of: Callable[[int], WrittenSchema]) -> None:
        self._schema_of = schema_of
        self._decoders: dict[int, Decoder] = {}

    def row(self, framed: bytes) -> Row:
        """The columns of a key or value. Raises UnreadableRecordError for bytes that say nothing."""
        decoded = self._behind_header(framed) if has_header(framed) else plain(framed)
        return decoded if isinstance(decoded, dict) else {SOLE: decoded}

    def writer(self, framed: bytes) -> str:
        """What the bytes behind the header depend on: the format, and the fields as they are written."""
        decoder = self._decoder(_schema_id(framed))
        return decoder.writer(payload(framed))

    def digest_of(self, columns: Iterable[str] | None) -> Digest:
        """A digest over some columns only (None = all), by name, wherever they stand in the row."""
        wanted = None if columns is None else tuple(sorted(columns))

        def digest(framed: bytes) -> int:
            row = self.row(framed)
            cells = [(name, _plain(row.get(name))) for name in (sorted(row) if wanted is None else wanted)]
            text = orjson.dumps(cells, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
            return xxhash.xxh3_64_intdigest(text) or 1

        return digest

    def _behind_header(self, framed: bytes) -> Any:
        schema_id = _schema_id(framed)
        try:
            return self._decoder(schema_id).read(payload(framed))
        except (ValueError, IndexError, EOFError, TypeError, KeyError, OverflowError) as error:
            raise UnreadableRecordError(
                f"the bytes do not match schema {schema_id} of the registry: {error}",
                remedy="Check which schema the writer of the topic uses",
            ) from error

    def _decoder(self, schema_id: int) -> Decoder:
        if schema_id not in self._decoders:
            self._decoders[schema_id] = decoder_for(self._schema_of(schema_id))
        return self._decoders[schema_id]


def has_header(data: bytes) -> bool:
    """Whether it begins as what the registry's serializers write: a zero byte, a schema id, the payload."""
    return len(data) >= HEADER_BYTES and data[0] == 0


def plain(data: bytes) -> Any:
    """JSON, or text. Raises UnreadableRecordError for anything else."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableRecordError(
            f"{len(data)} bytes that are neither JSON nor text nor behind a schema id ({data[:8].hex(' ')}…)",
            remedy="Check the table's format, and that its writer uses the registry of the profile",
        ) from error


def _schema_id(framed: bytes) -> int:
    return int.from_bytes(framed[1:HEADER_BYTES], "big")


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
