"""Where folds of topics are kept: what does not fit into memory, and what a stopped comparison has read."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from airflow_bluegreen.core.comparison.fold import Shelf
from airflow_bluegreen.core.comparison.hashed import Entries


class FoldStore(Protocol):
    """Where folds of topics are kept."""

    def shelf(self) -> AbstractContextManager[Shelf]:
        """Room for one fold, which is gone afterwards."""
        ...

    def save(self, name: str, facts: str, entries: Iterable[Entries]) -> None:
        """Keep a fold under a name, all of it or nothing; what was kept there before goes."""
        ...

    def load(self, name: str) -> AbstractContextManager[tuple[str, Iterator[Entries]] | None]:
        """The facts and entries kept under a name, to be read inside; None where there are none, or only
        damaged ones, or it is older than a day.
        """
        ...

    def forget(self, name: str) -> None:
        """Keep nothing under that name."""
        ...
