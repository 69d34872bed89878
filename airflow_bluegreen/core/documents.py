"""Plans, releases and comparisons as JSON, for the ledger, XCom and files."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from airflow_bluegreen.exceptions import ConfigurationError

Record = TypeVar("Record")

_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def to_json(record: object, *, indent: int | None = None) -> str:
    """A record of :mod:`airflow_bluegreen.core.model` as JSON; ``indent`` in spaces, None for one line."""
    return _adapter(type(record)).dump_json(record, indent=indent).decode()


def from_json(kind: type[Record], text: str | bytes) -> Record:
    """The record that :func:`to_json` wrote. Raises ConfigurationError if the text is not one."""
    adapter: TypeAdapter[Record] = _adapter(kind)
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise ConfigurationError(
            f"not a {kind.__name__}: {error.errors()[0]['msg']}",
            remedy="It was written by another version of airflow-bluegreen, or edited by hand",
        ) from error
