from pathlib import Path

import pytest
from typer.testing import CliRunner

from airflow_bluegreen.cli.root import app
from airflow_bluegreen.cli.sources import open_source
from tests.clients.checkout import Checkout
from tests.core.golden import v1_0_0

ORDERS = "CREATE TABLE orders (id INT);\nINSERT INTO orders SELECT id FROM raw_orders;\n"


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    """Standard output and standard error of ``bluegreen init``."""
    result = CliRunner().invoke(app, ["init", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_a_folder_without_git_gets_a_file_that_reads_it(tmp_path: Path) -> None:
    folder = lay(
        tmp_path / "shop", {"sql/orders.sql": ORDERS, "sql/broken.sql": "-- nothing yet\nCREATE TABEL x;"}
    )
    out, err = run("--project", folder)
    assert out == ""
    assert err.splitlines()[:4] == [
        "1 SQL file, 1 table",
        "  1 table",
        "1 table read and not created here:",
        "  raw_orders",
    ]
    assert "1 file left out:\n  sql/broken.sql:2:" in err
    assert err.endswith(f"next: bluegreen lineage --project {folder}\n")
    project = open_source(folder).as_it_is()
    assert project.name == "shop"
    assert list(project.tables) == ["orders"]


def test_a_dry_run_prints_what_would_be_written(tmp_path: Path) -> None:
    folder = lay(tmp_path / "shop", {"sql/orders.sql": ORDERS})
    out, _ = run("--project", folder, "--dry-run")
    assert not (folder / "bluegreen.yaml").exists()
    run("--project", folder)
    assert (folder / "bluegreen.yaml").read_text() == out


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    folder = lay(tmp_path / "shop", {"sql/orders.sql": ORDERS, "bluegreen.yaml": "project: mine\n"})
    _, err = run("--project", folder, code=1)
    assert "is there already. " in err
    assert (folder / "bluegreen.yaml").read_text() == "project: mine\n"
    run("--project", folder, "--force")
    assert "project: shop\n" in (folder / "bluegreen.yaml").read_text()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"notes.md": "# no SQL"}, "no .sql file in the folder"),
        ({"a.sql": "SELECT 1;"}, "a.sql:1:1: no table in 1 SQL file"),
        ({"a.sql": "-- later\n"}, "no table in 1 SQL file that a release could deploy. Add files"),
        ({"a.sql": "INSERT INTO t SELECT 1;"}, "which no file creates"),
    ],
)
def test_a_repository_without_tables_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    folder = lay(tmp_path / "shop", files)
    out, err = run("--project", folder, code=1)
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (folder / "bluegreen.yaml").exists()


def test_branches_tags_and_the_remote_are_recognised(tmp_path: Path) -> None:
    upstream = Checkout(tmp_path / "upstream", branch="master")
    upstream.commit({"sql/orders.sql": ORDERS})
    upstream.git("branch", "develop")
    upstream.git("tag", "release-1.0")
    upstream.git("clone", "--quiet", ".", str(tmp_path / "shop"))
    out, _ = run("--project", tmp_path / "shop", "--dry-run")
    lines = out.splitlines()
    assert 'release_tags: "release-*"' in lines
    assert lines[lines.index("git:") :][2:5:2] == ["  flow: git-flow", "  main: master"]
    assert "  # develop: develop" in lines
    assert "  # remote: origin" in lines


def test_the_golden_project_is_recognised_as_it_is(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "retail")
    checkout.commit({name: text for name, text in v1_0_0().items() if name != "bluegreen.yaml"})
    checkout.git("tag", "v1.0.0")
    out, err = run("--project", checkout.path, "--dry-run")
    assert "left out" not in err
    assert "layout:" not in [line for line in out.splitlines() if not line.startswith("#")]
    assert "# layout:" in out


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    broken = {f"sql/b{number:02}.sql": "CREATE" for number in range(25)}
    _, err = run("--project", lay(tmp_path / "shop", {"sql/orders.sql": ORDERS, **broken}))
    assert "25 files left out:" in err
    assert "  … and 5 more" in err
