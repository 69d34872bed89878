import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from airflow_bluegreen.cli.root import app
from tests.clients.checkout import Checkout
from tests.core.golden import path_of, v1_0_0, v1_0_1


def run(*arguments: object, code: int = 0) -> str:
    """Standard output (standard error for a failure) of a ``bluegreen`` command."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """The golden project: v1.0.0 tagged, v1.0.1 committed on main nine days later."""
    checkout = Checkout(tmp_path / "retail")
    checkout.commit(v1_0_0(), date="2025-01-01T12:00:00+00:00")
    checkout.git("tag", "v1.0.0")
    checkout.commit(v1_0_1(), date="2025-01-10T12:00:00+00:00")
    return checkout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The golden project as files without git."""
    for name, text in v1_0_1().items():
        file = tmp_path / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "files"


def table_of_names(output: str) -> list[tuple[str, str, str, str]]:
    keys = ("blue", "green", "statement", "trigger")
    return sorted(tuple(str(table[key]) for key in keys) for table in json.loads(output)["tables"])  # type: ignore[misc]


GOLDEN = [
    ("None", "view32", "dml.view32", "new"),
    ("fact_2", "fact_2_v2", "dml.fact_2", "side-effect"),
    ("fact_3", "fact_3_v2", "dml.fact_3", "modified"),
    ("int_3", "int_3_v2", "dml.int_3", "modified"),
]


def test_the_lineage_as_json(checkout: Checkout, folder: Path) -> None:
    text = run("lineage", "--project", folder, "--format", "json")
    assert text == run("lineage", "--project", checkout.path, "--ref", "main", "--format", "json")
    tables = json.loads(text)["tables"]
    assert len(tables) == 12
    sql = "pipelines/intermediates/p1/int_3/sql-scripts"
    assert tables["int_3"] == {
        "physical": "int_3",
        "type": "intermediate",
        "kind": "intermediate",
        "product": "p1",
        "statements": {"ddl.int_3": f"{sql}/ddl.int_3.sql", "dml.int_3": f"{sql}/dml.int_3.sql"},
        "inputs": ["src_a", "src_b", "src_c"],
        "reads_itself": False,
        "companions": [],
        "external_inputs": [],
        "descendants": ["fact_2", "fact_3", "view32"],
    }
    assert tables["src_a"]["external_inputs"] == ["raw_a"]
    assert (
        "view32"
        not in json.loads(run("lineage", "--project", checkout.path, "--ref", "v1.0.0", "--format", "json"))[
            "tables"
        ]
    )


def test_the_lineage_as_pictures(folder: Path) -> None:
    mermaid = run("lineage", "--project", folder, "--format", "mermaid").splitlines()
    assert mermaid[0] == "flowchart LR"
    assert sum("[(" in line for line in mermaid) == 4
    assert sum("-->" in line for line in mermaid) == 19
    dot = run("lineage", "--project", folder, "--format", "dot")
    assert '  "int_3" -> "fact_2";' in dot
    assert '  "raw_a" [shape=cylinder];' in dot
    assert "int_3" in run("lineage", "--project", folder)


@pytest.mark.parametrize("since", [[], ["--since", "v1.0.0"], ["--since", "2025-01-09"]])
def test_modified_files_since_the_latest_tag_a_ref_or_a_date(
    checkout: Checkout, tmp_path: Path, since: list[str]
) -> None:
    run(
        "list-modified-files",
        "--project-path",
        checkout.path,
        *since,
        "--output-dir",
        tmp_path / "out",
        "main",
    )
    assert (tmp_path / "out" / "modified_flink_files_short.txt").read_text() == "fact_3\nint_3\nview32\n"
    content = json.loads((tmp_path / "out" / "modified_flink_files.json").read_text())
    assert list(content) == ["description", "file_list"]
    assert content["description"].startswith("Files modified on main (")
    assert all(entry["running"] is None for entry in content["file_list"])
    assert [
        (
            entry["table_name"],
            entry["file_modified_url"].rpartition("/")[2],
            entry["same_sql_content"],
            entry["change"],
        )
        for entry in content["file_list"]
    ] == [
        ("fact_3", "dml.fact_3.sql", False, "semantic"),
        ("int_1", "dml.int_1.sql", True, "cosmetic"),
        ("int_3", "dml.int_3.sql", False, "semantic"),
        ("view32", "ddl.view32.sql", False, "new"),
        ("view32", "dml.view32.sql", False, "new"),
    ]


