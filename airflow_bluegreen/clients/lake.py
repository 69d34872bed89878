"""The engine that reads the lake, through SQLAlchemy and its dialects: PostgreSQL, Trino, DuckDB …"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from airflow_bluegreen.exceptions import ConfigurationError, StatementError, TransientError


class LakeEngine:
    """Implements ``ports.Lake``. Holds no connection between two calls.

    :param url: SQLAlchemy's address, ``postgresql+psycopg://user:password@host:5432/database``.

    Raises ConfigurationError when the address, or the driver it names, cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._name = self._engine.url.render_as_string(hide_password=True)

    def run(self, statements: Sequence[str]) -> None:
        """Run statements in order, in one transaction where the engine has them for what they do.

        Raises StatementError when the engine refuses one, TransientError when it cannot be reached.
        """
        with self._connected() as (connection, running):
            for statement in statements:
                running.append(statement)
                connection.exec_driver_sql(statement)

    def ask(self, statement: str) -> str | None:
        """The first value of what a statement answers, as text; None where it answers nothing.

        Raises StatementError when the engine refuses it, TransientError when it cannot be reached.
        """
        with self._connected() as (connection, running):
            running.append(statement)
            value = connection.exec_driver_sql(statement).scalar()
        return None if value is None else str(value)

    @contextmanager
    def _connected(self) -> Iterator[tuple[Connection, list[str]]]:
        """A transaction, and the statements that were begun in it, the one that fails last."""
        running: list[str] = []
        try:
            with self._engine.begin() as connection:
                # As they stand: to text() a colon, and to drivers a percent sign, would be a parameter.
                yield connection.execution_options(no_parameters=True), running
        except (OperationalError, InterfaceError) as error:
            if not running or error.connection_invalidated:
                raise TransientError(
                    f"the lake at {self._name} cannot be reached: {_reason(error)}",
                    remedy="Check its address, and that it runs",
                ) from error
            raise self._refusal(running[-1], error) from error
        except SQLAlchemyError as error:
            raise self._refusal(running[-1] if running else "connecting", error) from error

    def _refusal(self, statement: str, error: SQLAlchemyError) -> StatementError:
        short = " ".join(statement.split())
        return StatementError(
            f"the lake at {self._name} refuses {short[:120]!r}: {_reason(error)}",
            remedy="Mend the statements under lake: in bluegreen.yaml",
        )


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            "the lake's address is none that SQLAlchemy understands",
            remedy="Write it as dialect+driver://user:password@host:port/database",
        ) from error
    try:
        return create_engine(parsed, poolclass=NullPool)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(
            f"there is no driver for {parsed.drivername}: {error}",
            remedy="Install the one it names; for PostgreSQL: pip install 'airflow-bluegreen[postgres]'",
        ) from error


def _reason(error: SQLAlchemyError) -> str:
    inner = error.orig if isinstance(error, DBAPIError) else error
    return (str(inner).strip().splitlines() or [type(error).__name__])[0]
