"""``list-modified-files`` on histories of every shape."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from airflow_bluegreen.cli.modified import FILES_NAME, SHORT_NAME
from airflow_bluegreen.cli.root import app
from tests.clients.checkout import Checkout


def ddl(table: str, extra: str = "") -> str:
    return f"CREATE TABLE {table} (id INT{extra}) WITH ('connector' = 'kafka');\n"


def dml(table: str, source: str, extra: str = "") -> str:
    return f"INSERT INTO {table} SELECT id{extra} FROM {source};\n"


def table(name: str, source: str) -> dict[str, str]:
    return {f"{name}/ddl.{name}.sql": ddl(name), f"{name}/dml.{name}.sql": dml(name, source)}


START = {**table("a", "raw"), **table("b", "a"), **table("c", "b")}


class Listed:
    def __init__(self, result: Result, folder: Path) -> None:
        assert result.exit_code == 0, (result.output, result.exception)
        self.notes = [line for line in result.stderr.splitlines() if line.startswith("note: ")]
        content = json.loads((folder / FILES_NAME).read_text())
        self.description: str = content["description"]
        self.entries: list[dict[str, object]] = content["file_list"]
        self.changes = {str(one["file_modified_url"]): str(one["change"]) for one in self.entries}
        self.short = (folder / SHORT_NAME).read_text().split()


def invoke(project: Path, *arguments: str) -> Result:
    folder = project.parent / "lists"
    command = ["list-modified-files", "--project", str(project), "--output-dir", str(folder), *arguments]
    return CliRunner().invoke(app, command)


def listed(project: Path, *arguments: str) -> Listed:
    return Listed(invoke(project, *arguments), project.parent / "lists")


def refused(project: Path, *arguments: str) -> str:
    result = invoke(project, *arguments)
    assert result.exit_code == 1, (result.output, result.exception)
    return result.stderr


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Three tables, tagged v1."""
    monkeypatch.setenv("HOME", str(tmp_path))
    checkout = Checkout(tmp_path / "repo")
    checkout.commit(START, date="2025-01-01T12:00:00+00:00")
    checkout.git("tag", "v1")
    return checkout


def test_the_base_is_a_date_a_tag_a_branch_or_a_commit(checkout: Checkout) -> None:
    checkout.git("branch", "before")
    sha = checkout.git("rev-parse", "HEAD")
    checkout.commit({"c/dml.c.sql": dml("c", "b", ", 1")}, date="2025-01-10T12:00:00+00:00")
    for since in (
        ["--since", "2025-01-09"],
        ["--since", "v1"],
        ["--since", "before"],
        ["--since", sha[:9]],
        [],
    ):
        found = listed(checkout.path, *since, "main")
        assert (found.changes, found.short) == ({"c/dml.c.sql": "semantic"}, ["c"])
    assert listed(checkout.path, "--since", "2025-01-10", "main").changes == {}


def test_a_change_that_was_taken_back_is_none(checkout: Checkout) -> None:
    checkout.commit(
        {"c/dml.c.sql": dml("c", "b", ", 1"), "d/ddl.d.sql": ddl("d"), "d/dml.d.sql": dml("d", "c")}
    )
    checkout.git("revert", "--no-edit", "HEAD")
    assert listed(checkout.path, "main").entries == []


def test_what_a_merge_brought_counts_once(checkout: Checkout) -> None:
    checkout.git("checkout", "--quiet", "-b", "side")
    checkout.commit({"b/dml.b.sql": dml("b", "a", ", 2")})
    checkout.git("checkout", "--quiet", "main")
    checkout.commit({"c/dml.c.sql": dml("c", "b", ", 1")})
    checkout.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    assert listed(checkout.path, "main").short == ["b", "c"]
    checkout.git("tag", "v2")
    checkout.git("checkout", "--quiet", "side")
    checkout.commit({"b/dml.b.sql": dml("b", "a", ", 3")})
    checkout.git("checkout", "--quiet", "main")
    checkout.git("merge", "--quiet", "--no-ff", "-s", "ours", "-m", "drop it", "side")
    assert listed(checkout.path, "main").entries == []


