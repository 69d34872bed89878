import pytest

from airflow_bluegreen.core.conventions import (
    GitNames,
    declares_outside,
    environment_of,
    guess_git,
    guess_layout,
    guess_release_tags,
)
from airflow_bluegreen.core.layout import Layout
from airflow_bluegreen.core.model import Flow, GitSettings


@pytest.mark.parametrize(
    ("tags", "glob"),
    [
        ((), "v*"),
        (("v1", "1.0", "v2"), "v*"),
        (("release-1", "release-2", "v1"), "release-*"),
        (("release/1",), "release/*"),
        (("2025.1", "2025.2"), "[0-9]*"),
        (("nightly",), "v*"),
    ],
)
def test_the_glob_of_most_tags(tags: tuple[str, ...], glob: str) -> None:
    assert guess_release_tags(GitNames(tags=tags)) == glob


def test_branches_say_the_flow_and_the_remote_is_not_taken() -> None:
    assert guess_git(GitNames()) == GitSettings()
    names = GitNames(branches=("feature/x", "develop", "main"), remotes=("origin",))
    assert guess_git(names) == GitSettings(flow=Flow.GIT_FLOW)
    assert guess_git(GitNames(branches=("trunk",))) == GitSettings(main="trunk")


def test_the_default_globs_are_kept_where_they_name_half_of_the_files() -> None:
    assert guess_layout(["a/ddl.a.sql", "tests/b.sql"], ()) == Layout()
    assert guess_layout(["a/ddl.a.sql", "x/b.sql", "x/c.sql"], ()).statements == ("a/**/*.sql", "x/**/*.sql")


def test_a_glob_is_as_wide_as_other_sql_allows() -> None:
    assert guess_layout(["sql/x/a.sql"], ["other/q.sql"]).statements == ("sql/**/*.sql",)
    assert guess_layout(["sql/x/a.sql"], ["sql/q.sql"]).statements == ("sql/x/**/*.sql",)


def test_kinds_that_the_defaults_have_are_not_said_again() -> None:
    assert guess_layout(["facts/a.sql", "pipelines/views/b.sql"], ()).kinds == Layout().kinds
    assert guess_layout(["facts/a.sql", "raw/b.sql"], ()).kinds == {"facts": "fact", "raw": "source"}


def test_folders_of_declarations() -> None:
    assert declares_outside("environments/prod/external/raw.sql") == "environments/prod/external"
    assert declares_outside("sql/externally/raw.sql") == ""
    assert environment_of("environments/prod/external") == "prod"
    assert environment_of("environments/external") == "production"
    assert environment_of("sql/external") == "production"
