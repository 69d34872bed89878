"""The lake's engine on SQLite's driver; on PostgreSQL it runs in the contract suite of the stack."""

from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from airflow_bluegreen.clients.lake import LakeEngine
from airflow_bluegreen.exceptions import ConfigurationError, TransientError


def test_statements_run_in_order_and_stay(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/lake.db"
    LakeEngine(url).run(("CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES ('100% :x')"))
    with create_engine(url, poolclass=NullPool).connect() as connection:
        assert connection.execute(text("SELECT v FROM t")).scalars().all() == ["100% :x"]


def test_a_lake_that_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        LakeEngine(f"sqlite:///{tmp_path}/no/such/folder/lake.db").run(("SELECT 1",))


def test_passwords_are_not_told() -> None:
    lake = LakeEngine("postgresql+psycopg://me:secret@127.0.0.1:1/db")
    with pytest.raises(TransientError) as caught:
        lake.run(("SELECT 1",))
    assert "secret" not in str(caught.value)
    assert "127.0.0.1:1" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("lake.example.org", "none that SQLAlchemy understands"),
        ("nosuchdialect://host/db", "no driver for nosuchdialect"),
        ("postgresql+nosuchdriver://host/db", "no driver for"),
    ],
)
def test_addresses_that_cannot_be_used(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        LakeEngine(url)
