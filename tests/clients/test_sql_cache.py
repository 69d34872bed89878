import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_bluegreen.clients.sql_cache import FILE_NAME, SqlCache, front_end_version, open_cache

FINDINGS = {bytes([number]): f"finding {number}".encode() for number in range(50)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


def test_what_is_kept_is_recalled_by_another_process_of_the_same_user(folder: Path) -> None:
    SqlCache(folder).keep(FINDINGS)
    assert SqlCache(folder).recall([*FINDINGS, b"unknown"]) == FINDINGS
    assert folder.stat().st_mode & 0o777 == 0o700


def test_more_keys_than_a_query_takes(folder: Path) -> None:
    many = {number.to_bytes(4, "big"): b"x" for number in range(3_000)}
    cache = SqlCache(folder)
    cache.keep(many)
    assert cache.recall(many.keys()) == many


def test_another_version_of_the_front_end_finds_for_itself(folder: Path) -> None:
    SqlCache(folder, version=b"one").keep(FINDINGS)
    two = SqlCache(folder, version=b"two")
    assert two.recall(FINDINGS) == {}
    two.keep({b"\0": b"other"})
    assert SqlCache(folder, version=b"one").recall([b"\0"]) == {b"\0": FINDINGS[b"\0"]}
    assert len(front_end_version()) == 16


def test_a_changed_byte_makes_that_finding_forgotten(folder: Path) -> None:
    SqlCache(folder, version=b"v").keep(FINDINGS)
    with sqlite3.connect(folder / FILE_NAME) as database:
        database.execute("UPDATE findings SET finding = ? WHERE key = ?", (b"finding X", b"\3"))
        database.execute("UPDATE findings SET finding = 'a text' WHERE key = ?", (b"\4",))
    database.close()
    found = SqlCache(folder, version=b"v").recall(FINDINGS)
    assert set(FINDINGS) - set(found) == {b"\3", b"\4"}


@pytest.mark.parametrize("content", [b"no database at all, and long enough to look like one" * 100, b"x"])
def test_a_damaged_file_is_replaced(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True, mode=0o700)
    (folder / FILE_NAME).write_bytes(content)
    cache = SqlCache(folder)
    assert cache.recall(FINDINGS) == {}
    cache.keep(FINDINGS)
    assert cache.recall(FINDINGS) == FINDINGS


def test_it_is_shared_by_processes_that_write_at_once(folder: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom airflow_bluegreen.clients.sql_cache import SqlCache\n"
        "cache = SqlCache(Path(sys.argv[1]), version=b'v')\n"
        "for number in range(60):\n"
        "    cache.keep({f'{sys.argv[2]} {number}'.encode(): b'x' * 1000})\n"
        "    assert all(found == b'x' * 1000 for found in cache.recall([b'0 1', b'1 1']).values())\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(folder), str(each)]) for each in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert SqlCache(folder, version=b"v").recall([b"0 0", b"1 0"])


def test_a_lock_that_is_held_makes_it_forget_and_not_wait(folder: Path) -> None:
    SqlCache(folder).keep(FINDINGS)
    holder = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        cache = SqlCache(folder)
        assert cache.recall(FINDINGS) == {}
        cache.keep({b"new": b"finding"})
    finally:
        holder.close()
    assert SqlCache(folder).recall([b"\0", b"new"]) == {b"\0": FINDINGS[b"\0"]}


def test_it_stays_below_its_limit_and_forgets_the_oldest_first(folder: Path) -> None:
    limit = 300_000
    cache = SqlCache(folder, limit=limit)
    for number in range(100):
        cache.keep({number.to_bytes(2, "big"): os.urandom(10_000)})
        assert (folder / FILE_NAME).stat().st_size <= limit + 30_000
    found = cache.recall([number.to_bytes(2, "big") for number in range(100)])
    assert (99).to_bytes(2, "big") in found
    assert (0).to_bytes(2, "big") not in found


def test_a_folder_that_others_may_write_to_is_not_trusted(folder: Path) -> None:
    SqlCache(folder).keep(FINDINGS)
    folder.chmod(0o777)
    cache = SqlCache(folder)
    assert cache.recall(FINDINGS) == {}
    cache.keep({b"new": b"finding"})
    folder.chmod(0o700)
    assert SqlCache(folder).recall([b"new", b"\1"]) == {b"\1": FINDINGS[b"\1"]}


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = SqlCache(tmp_path / "file" / "cache")
    cache.keep(FINDINGS)
    assert cache.recall(FINDINGS) == {}


def test_the_environment_says_where_or_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BLUEGREEN_SQL_CACHE", "off")
    assert open_cache() is None
    monkeypatch.setenv("BLUEGREEN_SQL_CACHE", str(tmp_path / "there"))
    cache = open_cache()
    assert cache is not None
    cache.keep(FINDINGS)
    assert (tmp_path / "there" / FILE_NAME).exists()
    monkeypatch.delenv("BLUEGREEN_SQL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    default = open_cache()
    assert default is not None
    default.keep(FINDINGS)
    assert (tmp_path / "xdg" / "bluegreen" / "sql" / FILE_NAME).exists()
