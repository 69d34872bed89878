import pytest

from airflow_bluegreen.core.layout import Layout, matching

PATHS = ("a/ddl.x.sql", "a/b/dml.x.sql", "ddl.y.sql", "a/x.sql", "a/ddl.x.txt", "old/ddl.z.sql")


def test_by_default_the_names_of_the_files_say_it() -> None:
    assert Layout().statement_files(PATHS) == ["a/b/dml.x.sql", "a/ddl.x.sql", "ddl.y.sql", "old/ddl.z.sql"]


def test_globs_choose_and_leave_out() -> None:
    layout = Layout(statements=("**/*.sql",), exclude=("old/**", "a/b/*"))
    assert layout.statement_files(PATHS) == ["a/ddl.x.sql", "a/x.sql", "ddl.y.sql"]


def test_a_star_stays_in_its_folder_and_two_cross_them() -> None:
    assert matching("a/*.sql", PATHS) == {"a/ddl.x.sql", "a/x.sql"}
    assert matching("./a/**", PATHS) == {"a/ddl.x.sql", "a/x.sql", "a/b/dml.x.sql"}
    assert matching("a/?.sql", PATHS) == {"a/x.sql"}
    assert matching("", PATHS) == frozenset()


@pytest.mark.parametrize(
    ("path", "nested", "place"),
    [
        ("pipelines/facts/sales/emea/t/sql-scripts/ddl.t.sql", False, ("fact", "sales")),
        ("pipelines/facts/sales/emea/t/sql-scripts/ddl.t.sql", True, ("fact", "sales/emea")),
        ("pipelines/facts/sales/t/ddl.t.sql", True, ("fact", "sales")),
        ("pipelines/facts/t/ddl.t.sql", True, ("fact", "")),
    ],
)
def test_products_may_be_nested(path: str, nested: bool, place: tuple[str, str]) -> None:
    assert Layout(nested_products=nested).place(path) == place


def test_kinds_of_a_projects_own() -> None:
    layout = Layout(kinds={"staging": "source", "marts": "fact"})
    assert layout.place("pipelines/marts/p/t/ddl.t.sql") == ("fact", "p")
    assert layout.place("pipelines/facts/p/t/ddl.t.sql") == ("table", "")


def test_a_kind_may_be_a_path_of_folders_and_the_longest_counts() -> None:
    layout = Layout(kinds={"models": "model", "models/staging": "source"})
    assert layout.place("models/staging/t.sql") == ("source", "")
    assert layout.place("models/staging/p/t/ddl.t.sql") == ("source", "p")
    assert layout.place("models/other/t.sql") == ("model", "")
