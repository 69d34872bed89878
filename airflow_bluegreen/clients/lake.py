"""The engine that reads the lake, through SQLAlchemy and its dialects: PostgreSQL, Trino, DuckDB …"""

from collections.abc import Sequence

from sqlalchemy import Engine, NullPool, create_engine
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
        running = "connecting"
        try:
            with self._engine.begin() as connection:
                # As they stand: to text() a colon, and to drivers a percent sign, would be a parameter.
                plain = connection.execution_options(no_parameters=True)
                for running in statements:
                    plain.exec_driver_sql(running)
        except (OperationalError, InterfaceError) as error:
            if running == "connecting" or error.connection_invalidated:
                raise TransientError(
                    f"the lake at {self._name} cannot be reached: {_reason(error)}",
                    remedy="Check its address, and that it runs",
                ) from error
            raise self._refusal(running, error) from error
        except SQLAlchemyError as error:
            raise self._refusal(running, error) from error

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
