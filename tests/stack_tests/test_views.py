"""Why a view in Flink is no name that readers could keep: it lives as long as the session that made it."""

from collections.abc import Iterator

import pytest

from airflow_bluegreen.core.model import Endpoints
from tests.stack_tests.test_stack import Gateway

pytestmark = pytest.mark.stack


@pytest.fixture
def sessions(stack: Endpoints) -> Iterator[tuple[Gateway, Gateway]]:
    pair = Gateway(stack.gateway_url), Gateway(stack.gateway_url)
    yield pair
    for session in pair:
        session.http.delete(f"/{session.session}")
        session.http.close()


def views(session: Gateway) -> list[str]:
    return [row["fields"][0] for row in session.run("SHOW VIEWS")["results"]["data"]]


def test_no_other_session_sees_a_view(sessions: tuple[Gateway, Gateway]) -> None:
    writer, reader = sessions
    writer.run("CREATE TABLE orders_v2 (id BIGINT) WITH ('connector' = 'datagen')")
    writer.run("CREATE VIEW orders AS SELECT * FROM orders_v2")
    assert views(writer) == ["orders"]
    assert views(reader) == []