def test_modified_connectors_are_another_filter(checkout: Checkout, tmp_path: Path) -> None:
    run(
        "list-modified-files",
        "--project",
        checkout.path,
        "--file-filter",
        "json",
        "--output-dir",
        tmp_path,
        "main",
    )
    (entry,) = json.loads((tmp_path / "modified_flink_files.json").read_text())["file_list"]
    assert (entry["table_name"], entry["change"]) == ("view32", "new")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "v9", "main"], "no tag, branch or commit v9"),
        (["--since", "2024-01-01", "main"], "branch main has no commit on or before 2024-01-01"),
        (["mian"], "no tag, branch or commit mian. Did you mean main?"),
    ],
)
def test_an_unknown_ref_or_date_is_an_error_and_never_an_empty_list(
    checkout: Checkout, tmp_path: Path, arguments: list[str], message: str
) -> None:
    err = run("list-modified-files", "--project", checkout.path, "--output-dir", tmp_path, *arguments, code=1)
    assert err.startswith(message)
    assert not list(tmp_path.glob("modified*"))


def test_the_plan_of_a_branch(checkout: Checkout) -> None:
    for since in ([], ["--since", "v1.0.0"], ["--since", "2025-01-05"]):
        out = run("build-execution-plan", "--project", checkout.path, *since, "--format", "json", "main")
        assert table_of_names(out) == GOLDEN
    assert "| int_3 | int_3_v2 |" in run(
        "build-execution-plan", "--project", checkout.path, "--format", "markdown", "main"
    )
    assert "int_3_v2" in run("build-execution-plan", "--project", checkout.path, "main")


def test_the_short_list_leads_to_the_same_plan(checkout: Checkout, tmp_path: Path) -> None:
    run("list-modified-files", "--project", checkout.path, "--output-dir", tmp_path, "main")
    names = tmp_path / "modified_flink_files_short.txt"
    for branch in (["main"], []):
        out = run(
            "build-execution-plan",
            "--project",
            checkout.path,
            "--table-list-file-name",
            names,
            "--format",
            "json",
            *branch,
        )
        assert table_of_names(out) == GOLDEN


def test_an_edited_list_adds_and_leaves_out(checkout: Checkout, tmp_path: Path) -> None:
    names = tmp_path / "list.txt"
    names.write_text("# release 7\nfact_3\n\nfact_1  # asked for by finance\n")
    out = run(
        "build-execution-plan",
        "--project",
        checkout.path,
        "--table-list-file-name",
        names,
        "--format",
        "json",
        "main",
    )
    assert table_of_names(out) == [
        ("fact_1", "fact_1_v2", "dml.fact_1", "requested"),
        ("fact_3", "fact_3_v2", "dml.fact_3", "modified"),
        ("view_1", "view_1_v2", "dml.view_1", "side-effect"),
    ]
    names.write_text("fact_33\n")
    err = run(
        "build-execution-plan", "--project", checkout.path, "--table-list-file-name", names, "main", code=1
    )
    assert err.startswith("no table fact_33 in the lineage. Did you mean fact_3")
    names.write_text("fact_33\nfact_1\nnothing_like_it\nint_11\n")
    err = run(
        "build-execution-plan", "--project", checkout.path, "--table-list-file-name", names, "main", code=1
    )
    assert err.startswith(
        "no tables fact_33, nothing_like_it, int_11 in the lineage. Did you mean fact_3 for"
    )
    assert "int_1 for int_11?" in err


def test_one_table_with_and_without_its_descendants(folder: Path) -> None:
    arguments = ["build-execution-plan", "--project", folder, "--table-name", "int_3", "--format", "json"]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert table_of_names(result.stdout) == [("int_3", "int_3_v2", "dml.int_3", "requested")]
    assert result.stderr.startswith("fact_2, fact_3 keep reading the live version")
    taken_along = run(*arguments, "--may-start-descendants", "--version", "v5")
    assert [green for _, green, _, _ in table_of_names(taken_along)] == [
        "fact_2_v5",
        "fact_3_v5",
        "int_3_v5",
        "view32_v5",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--table-name", "a", "--table-list-file-name", "b"],
        ["--may-start-descendants", "main"],
        ["--table-name", "a", "--version", "one"],
        ["--table-name", "a", "--version", "v1"],
    ],
)
def test_what_cannot_be_planned_is_a_usage_error(folder: Path, arguments: list[str]) -> None:
    assert "Usage: " in run("build-execution-plan", "--project", folder, *arguments, code=2)


