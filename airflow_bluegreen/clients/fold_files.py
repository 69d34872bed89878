"""Folds of topics as files: the shelf of one that is too large, and those of stopped comparisons."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from airflow_bluegreen.core.comparison.hashed import ENTRY, Entries

VARIABLE = "BLUEGREEN_COMPARISONS"
_LENGTH_BYTES = 8
_CHUNK = 1 << 17


class FoldFiles:
    """Implements ``ports.FoldStore`` in a folder; what is spilled goes into the directory for temporary
    files.

    :param brokers: whose topics they are, as they are addressed; another environment's may have the same
        names, and copied disks give them the same ids.
    """

    def __init__(self, folder: Path, brokers: str = "") -> None:
        self._folder = folder
        self._brokers = hashlib.sha256(brokers.encode()).hexdigest()[:16]

    @contextmanager
    def shelf(self) -> "Iterator[FileShelf]":
        """Room for one fold, which is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="bluegreen-") as folder:
            yield FileShelf(Path(folder))

    def save(self, name: str, facts: str, entries: Iterable[Entries]) -> None:
        """Keep a fold under a name, all of it or nothing; what was kept there before goes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        header = facts.encode()
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=f"{name}.", delete=False) as file:
            try:
                file.write(len(header).to_bytes(_LENGTH_BYTES, "big") + header)
                for one in entries:
                    file.write(one.tobytes())
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(self._path(name))
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise

    def load(self, name: str) -> tuple[str, Iterator[Entries]] | None:
        """The facts and entries kept under a name; None where there are none, or only damaged ones."""
        try:
            size = self._path(name).stat().st_size
            with self._path(name).open("rb") as file:
                header = file.read(int.from_bytes(file.read(_LENGTH_BYTES), "big"))
        except (OSError, OverflowError, MemoryError):
            return None
        begin = _LENGTH_BYTES + len(header)
        try:
            facts = header.decode()
        except UnicodeDecodeError:
            return None
        return (facts, self._entries(name, begin)) if (size - begin) % ENTRY.itemsize == 0 else None

    def forget(self, name: str) -> None:
        """Keep nothing under that name."""
        with suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def _entries(self, name: str, begin: int) -> Iterator[Entries]:
        with self._path(name).open("rb") as file:
            file.seek(begin)
            while data := file.read(_CHUNK * ENTRY.itemsize):
                yield np.frombuffer(data, ENTRY)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.{self._brokers}.fold"


class FileShelf:
    """Implements ``Shelf``: a file for each bucket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, bucket: int, entries: Entries) -> None:
        """Put entries behind those that are there."""
        with self._path(bucket).open("ab") as file:
            file.write(entries.tobytes())

    def replace(self, bucket: int, entries: Entries) -> None:
        """Put entries in place of those that are there."""
        self._path(bucket).write_bytes(entries.tobytes())

    def read(self, bucket: int) -> Entries:
        """What was put there, in that order."""
        return np.fromfile(self._path(bucket), ENTRY)

    def _path(self, bucket: int) -> Path:
        return self._folder / f"{bucket}"


def open_folds(brokers: str) -> FoldFiles:
    """The store for these brokers' topics in the folder that the environment names, by default below the
    user's cache.
    """
    configured = os.environ.get(VARIABLE)
    if configured:
        return FoldFiles(Path(configured).expanduser(), brokers)
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return FoldFiles(Path(base).expanduser() / "bluegreen" / "comparisons", brokers)
