"""The SQL front-end with a memory: what was found in a text once is not looked for again.

A release shares nearly all its texts with its base, and a project nearly all of them with itself of
yesterday. Within a process, what was found is kept as it is; beyond it, in a store that is handed in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, TypeVar

from airflow_bluegreen.core.asking import ask_fingerprint, ask_lineage, ask_statements
from airflow_bluegreen.core.keys import FINGERPRINT, STATEMENTS, LineageKeys, key_of
from airflow_bluegreen.core.model import Column, MadeTables, Statement
from airflow_bluegreen.core.packing import (
    pack_lineage,
    pack_statements,
    unpack_lineage,
    unpack_statements,
)
from airflow_bluegreen.core.sql import ColumnLineage, Trees, column_lineage, fingerprint, parse
from airflow_bluegreen.exceptions import SqlSyntaxError

Found = TypeVar("Found")

_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)


class Memory(Protocol):
    """A store of findings by the digest of what they were found in.

    It may forget anything at any time and never fails: at worst it recalls nothing. What it recalls was kept
    by the same version of the front-end.
    """

    def recall(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """What is known of these keys."""
        ...

    def keep(self, findings: Mapping[bytes, bytes]) -> None:
        """Remember these, if possible."""
        ...


class Forgetful:
    """The memory that has none."""

    def recall(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Nothing."""
        return {}

    def keep(self, findings: Mapping[bytes, bytes]) -> None:
        """Nothing is kept."""


class Helpers(Protocol):
    """Others who can answer what is asked with :mod:`airflow_bluegreen.core.asking`, beside this process."""

    def worthwhile(self, count: int) -> bool:
        """Whether so many questions are done sooner with them than alone."""
        ...

    def share(
        self, count: int, question: Callable[[int], bytes], here: Callable[[int], None]
    ) -> Mapping[int, bytes]:
        """Have ``count`` questions answered: some by ``here``; returned are the answers of the others.

        :param question: the question at a position.
        :param here: answers the one at a position in this process; those at the front rather than others.
        """
        ...


class Alone:
    """No helpers at all."""

    def worthwhile(self, count: int) -> bool:
        """Never."""
        return False

    def share(
        self, count: int, question: Callable[[int], bytes], here: Callable[[int], None]
    ) -> Mapping[int, bytes]:
        """All of them are answered here."""
        for at in range(count):
            here(at)
        return {}


_PARSED: dict[tuple[str, str], tuple[Statement, ...]] = {}
_MOST_PARSED = 65_536


def parse_file(text: str, path: str, trees: Trees | None = None) -> tuple[Statement, ...]:
    """The statements of one file, remembered for the process. Raises SqlSyntaxError.

    :param trees: takes what was read, unless the file was remembered.
    """
    known = _PARSED.get((text, path))
    if known is None:
        known = parse(text, path, trees)
        if len(_PARSED) >= _MOST_PARSED:
            _PARSED.clear()
        _PARSED[text, path] = known
    return known


def forget_files() -> None:
    """Remember no file any longer, so that the next time it is read takes as long as the first."""
    _PARSED.clear()