def test_the_new_versions_are_written_and_the_difference_can_be_applied(checkout: Checkout) -> None:
    dry = run("update-tables-version", "--project", checkout.path, "--dry-run", "main")
    assert checkout.git("status", "--porcelain") == ""
    subprocess.run(["git", "apply", "--check", "-"], cwd=checkout.path, input=dry.encode(), check=True)
    assert run("update-tables-version", "--project", checkout.path, "main") == dry
    assert "-INSERT INTO int_3\n+INSERT INTO int_3_v2\n" in dry
    changed = checkout.git("diff", "--name-only").splitlines()
    assert len(changed) == 9
    assert "int_3_v2" in (checkout.path / path_of(v1_0_1(), "dml.fact_2.sql")).read_text()
    assert run("update-tables-version", "--project", checkout.path, "main") == ""
    assert checkout.git("diff", "--name-only").splitlines() == changed


def test_only_the_branch_that_is_checked_out_is_edited(checkout: Checkout) -> None:
    checkout.git("checkout", "--quiet", "-b", "other", "v1.0.0")
    err = run("update-tables-version", "--project", checkout.path, "main", code=1)
    assert err.startswith("main is not checked out")


def test_every_byte_but_the_names_stays(checkout: Checkout) -> None:
    path = checkout.path / path_of(v1_0_1(), "dml.fact_2.sql")
    text = path.read_bytes().replace(b"\n", b"\r\n").rstrip() + b"\t-- \xc3\xbc, no newline"
    path.write_bytes(text)
    path.chmod(0o755)
    dry = run("update-tables-version", "--project", checkout.path, "--since", "v1.0.0")
    assert path.read_bytes() == text.replace(b"int_3", b"int_3_v2").replace(b"fact_2", b"fact_2_v2")
    assert path.stat().st_mode & 0o777 == 0o755
    assert "no newline\n\\ No newline at end of file\n" in dry


def test_a_folder_that_cannot_be_written_leaves_all_as_it_was(checkout: Checkout) -> None:
    locked = (checkout.path / path_of(v1_0_1(), "dml.view32.sql")).parent
    locked.chmod(0o555)
    # Root may write everywhere, unless it lets go of that right.
    mortal = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    command = [
        sys.executable,
        "-c",
        "from airflow_bluegreen.cli import main; main()",
        "update-tables-version",
    ]
    try:
        done = subprocess.run(
            [*mortal, *command, "--project", checkout.path, "main"],
            check=False,
            capture_output=True,
            text=True,
        )
    finally:
        locked.chmod(0o755)
    assert done.returncode == 1
    assert "no file was changed" in done.stderr
    assert checkout.git("status", "--porcelain") == ""


def test_a_folder_without_git_has_no_refs(folder: Path) -> None:
    err = run("build-execution-plan", "--project", folder, "main", code=1)
    assert "is not in a git repository" in err


def test_a_project_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "mono")
    checkout.commit({f"flink/{path}": text for path, text in v1_0_0().items()})
    checkout.git("tag", "v1.0.0")
    checkout.commit({f"flink/{path}": text for path, text in v1_0_1().items()})
    out = run("build-execution-plan", "--project", checkout.path / "flink", "--format", "json", "main")
    assert table_of_names(out) == GOLDEN


def test_symbolic_links_are_named_beside_what_is_shown(checkout: Checkout) -> None:
    (checkout.path / "ddl.more.sql").symlink_to("nowhere.sql")
    for command in (["lineage"], ["build-execution-plan", "--since", "v1.0.0"]):
        result = CliRunner().invoke(app, [*command, "--project", str(checkout.path), "--format", "json"])
        assert result.exit_code == 0, result.output
        assert (
            "note: symbolic links are not followed, and their files not read: ddl.more.sql" in result.stderr
        )
