"""What the SQL front-end found in texts, in a file of this user's cache folder.

It is a cache: a lock that is held too long, a full disk, a damaged file or a folder that others may write to
make it forget, and never make a command fail.
"""

import os
import sqlite3
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from threading import Lock

import airflow_bluegreen.core.sql as front_end

VARIABLE = "BLUEGREEN_SQL_CACHE"
"""Environment variable: the cache's folder, or ``off``."""
FILE_NAME = "sql.sqlite3"
LIMIT_BYTES = 256 * 1024 * 1024

_BUSY_S = 0.25
"""How long another process may hold the file before this one goes on without it."""
_BATCH = 900
"""Keys a query: SQLite's lowest limit of parameters is 999."""
_SHARE_KEPT = 0.7
_SCHEMA = """
CREATE TABLE IF NOT EXISTS findings (
  version BLOB NOT NULL, key BLOB NOT NULL, checksum INTEGER NOT NULL, finding BLOB NOT NULL,
  PRIMARY KEY (version, key)
)
"""


class SqlCache:
    """Implements :class:`airflow_bluegreen.core.reading.Memory`.

    :param folder: made where it is missing, for this user only. One that belongs to somebody else, or that
        others may write to, is not used: what lies in it decides what is deployed.
    :param version: of the front-end; findings of other versions are not recalled.
    :param limit: size in bytes above which the oldest findings are dropped.
    """

    def __init__(self, folder: Path, *, version: bytes | None = None, limit: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._version = version or front_end_version()
        self._limit = limit
        self._lock = Lock()
        self._open: tuple[int, sqlite3.Connection] | None = None

    def recall(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """What is kept of these keys and undamaged."""
        found: dict[bytes, bytes] = {}
        try:
            with self._lock:
                database = self._connection()
                for batch in _batches(keys):
                    marks = ",".join("?" * len(batch))
                    rows = database.execute(
                        f"SELECT key, checksum, finding FROM findings WHERE version = ? AND key IN ({marks})",  # noqa: S608
                        (self._version, *batch),
                    )
                    found |= {key: finding for key, checksum, finding in rows if _crc(finding) == checksum}
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
        return found

    def keep(self, findings: Mapping[bytes, bytes]) -> None:
        """Write these in one transaction, then drop the oldest if the file has grown too large."""
        rows = ((self._version, key, _crc(finding), finding) for key, finding in findings.items())
        try:
            with self._lock:
                database = self._connection()
                with database:
                    database.executemany("INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?)", rows)
                self._shrink(database)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def close(self) -> None:
        """Let the file go; the next use opens it again."""
        opened, self._open = self._open, None
        if opened and opened[0] == os.getpid():
            opened[1].close()

    def _connection(self) -> sqlite3.Connection:
        """The open file; a process that was forked opens one of its own."""
        if self._open is None or self._open[0] != os.getpid():
            self._open = os.getpid(), self._opened()
        return self._open[1]

    def _opened(self) -> sqlite3.Connection:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self._folder.stat()
        if status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise PermissionError(f"{self._folder} is not this user's alone")
        database = sqlite3.connect(self._folder / FILE_NAME, timeout=_BUSY_S, check_same_thread=False)
        try:
            # A crash of the machine may damage the file, which is noticed; waiting for the disk would cost
            # more than the findings.
            database.execute("PRAGMA synchronous = OFF")
            database.execute("PRAGMA auto_vacuum = FULL")
            database.execute(_SCHEMA)
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _shrink(self, database: sqlite3.Connection) -> None:
        pages, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
        if pages * size <= self._limit:
            return
        (rows,) = database.execute("SELECT COUNT(*) FROM findings").fetchone()
        surplus = rows - int(rows * _SHARE_KEPT * self._limit / (pages * size))
        with database:
            database.execute(
                "DELETE FROM findings WHERE rowid IN (SELECT rowid FROM findings ORDER BY rowid LIMIT ?)",
                (surplus,),
            )

    def _give_up(self, error: Exception) -> None:
        """A file that is no database is taken away; a busy one, a full disk, a missing right are let be."""
        with suppress(sqlite3.Error):
            self.close()
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        if damaged:
            with suppress(OSError):
                (self._folder / FILE_NAME).unlink(missing_ok=True)


def open_cache() -> SqlCache | None:
    """The cache that the environment asks for, by default below the user's cache; None where it is off."""
    configured = os.environ.get(VARIABLE, "")
    if configured == "off":
        return None
    if configured:
        return SqlCache(Path(configured).expanduser())
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return SqlCache(Path(base).expanduser() / "bluegreen" / "sql")


@cache
def front_end_version() -> bytes:
    """A digest of everything that decides what the front-end finds: its own code, and sqlglot's version."""
    digest = blake2b(version("sqlglot").encode(), digest_size=16)
    package = Path(str(front_end.__file__)).parent
    core = package.parent
    for file in (
        *sorted(package.rglob("*.py")),
        core / "asking.py",
        core / "keys.py",
        core / "packing.py",
        core / "reading.py",
        core / "model" / "sql.py",
    ):
        digest.update(file.read_bytes())
    return digest.digest()


def _batches(keys: Collection[bytes]) -> Iterator[tuple[bytes, ...]]:
    waiting = iter(keys)
    while batch := tuple(islice(waiting, _BATCH)):
        yield batch


def _crc(finding: object) -> int:
    return zlib.crc32(finding) if isinstance(finding, bytes) else -1
