"""The corpus of Flink SQL, and random statements, against a real Flink: it reads what we read.

Whatever can be explained is explained in one session that holds every table. The rest is executed, each case
in a session of its own with the tables that it mentions, which ends with it.
"""

import re
import time
from collections.abc import Iterator
from itertools import islice

import httpx
import pytest

from airflow_bluegreen.clients.java_errors import root_cause
from airflow_bluegreen.core.model import Endpoints, StatementKind
from airflow_bluegreen.core.sql import parse, rename
from tests.core.sql.cases import WORLD, Case, cases, refused
from tests.core.sql.grammar import statements

pytestmark = pytest.mark.stack

CASES = [case for case in cases() if case.asked]
GENERATED = list(islice(statements(seed=20), 100))
RENAMES = {
    "orders": "orders_v2", "payments": "table", "shipments": "my shipments", "customers": "customers_v10",
    "shop.items": "items.v2", "my orders": "plain", "report": "report_v2",
}  # fmt: skip
EXPLAINED = {StatementKind.SELECT, StatementKind.INSERT, StatementKind.STATEMENT_SET}
AS_QUERY = re.compile(r"\bAS\s+(?:SELECT|WITH)\b")
READ = re.compile(r"table=\[\[([^\],]+), ([^\],]+), ([^\],]+)[\],]")
TABLES = {name: one.sql for one in parse(WORLD.read_text()) for name in (one.outputs or ("shop",))}


class Session:
    """A session of the gateway, with its own catalog in memory."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._path = f"/v3/sessions/{client.post('/v3/sessions', json={}).json()['sessionHandle']}"

    def create(self, *statements: str) -> None:
        for statement in statements:
            answer = self._client.post(f"{self._path}/configure-session", json={"statement": statement})
            assert answer.is_success, (statement, answer.text)

    def run(self, sql: str) -> tuple[str, str]:
        """What Flink answers as text, and why it refuses; one of them is empty."""
        answer = self._client.post(f"{self._path}/statements", json={"statement": sql}).json()
        operation = f"{self._path}/operations/{answer.get('operationHandle')}/result/0"
        until = time.monotonic() + 60
        while "errors" not in answer and answer.get("resultType") in (None, "NOT_READY"):
            assert time.monotonic() < until, sql
            answer = self._client.get(operation, params={"rowFormat": "JSON"}).json()
        if "errors" in answer:
            return "", root_cause([str(error) for error in answer["errors"]]) or "refused"
        return "\n".join(str(row["fields"][0]) for row in answer["results"]["data"]) or "nothing", ""

    def close(self) -> None:
        self._client.delete(self._path)


@pytest.fixture(scope="module")
def client(stack: Endpoints) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.gateway_url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def planner(client: httpx.Client) -> Iterator[Session]:
    """A session with every table of the corpus."""
    session = Session(client)
    session.create(*TABLES.values())
    yield session
    session.close()


@pytest.fixture(scope="module")
def renamed_planner(client: httpx.Client) -> Iterator[Session]:
    """The same, every table under its other name."""
    session = Session(client)
    session.create(*(rename(statement, RENAMES) for statement in TABLES.values()))
    yield session
    session.close()


def _is_explained(case: Case) -> bool:
    creates_from_query = case.kind == StatementKind.CREATE_TABLE and bool(AS_QUERY.search(case.sql))
    return case.kind in EXPLAINED or creates_from_query


def _read(plan: str) -> set[str]:
    """The tables in the part of a plan that comes before any optimisation."""
    return {".".join(path) for path in READ.findall(plan.partition("== Optimized")[0])}


def _full(name: str) -> str:
    missing = 2 - name.count(".")
    return ".".join([*("default_catalog", "default_database")[:missing], name])


@pytest.mark.parametrize("case", [case for case in CASES if _is_explained(case)], ids=str)
def test_flink_plans_what_we_read(planner: Session, case: Case) -> None:
    plan, refusal = planner.run(f"EXPLAIN {case.sql}")

    assert bool(refusal) == case.refused, refusal
    if plan:
        assert _read(plan) == {_full(name) for name in case.inputs}


@pytest.mark.parametrize("case", [case for case in CASES if not _is_explained(case)], ids=str)
def test_flink_executes_what_we_read(client: httpx.Client, case: Case) -> None:
    session = Session(client)
    try:
        session.create(TABLES["shop"])
        session.create(
            *(sql for name, sql in TABLES.items() if "." in name and name.split(".")[1] in case.sql)
        )
        session.create(
            *(sql for name, sql in TABLES.items() if name != "shop" and "." not in name and name in case.sql)
        )
        _, refusal = session.run(case.sql)
    finally:
        session.close()

    assert bool(refusal) == case.refused, refusal


@pytest.mark.parametrize("sql", refused())
def test_flink_refuses_what_we_refuse(planner: Session, sql: str) -> None:
    plan, refusal = planner.run(f"EXPLAIN {sql}")

    assert refusal, plan


@pytest.mark.parametrize("number", range(len(GENERATED)))
def test_flink_plans_random_statements_and_reads_the_same_tables(planner: Session, number: int) -> None:
    query = GENERATED[number]
    (statement,) = parse(query.sql)
    plan, refusal = planner.run(f"EXPLAIN {query.sql}")

    assert not refusal, query.sql
    assert _read(plan) == {_full(name) for name in statement.inputs} == {_full(name) for name in query.reads}


@pytest.mark.parametrize("number", range(0, len(GENERATED), 5))
def test_flink_plans_renamed_random_statements(renamed_planner: Session, number: int) -> None:
    query = GENERATED[number]
    plan, refusal = renamed_planner.run(f"EXPLAIN {rename(query.sql, RENAMES)}")

    assert not refusal, query.sql
    assert _read(plan) == {
        _full(name).rpartition(name.rpartition(".")[2])[0] + RENAMES[name] for name in query.reads
    }