def test_an_evil_merge_is_what_it_holds(checkout: Checkout) -> None:
    checkout.git("checkout", "--quiet", "-b", "side")
    checkout.commit({"b/dml.b.sql": dml("b", "a", ", 2")})
    checkout.git("checkout", "--quiet", "main")
    checkout.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    checkout.commit({"a/dml.a.sql": dml("a", "raw", ", 9"), "b/dml.b.sql": dml("b", "a")})
    assert listed(checkout.path, "main").short == ["a"]


def test_a_moved_file_is_no_change_and_a_renamed_table_is_two(checkout: Checkout) -> None:
    moved = dict.fromkeys(table("c", "b"))
    checkout.commit({**moved, "facts/ddl.c.sql": ddl("c"), "facts/dml.c.sql": dml("c", "b")})
    assert listed(checkout.path, "main").entries == []
    checkout.commit({"facts/ddl.c.sql": ddl("z"), "facts/dml.c.sql": dml("z", "b")})
    found = listed(checkout.path, "main")
    assert found.short == ["z"]
    assert sorted((str(one["table_name"]), str(one["change"])) for one in found.entries) == [
        ("c", "removed"),
        ("c", "removed"),
        ("z", "new"),
        ("z", "new"),
    ]


def test_deleted_tables_are_removed_and_never_in_the_short_list(checkout: Checkout) -> None:
    checkout.commit(dict.fromkeys(table("c", "b")))
    found = listed(checkout.path, "main")
    assert (found.changes, found.short) == ({"c/ddl.c.sql": "removed", "c/dml.c.sql": "removed"}, [])


def test_mode_and_line_ends_and_comments_do_not_change_the_meaning(checkout: Checkout) -> None:
    (checkout.path / "a/dml.a.sql").chmod(0o755)
    checkout.commit({})
    assert listed(checkout.path, "main").entries == []
    checkout.commit({"b/dml.b.sql": f"-- why\r\n{dml('b', 'a')}".replace("\n", "\r\n")})
    found = listed(checkout.path, "main")
    assert (found.changes, found.short) == ({"b/dml.b.sql": "cosmetic"}, [])


def test_files_outside_the_layout_and_submodules_are_named_in_a_note(
    checkout: Checkout, tmp_path: Path
) -> None:
    other = Checkout(tmp_path / "other")
    other.commit(table("c", "nowhere"))
    allowed = ("-c", "protocol.file.allow=always")
    checkout.git(*allowed, "submodule", "--quiet", "add", str(other.path), "vendor/other")
    checkout.commit({"scripts/check.sql": "SELECT 1;\n", "readme.md": "x"})
    for arguments in (["main"], ["--working-tree"]):
        found = listed(checkout.path, *arguments)
        assert found.entries == []
        assert found.notes == [
            "note: modified, but not in the project's layout: scripts/check.sql",
            "note: submodules are other repositories and not looked into: vendor/other",
        ]


def test_symbolic_links_are_named_in_a_note(checkout: Checkout) -> None:
    (checkout.path / "d").mkdir()
    (checkout.path / "d/ddl.d.sql").symlink_to("../a/ddl.a.sql")
    (checkout.path / "readme.md").symlink_to("a/ddl.a.sql")
    checkout.commit({})
    for arguments in (["main"], ["--working-tree"]):
        found = listed(checkout.path, *arguments)
        assert found.entries == []
        assert found.notes == ["note: symbolic links are not followed, and their files not read: d/ddl.d.sql"]


def test_the_working_tree_as_it_is(checkout: Checkout) -> None:
    checkout.commit({".gitignore": "build/\n"})
    changes: Mapping[str, str] = {
        "c/dml.c.sql": dml("c", "b", ", 1"),
        "d/ddl.d.sql": ddl("d"),
        "d/dml.d.sql": dml("d", "c"),
        "build/ddl.a.sql": ddl("a"),
    }
    for path, text in changes.items():
        (checkout.path / path).parent.mkdir(exist_ok=True)
        (checkout.path / path).write_text(text)
    checkout.git("add", "d/ddl.d.sql")
    found = listed(checkout.path, "--working-tree")
    assert found.description.startswith("Files modified in the working tree since v1 (")
    assert found.short == ["c", "d"]
    assert "build/ddl.a.sql" not in found.changes
    assert listed(checkout.path, "main").entries == []