class FrontEnd:
    """Reads texts, and remembers what it found in them.

    :param memory: where findings outlive the process.
    :param helpers: who reads with it where there is much to read.

    New findings are handed to the memory by :meth:`flush`, many at once. ``made`` are the tables of the
    project that was read last.
    """

    def __init__(self, memory: Memory | None = None, helpers: Helpers | None = None) -> None:
        self.made: MadeTables | None = None
        self._memory: Memory = memory or Forgetful()
        self._helpers: Helpers = helpers or Alone()
        self._trees = Trees()
        self._files: dict[tuple[str, str], tuple[Statement, ...]] = {}
        self._recalled: dict[bytes, bytes] = {}
        self._asked: set[bytes] = set()
        self._new: dict[bytes, bytes] = {}
        self._fingerprints: dict[str, str] = {}
        self._lineage_keys = LineageKeys()

    def parse_files(
        self, files: Mapping[str, str], paths: Collection[str]
    ) -> tuple[Mapping[str, tuple[Statement, ...]], list[SqlSyntaxError]]:
        """The statements of these files by path, and the errors of those that are not understood.

        :param files: texts by path.
        :param paths: which of them, in the order in which errors are wanted.
        """
        unread = [path for path in paths if (files[path], path) not in self._files]
        keys = {path: key_of(STATEMENTS, files[path]) for path in unread}
        known = self._memory.recall(keys.values()) if keys else {}
        missing = [path for path in unread if not self._unpack_file(files[path], path, known.get(keys[path]))]
        errors = self._read(files, missing, keys)
        parsed = {path: self._files[files[path], path] for path in paths if path not in errors}
        return parsed, [errors[path] for path in missing if path in errors]

    def _read(
        self, files: Mapping[str, str], paths: Sequence[str], keys: Mapping[str, bytes]
    ) -> Mapping[str, SqlSyntaxError]:
        """Read the files that nothing is known of; the errors by path."""
        errors: dict[str, SqlSyntaxError] = {}

        def here(at: int) -> None:
            path = paths[at]
            try:
                found = parse_file(files[path], path, self._trees)
            except SqlSyntaxError as error:
                errors[path] = error
                return
            self._files[files[path], path] = found
            self._new[keys[path]] = pack_statements(found)

        answers = self._helpers.share(
            len(paths), lambda at: ask_statements(files[paths[at]], paths[at]), here
        )
        for at, answer in answers.items():
            path = paths[at]
            if self._unpack_file(files[path], path, answer):
                self._new[keys[path]] = answer
            else:  # nothing that a helper understands: said here, with its place
                here(at)
        return errors

    def _unpack_file(self, text: str, path: str, packed: bytes | None) -> bool:
        """Take over what is known of a file; False if that is nothing, or damaged."""
        found = _unpacked(packed, lambda finding: unpack_statements(finding, text, path))
        if found is None:
            return False
        self._files[text, path] = found
        return True

    def column_lineage(
        self, statement: Statement, columns: Mapping[str, tuple[Column, ...]]
    ) -> ColumnLineage:
        """As :func:`airflow_bluegreen.core.sql.column_lineage`."""
        key = self._lineage_keys.of(statement, columns)
        found = _unpacked(self._recall(key), unpack_lineage)
        if found is None:
            found = column_lineage(statement, columns, self._trees)
            self._new[key] = pack_lineage(found)
        return found

    def fingerprint(self, sql: str) -> str:
        """As :func:`airflow_bluegreen.core.sql.fingerprint`."""
        known = self._fingerprints.get(sql)
        if known is None:
            key = key_of(FINGERPRINT, sql)
            known = _unpacked(self._recall(key), bytes.decode)
            if known is None:
                known = fingerprint(sql)
                self._new[key] = known.encode()
            self._fingerprints[sql] = known
        return known

    def recall_lineages(
        self, statements: Iterable[Statement], columns: Mapping[str, tuple[Column, ...]]
    ) -> None:
        """Ask the memory for the column lineages of all these at once, which are going to be wanted; and the
        helpers, where it does not know many of them.
        """
        keys = {self._lineage_keys.of(one, columns): one for one in statements}
        self._recall_all(keys)
        missing = self._missing(keys)
        if not self._helpers.worthwhile(len(missing)):
            return
        # Those that were read here first, as their trees are at hand.
        missing.sort(key=lambda key: keys[key].sql not in self._trees)

        def here(at: int) -> None:
            with suppress(SqlSyntaxError):  # said when it is wanted
                self.column_lineage(keys[missing[at]], columns)

        self._share(missing, lambda at: ask_lineage(keys[missing[at]], columns), here)

    def recall_fingerprints(self, texts: Iterable[str]) -> None:
        """The same for the fingerprints of all these."""
        wanted = dict.fromkeys(sql for sql in texts if sql not in self._fingerprints)
        keys = {key_of(FINGERPRINT, sql): sql for sql in wanted}
        self._recall_all(keys)
        for key in keys.keys() & self._recalled.keys():
            if found := _unpacked(self._recalled[key], bytes.decode):
                self._fingerprints[keys[key]] = found
        missing = self._missing(keys)
        if not self._helpers.worthwhile(len(missing)):
            return

        def here(at: int) -> None:
            with suppress(SqlSyntaxError):  # said when it is wanted
                self.fingerprint(keys[missing[at]])

        self._share(missing, lambda at: ask_fingerprint(keys[missing[at]]), here)

    def _missing(self, keys: Iterable[bytes]) -> list[bytes]:
        """What the memory was asked for and does not know, and was not found since."""
        return [key for key in keys if key not in self._new and key not in self._recalled]

    def _share(
        self, keys: Sequence[bytes], question: Callable[[int], bytes], here: Callable[[int], None]
    ) -> None:
        """Find these with the helpers; what they do not understand is left out."""
        answers = self._helpers.share(len(keys), question, here)
        self._new |= {keys[at]: answer for at, answer in answers.items() if answer}

    def flush(self) -> None:
        """Hand everything new to the memory."""
        if self._new:
            self._memory.keep(self._new)
            self._recalled.update(self._new)
            self._new = {}

    def _recall(self, key: bytes) -> bytes | None:
        if key not in self._asked:
            self._recall_all([key])
        return self._new.get(key) or self._recalled.get(key)

    def _recall_all(self, keys: Collection[bytes]) -> None:
        wanted = set(keys) - self._asked
        self._recalled.update(self._memory.recall(wanted))
        self._asked |= wanted


def _unpacked(packed: bytes | None, unpack: Callable[[bytes], Found]) -> Found | None:
    """None as well for what cannot be unpacked: a damaged finding is as good as none."""
    if packed is None:
        return None
    try:
        return unpack(packed)
    except _UNREADABLE:
        return None
