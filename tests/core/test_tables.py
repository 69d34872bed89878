from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.core.layout import Layout
from airflow_bluegreen.core.model import MadeTables, Table
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.tables import tables_of
from airflow_bluegreen.exceptions import BluegreenError, ProjectError

LAYOUT = Layout()
NAMES = ("a", "b", "b_v2", "c", "d")
STATEMENTS = (
    *(f"CREATE TABLE {name} (id STRING)" for name in NAMES),
    *(f"INSERT INTO {name} SELECT id FROM raw" for name in NAMES),
    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT id FROM raw; INSERT INTO c SELECT id FROM raw; END",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO d SELECT id FROM raw; INSERT INTO b SELECT id FROM raw; END",
    "SET 'parallelism.default' = '2'",
    "SELECT id FROM a",
)
ESTABLISHED = {
    **{f"facts/ddl.{name}.sql": f"CREATE TABLE {name} (id STRING)" for name in ("a", "b", "c", "d")},
    "facts/dml.a.sql": "INSERT INTO a SELECT id FROM b",
    "facts/dml.ac.sql": STATEMENTS[10],
    "views/dml.d.sql": "INSERT INTO d SELECT id FROM c; INSERT INTO d SELECT id FROM b",
}
"""A project without errors; what is random changes it."""
PATHS = (*ESTABLISHED, "facts/dml.more.sql", "views/ddl.z.sql")
TEXTS = st.lists(st.sampled_from(STATEMENTS), max_size=3).map(";\n".join)
CHANGES = st.dictionaries(st.sampled_from(PATHS), st.none() | TEXTS, max_size=3)


def _changed(files: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """With other texts; None takes a file away."""
    found = {**files, **changes}
    return {path: found[path] for path in sorted(found) if found[path] is not None}  # type: ignore[misc]


def _outcome(
    front_end: FrontEnd, files: Mapping[str, str], before: MadeTables | None
) -> tuple[MadeTables | None, list[tuple[str, Table]] | str]:
    statements, errors = front_end.parse_files(files, list(files))
    assert not errors
    try:
        made = tables_of(statements, LAYOUT, before)
    except BluegreenError as error:
        return None, str(error)
    return made, list(made.tables.items())


@settings(max_examples=400, deadline=None)
@given(CHANGES, CHANGES)
def test_what_is_taken_over_makes_no_difference(
    one: Mapping[str, str | None], two: Mapping[str, str | None]
) -> None:
    front_end = FrontEnd()
    files = _changed(ESTABLISHED, one)
    before, _ = _outcome(front_end, files, None)
    after = _changed(files, two)
    assert _outcome(front_end, after, before)[1] == _outcome(front_end, after, None)[1]


def test_only_tables_of_other_texts_are_made_anew() -> None:
    front_end = FrontEnd()
    before = read_project(ESTABLISHED, None, front_end)
    edited = {**ESTABLISHED, "facts/ddl.b.sql": "CREATE TABLE b (id STRING, total INT)"}
    after = read_project(edited, None, front_end)
    same = {name for name, table in after.tables.items() if table is before.tables[name]}
    assert same == {"a", "c", "d"}
    assert after.tables == read_project(edited, None).tables


def test_another_layout_makes_every_table_anew() -> None:
    front_end = FrontEnd()
    before = read_project(ESTABLISHED, None, front_end)
    named = {**ESTABLISHED, "bluegreen.yaml": "layout: {kinds: {facts: truth}}"}
    after = read_project(named, None, front_end)
    assert (before.tables["a"].kind, after.tables["a"].kind) == ("fact", "truth")


def test_an_error_leaves_nothing_behind_for_the_next_project() -> None:
    front_end = FrontEnd()
    read_project(ESTABLISHED, None, front_end)
    broken = {path: text for path, text in ESTABLISHED.items() if path != "facts/ddl.a.sql"}
    for _ in range(2):
        with pytest.raises(ProjectError, match="INSERT INTO a, which no file creates"):
            read_project(broken, None, front_end)
    assert read_project(ESTABLISHED, None, front_end).tables == read_project(ESTABLISHED, None).tables
