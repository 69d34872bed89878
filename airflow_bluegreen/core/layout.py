"""Which files of a repository are the project's, and what their paths say about the tables in them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

KINDS: Mapping[str, str] = {
    "sources": "source",
    "intermediates": "intermediate",
    "dimensions": "dimension",
    "facts": "fact",
    "views": "view",
}
"""Folder → kind of the tables in it, where ``bluegreen.yaml`` says nothing else."""

_ROOT = "pipelines"
_SCRIPTS = "sql-scripts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a repository is laid out.

    ``statements`` are globs of the files that hold statements, ``exclude`` of those to leave out; ``kinds``
    maps a folder, or a path of folders (``models/staging``), to the kind of the tables below it; the longest
    path counts. With ``nested_products`` every folder between the
    kind's and the table's is part of the product (``sales/emea``), else only the first.
    """

    statements: tuple[str, ...] = ("**/ddl.*.sql", "**/dml.*.sql")
    exclude: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=lambda: dict(KINDS))
    nested_products: bool = False

    def statement_files(self, paths: Iterable[str]) -> list[str]:
        """Those of the paths that hold statements, sorted."""
        wanted, excluded = _pattern(self.statements).fullmatch, _pattern(self.exclude).fullmatch
        return sorted(
            path
            for path in paths
            if path.endswith(".sql") and wanted(path) and not (self.exclude and excluded(path))
        )

    def place(self, path: str) -> tuple[str, str]:
        """Kind and product from ``[pipelines/]<kinds>/[<product>/…]<table>/[sql-scripts/]file``."""
        folders = folders_of(path)
        for depth in range(len(folders), 0, -1):
            kind = self.kinds.get("/".join(folders[:depth]))
            if kind is not None:
                below = folders[depth:]
                products = below[:-1] if self.nested_products else below[:1]
                return kind, "/".join(products) if len(below) > 1 else ""
        return "table", ""


def folders_of(path: str) -> list[str]:
    """The folders above a file that say where its tables belong: below ``pipelines``, without
    ``sql-scripts``.
    """
    folders = [part for part in path.split("/")[:-1] if part != _SCRIPTS]
    return folders[folders.index(_ROOT) + 1 :] if _ROOT in folders else folders


def matching(glob: str, paths: Iterable[str]) -> frozenset[str]:
    """The SQL files among the paths that a glob names; none for an empty one."""
    if not glob:
        return frozenset()
    named = _pattern((glob,)).fullmatch
    return frozenset(path for path in paths if path.endswith(".sql") and named(path))


@lru_cache(maxsize=256)
def _pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the globs: ``*`` and ``?`` stay within a folder, ``**/`` crosses folders."""
    return re.compile("|".join(f"(?:{_expression(glob)})" for glob in globs))


def _expression(glob: str) -> str:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.removeprefix("./"))
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(special.get(part) or re.escape(part) for part in parts)
