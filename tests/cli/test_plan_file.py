from pathlib import Path

import pytest
from typer.testing import CliRunner

from airflow_bluegreen.cli.plan_file import load_plan, save_plan
from airflow_bluegreen.cli.root import app
from airflow_bluegreen.exceptions import ConfigurationError
from tests.clients.checkout import Checkout
from tests.core.golden import v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    repository = Checkout(tmp_path / "retail")
    repository.commit(v1_0_0())
    repository.git("tag", "v1.0.0")
    repository.commit(v1_0_1())
    repository.git("tag", "v1.0.1")
    return repository


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    plan = plan_of(v1_0_0(), v1_0_1())
    save_plan(plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == plan


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "airflow-bluegreen plan 1", "plan": {}}'])
def test_anything_else_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"plan\.json: not a saved plan: .*--save FILE$"):
        load_plan(tmp_path / "plan.json")


def test_a_plan_is_saved_shown_and_refused_when_the_tag_moved(checkout: Checkout, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plan = ("build-execution-plan", "--project", checkout.path)
    shown = run(*plan, "--save", file, "--format", "json", "v1.0.1")
    assert run(*plan, "--plan", file, "--format", "json") == shown
    checkout.git("tag", "--force", "v1.0.1", "v1.0.0")
    assert "the release v1.0.1 was" in run(*plan, "--plan", file, code=1)


def test_a_plan_since_a_date_holds_although_the_branch_went_on(checkout: Checkout, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plan = ("build-execution-plan", "--project", checkout.path)
    run(*plan, "--save", file, "--since", checkout.git("log", "-1", "--format=%cI", "v1.0.0"), "v1.0.1")
    checkout.commit({"README.md": "more"})
    assert "int_3_v2" in run(*plan, "--plan", file)


def test_a_plan_of_files_cannot_be_saved(checkout: Checkout, tmp_path: Path) -> None:
    asked = ("build-execution-plan", "--project", checkout.path, "--table-name", "int_3")
    err = run(*asked, "--save", tmp_path / "p.json", code=1)
    assert "a plan made from files cannot be saved" in err
    assert not (tmp_path / "p.json").exists()


def test_a_saved_plan_stands_alone(checkout: Checkout, tmp_path: Path) -> None:
    err = run(
        "build-execution-plan", "--project", checkout.path, "--plan", tmp_path / "p.json", "main", code=2
    )
    assert "--plan stands alone" in err


def test_readers_that_the_change_cannot_reach_may_stay(checkout: Checkout) -> None:
    plan = ("build-execution-plan", "--project", checkout.path, "--format", "markdown", "v1.0.1")
    assert "on blue" not in run(*plan)
    assert "8 of 12 tables keep running untouched" in run(*plan, "--prune", "columns")


def saved(checkout: Checkout, file: Path) -> tuple[object, ...]:
    run("build-execution-plan", "--project", checkout.path, "--save", file, "v1.0.1")
    return ("update-tables-version", "--project", checkout.path, "--plan", file)


def text_of(checkout: Checkout, name: str) -> Path:
    (path,) = checkout.path.rglob(name)
    return path


def test_a_saved_plan_is_written_into_the_files_and_a_second_time_changes_nothing(
    checkout: Checkout, tmp_path: Path
) -> None:
    write = saved(checkout, tmp_path / "plan.json")
    plan = load_plan(tmp_path / "plan.json")
    text_of(checkout, "dml.fact_1.sql").write_text("-- an edit of somebody, in no file of the plan\n")
    shown = run(*write, "--dry-run")
    assert "+INSERT INTO int_3_v2" in shown
    assert "int_3_v2" not in text_of(checkout, "dml.int_3.sql").read_text()
    assert run(*write) == shown
    written = {path: (checkout.path / path).read_text() for path in plan.rewritten}
    assert written == dict(plan.rewritten)
    assert run(*write) == ""


def test_a_saved_plan_loses_no_edit(checkout: Checkout, tmp_path: Path) -> None:
    write = saved(checkout, tmp_path / "plan.json")
    edited = text_of(checkout, "dml.int_3.sql")
    edited.write_text(f"-- mine\n{edited.read_text()}")
    before = {path: path.read_bytes() for path in checkout.path.rglob("*.sql")}
    assert "dml.int_3.sql was edited since v1.0.1, which the plan was made for" in run(*write, code=1)
    assert {path: path.read_bytes() for path in checkout.path.rglob("*.sql")} == before


def test_a_saved_plan_is_written_only_where_its_release_is_checked_out(
    checkout: Checkout, tmp_path: Path
) -> None:
    write = saved(checkout, tmp_path / "plan.json")
    checkout.git("checkout", "--quiet", "v1.0.0")
    assert "v1.0.1 is not checked out" in run(*write, code=1)
    assert "--plan stands alone" in run(*write, "--table-name", "int_3", code=2)
    checkout.git("tag", "--force", "v1.0.1", "v1.0.0")
    assert "the release v1.0.1 was" in run(*write, code=1)
