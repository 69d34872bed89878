"""Which tables are meant: by product, kind, path or name, with what they read and what reads them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from airflow_bluegreen.exceptions import ConfigurationError


class Selectable(Protocol):
    """What selectors look at; ``filled_with`` are tables with which statement sets fill it."""

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def filled_with(self) -> tuple[str, ...]: ...

    @property
    def kind(self) -> str: ...

    @property
    def product(self) -> str: ...

    @property
    def path(self) -> str: ...


Tables = Mapping[str, Selectable]


def selected_names(
    tables: Tables,
    select: Sequence[str],
    exclude: Sequence[str] = (),
    *,
    tables_of: str = "project",
    remedy: str = "`bluegreen lineage` lists the tables",
) -> set[str]:
    """The tables that any selector of ``select`` names (all, where there are none), without those that one of
    ``exclude`` names.

    A selector is ``product:retail``, ``kind:fact``, ``path:pipelines/facts/*`` or a pattern of names
    (``int_*``); with ``+`` before it also what these tables read, directly or not, with ``+`` after it what
    reads them. Tables that are filled by one statement set stay together.

    :param tables_of: where the tables are from, and ``remedy`` what to do, for the message.
    :raises ConfigurationError: a selector of ``select`` names no table, or has an unknown word before its
        colon.
    """
    chosen = _together(tables, _all_named(tables, select, tables_of, remedy)) if select else set(tables)
    for selector in exclude:
        chosen -= _named(tables, selector)
    return chosen


def _all_named(tables: Tables, select: Sequence[str], tables_of: str, remedy: str) -> set[str]:
    found: set[str] = set()
    for selector in select:
        named = _named(tables, selector)
        if not named:
            raise ConfigurationError(f"select: {selector} names no table of the {tables_of}", remedy=remedy)
        found |= named
    return found


def _named(tables: Tables, selector: str) -> set[str]:
    bare = selector.removeprefix("+").removesuffix("+")
    method, colon, pattern = bare.partition(":")
    if not colon:
        method, pattern = "name", bare
    attribute = _METHODS.get(method)
    if attribute is None:
        raise ConfigurationError(
            f"select: {selector} begins with an unknown word", remedy=f"There are: {', '.join(_METHODS)}"
        )
    found = {name for name, table in tables.items() if fnmatchcase(attribute(name, table), pattern)}
    ancestors = _reached(found, lambda name: tables[name].inputs if name in tables else ())
    descendants = _reached(found, _readers(tables)) if selector.endswith("+") else set()
    return found | (ancestors if selector.startswith("+") else set()) | descendants


_METHODS: Mapping[str, Callable[[str, Selectable], str]] = {
    "name": lambda name, table: name,
    "product": lambda name, table: table.product,
    "kind": lambda name, table: table.kind,
    "path": lambda name, table: table.path,
}


def _readers(tables: Tables) -> Callable[[str], Iterable[str]]:
    readers: dict[str, list[str]] = {}
    for name, table in tables.items():
        for parent in table.inputs:
            readers.setdefault(parent, []).append(name)
    return lambda name: readers.get(name, ())


def _together(tables: Tables, chosen: set[str]) -> set[str]:
    """With the tables whose statement sets fill the chosen ones, and those that are filled by the same."""
    mates: dict[str, set[str]] = {}
    for name, table in tables.items():
        for owner in table.filled_with:
            mates.setdefault(name, set()).add(owner)
            mates.setdefault(owner, set()).add(name)
    return _reached(chosen, lambda name: mates.get(name, ()))


def _reached(start: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += following(name)
    return seen
