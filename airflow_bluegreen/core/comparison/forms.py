"""How the records of a topic are written, found out from a few of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from airflow_bluegreen.core.comparison.rows import RowReader, has_header, plain
from airflow_bluegreen.core.model import KafkaRecord
from airflow_bluegreen.exceptions import AccessError, ConfigurationError

_OPERATIONS = frozenset({"c", "r", "u", "d", "t"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the keys, or the values, of a topic are written.

    ``framed``: behind the registry's header. ``writers`` is what their bytes depend on; two sides with the
    same writers write equal rows as equal bytes. ``raw``: neither framed nor JSON, one column as its bytes.
    ``opaque``: raw bytes that do not explain themselves. ``envelope``: Debezium's before and after.
    """

    framed: bool = False
    raw: bool = False
    opaque: bool = False
    envelope: bool = False
    writers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicForm:
    key: Form
    value: Form


def form_of(records: Iterable[KafkaRecord], reader: RowReader) -> TopicForm:
    """The form of a topic of which these are some records. Unknown bytes are raw, no error."""
    seen = list(records)
    return TopicForm(
        key=_form({one.key for one in seen if one.key is not None}, reader),
        value=_form({one.value for one in seen if one.value is not None}, reader),
    )


def comparable_by_bytes(blue: Form, green: Form) -> bool:
    """Whether equal rows have equal bytes on both sides; a side without records is like any other."""
    if blue.envelope or green.envelope:
        return False
    return not blue.writers or not green.writers or blue.writers == green.writers


def is_envelope(row: Any) -> bool:
    """Whether a value is Debezium's: a change with the row before and after it, maybe beside its schema."""
    if isinstance(row, dict) and set(row) == {"schema", "payload"}:
        row = row["payload"]
    return isinstance(row, dict) and {"before", "after", "op"} <= set(row) and row["op"] in _OPERATIONS


def _form(samples: set[bytes], reader: RowReader) -> Form:
    """A header counts if most samples have one that leads to a schema: a raw number may begin with 0, and a
    single record may be broken.
    """
    found = [row for one in samples if has_header(one) and (row := _tried(reader.row, one)) is not None]
    if 2 * len(found) > len(samples):
        writers = {_tried(reader.writer, one) for one in samples if has_header(one)}
        return Form(framed=True, envelope=_envelopes(found), writers=frozenset(filter(None, writers)))
    rows = [_tried(plain, one) for one in samples]
    return Form(
        raw=any(not isinstance(row, dict | list) for row in rows),
        opaque=any(row is None or has_header(one) for row, one in zip(rows, samples, strict=True)),
        envelope=_envelopes(rows),
        writers=frozenset("json " + ",".join(row) if isinstance(row, dict) else "raw" for row in rows),
    )


def _envelopes(rows: list[Any]) -> bool:
    return bool(rows) and all(is_envelope(row) for row in rows)


def _tried(read: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return read(data)
    except AccessError:
        raise
    except ConfigurationError:
        return None
