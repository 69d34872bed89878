from pathlib import Path

import pytest

from airflow_bluegreen.cli.sources import open_source, read_folder, read_names
from airflow_bluegreen.exceptions import ConfigurationError, ProjectError, RefusedError
from tests.clients.checkout import Checkout

DDL = "CREATE TABLE {} (id STRING);\n"


def test_a_folder_is_read_without_hidden_folders_links_and_other_endings(tmp_path: Path) -> None:
    for name in ("b/ddl.b.sql", "a.sql", ".git/x.sql", "b/.venv/y.sql", "node_modules/z.sql", "notes.md"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"one\r\n")
    (tmp_path / "link.sql").symlink_to(tmp_path / "a.sql")
    assert read_folder(tmp_path, (".sql",)) == {"a.sql": "one\r\n", "b/ddl.b.sql": "one\r\n"}


def test_links_are_named_in_a_folder_in_a_checkout_and_in_a_commit(tmp_path: Path) -> None:
    folder, checkout = tmp_path / "plain", Checkout(tmp_path / "cloned")
    folder.mkdir()
    for place in (folder, checkout.path):
        (place / "ddl.a.sql").write_text(DDL.format("a"))
        (place / "ddl.b.sql").symlink_to("ddl.a.sql")
        (place / "b.md").symlink_to("ddl.a.sql")
    assert open_source(folder).links(None) == ("ddl.b.sql",)
    assert open_source(checkout.path).links(None) == ("ddl.b.sql",)
    checkout.commit({})
    (checkout.path / "ddl.c.sql").symlink_to("ddl.a.sql")
    assert open_source(checkout.path).links("HEAD") == ("ddl.b.sql",)
    assert open_source(checkout.path).links(None) == ("ddl.b.sql", "ddl.c.sql")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"\xff")
    with pytest.raises(ProjectError, match=r"^a\.sql: not UTF-8"):
        read_folder(tmp_path, (".sql",))


def test_names_are_read_without_comments_and_duplicates(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("a\n\n b # why\n# c\na\n")
    assert read_names(file) == ("a", "b")
    file.write_text("# nothing\n")
    with pytest.raises(RefusedError, match="names no table"):
        read_names(file)
    with pytest.raises(ConfigurationError, match="cannot read"):
        read_names(tmp_path / "missing")


def test_a_checkout_is_read_as_it_is_and_at_refs(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repo")
    checkout.commit({"ddl.a.sql": DDL.format("a")})
    (checkout.path / "ddl.b.sql").write_text(DDL.format("b"))
    source = open_source(checkout.path)
    assert sorted(source.read(None).tables) == ["a", "b"]
    assert sorted(source.read("main").tables) == ["a"]
    checkout.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    assert sorted(open_source(tmp_path / "bare.git").read(None).tables) == ["a"]


def test_the_base_of_files_as_they_are(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repo")
    checkout.commit({"ddl.a.sql": DDL.format("a")})
    source = open_source(checkout.path)
    assert source.base_of(None, None, source.read(None)) is None
    checkout.git("tag", "v1")
    checkout.commit({"ddl.a.sql": DDL.format("a").upper()})
    checkout.git("tag", "v2")
    clean = source.base_of(None, None, source.read(None))
    assert clean is not None
    assert clean.ref == "v1"
    (checkout.path / "ddl.b.sql").write_text(DDL.format("b"))
    edited = source.base_of(None, None, source.read(None))
    assert edited is not None
    assert edited.ref == "v2"


def test_a_folder_without_git_has_no_base(tmp_path: Path) -> None:
    (tmp_path / "ddl.a.sql").write_text(DDL.format("a"))
    source = open_source(tmp_path)
    assert source.base_of(None, None, source.read(None)) is None
    with pytest.raises(ConfigurationError, match="is not in a git repository"):
        source.read("main")


def test_a_list_of_tables_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "tables.txt").write_bytes(b"\xef\xbb\xbfint_3\r\nint_1 # why\r\n")
    assert read_names(tmp_path / "tables.txt") == ("int_3", "int_1")
