"""A lake's engine in memory: SQLite, which has views and transactions for them."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from airflow_bluegreen.exceptions import StatementError
from tests.fakes.wire import Wire


class FakeLake:
    """Implements ``ports.Lake``."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self._database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    def run(self, statements: Sequence[str]) -> None:
        with self.wire.call("run", tuple(statements)):
            self._database.execute("BEGIN")
            try:
                for statement in statements:
                    self._database.execute(statement)
            except sqlite3.Error as error:
                self._database.execute("ROLLBACK")
                raise StatementError(f"the lake refuses {statement!r}: {error}") from error
            self._database.execute("COMMIT")

    def ask(self, statement: str) -> str | None:
        with self.wire.call("ask", statement):
            try:
                row = self._database.execute(statement).fetchone()
            except sqlite3.Error as error:
                raise StatementError(f"the lake refuses {statement!r}: {error}") from error
        return None if row is None or row[0] is None else str(row[0])

    # --- what tests do to it ---

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self._database.execute(sql).fetchall()

    def names(self) -> set[str]:
        """Tables and views."""
        return {name for (name,) in self.query("SELECT name FROM sqlite_master")}

    def __deepcopy__(self, memo: dict[int, Any]) -> "FakeLake":
        twin = FakeLake()
        twin._database.deserialize(self._database.serialize())
        return twin
