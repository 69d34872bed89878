"""Folds of topics as files: the shelf of one that is too large, and those of stopped comparisons."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from airflow_bluegreen.core.comparison.hashed import ENTRY, Entries

VARIABLE = "BLUEGREEN_COMPARISONS"
_LENGTH_BYTES = 8
_CHUNK = 1 << 17
_SUFFIX = ".fold"
_KEPT_SECONDS = 86_400


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

    @contextmanager
    def load(self, name: str) -> Iterator[tuple[str, Iterator[Entries]] | None]:
        """The facts and entries kept under a name, to be read inside; None where there are none, or only
        damaged ones, or it is older than a day.
        """
        self._clear()
        try:
            file = self._path(name).open("rb")
        except OSError:
            yield None
            return
        with file:  # one opening for both: another comparison may put another file in its place
            facts = _facts(file)
            yield None if facts is None else (facts, _entries(file))

    def forget(self, name: str) -> None:
        """Keep nothing under that name."""
        with suppress(OSError):
            self._path(name).unlink(missing_ok=True)

    def _clear(self) -> None:
        """Let go what was kept for comparisons that nobody went on with, of whichever topics and brokers."""
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):  # another one may have been quicker
                if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
                    path.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.{self._brokers}{_SUFFIX}"


def _facts(file: BinaryIO) -> str | None:
    """What stands before the entries; None in a damaged file."""
    try:
        size = os.fstat(file.fileno()).st_size - _LENGTH_BYTES
        length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
        if length > size or (size - length) % ENTRY.itemsize:
            return None
        return file.read(length).decode()
    except (OSError, UnicodeDecodeError):
        return None


def _entries(file: BinaryIO) -> Iterator[Entries]:
    while data := file.read(_CHUNK * ENTRY.itemsize):
        yield np.frombuffer(data, ENTRY)


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