def test_a_branch_and_the_working_tree_exclude_each_other(checkout: Checkout) -> None:
    assert invoke(checkout.path, "--working-tree", "main").exit_code == 2
    assert invoke(checkout.path).exit_code == 2


def test_a_shallow_clone_says_what_it_lacks(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit({"b/dml.b.sql": dml("b", "a", ", 2")}, date="2025-01-05T12:00:00+00:00")
    checkout.commit({"c/dml.c.sql": dml("c", "b", ", 1")}, date="2025-01-10T12:00:00+00:00")
    shallow = tmp_path / "shallow"
    checkout.git("clone", "--quiet", "--depth=2", "--no-tags", f"file://{checkout.path}", str(shallow))
    assert listed(shallow, "--since", "main~1", "main").short == ["c"]
    assert listed(shallow, "--since", "2025-01-06", "main").short == ["c"]
    for since in (["--since", "v1"], ["--since", "2025-01-02"], []):
        assert "`git fetch --unshallow --tags`" in refused(shallow, *since, "main")
    checkout.git("-C", str(shallow), "fetch", "--quiet", "--unshallow", "--tags")
    assert listed(shallow, "main").short == ["b", "c"]


def test_bare_repositories_linked_worktrees_and_sha_256(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit({"c/dml.c.sql": dml("c", "b", ", 1")})
    checkout.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    checkout.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    modern = Checkout(tmp_path / "modern", options=("--object-format=sha256",))
    modern.commit(START)
    modern.git("tag", "v1")
    modern.commit({"c/dml.c.sql": dml("c", "b", ", 1")})
    for path in (tmp_path / "bare.git", tmp_path / "linked", modern.path):
        assert listed(path, "main").short == ["c"]
    assert "bare repository" in refused(tmp_path / "bare.git", "--working-tree")
    (tmp_path / "linked" / "b" / "dml.b.sql").write_text(dml("b", "a", ", 2"))
    assert listed(tmp_path / "linked", "--working-tree").short == ["b", "c"]


def test_nothing_of_the_checkout_is_touched_nor_run(checkout: Checkout, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    checkout.commit({".gitattributes": "*.sql filter=trap diff=trap\n", "c/dml.c.sql": dml("c", "b", ", 1")})
    (checkout.path / "b/dml.b.sql").write_text(dml("b", "a", ", 2"))
    (checkout.path / "new.md").write_text("not committed")
    hooks = ["post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"]
    for hook in hooks:
        (checkout.path / ".git" / "hooks").mkdir(exist_ok=True)
        (checkout.path / ".git" / "hooks" / hook).write_text(trap.read_text())
        (checkout.path / ".git" / "hooks" / hook).chmod(0o755)
    keys = [
        "core.fsmonitor",
        "filter.trap.clean",
        "filter.trap.smudge",
        "diff.trap.textconv",
        "diff.external",
    ]
    keys += ["core.pager", "core.editor", "core.sshCommand", "core.alternateRefsCommand", "gpg.program"]

    def seen() -> dict[str, object]:
        folder = checkout.path / ".git"
        files = [folder / "index", folder / "HEAD", folder / "config", checkout.path / "b/dml.b.sql"]
        content = {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}
        objects = sorted(map(str, (folder / "objects").rglob("*")))
        refs = sorted(
            (str(file), file.read_text()) for file in (folder / "refs").rglob("*") if file.is_file()
        )
        return {**content, "refs": sorted(refs), "objects": objects, "all": sorted(os.listdir(folder))}

    checkout.git("status", "--porcelain")
    for key in keys:
        checkout.git("config", key, str(trap))
    (tmp_path / "sprung").unlink(missing_ok=True)
    before = seen()
    assert listed(checkout.path, "main").short == ["c"]
    assert listed(checkout.path, "--working-tree").short == ["b", "c"]
    assert seen() == before
    assert not (tmp_path / "sprung").exists()
