"""The cache: filled once, whole, by one process at a time."""

import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from platformdirs import user_cache_path

from airflow_bluegreen.stack.artifacts import cache_directory, declare_services
from airflow_bluegreen.stack.files import move_folder, write_whole
from airflow_bluegreen.stack.lock import file_lock
from airflow_bluegreen.stack.versions import AVRO_CONVERTER, AVRO_CONVERTER_JARS, FILE_CONNECTOR_JARS

HOLDER = """
import sys, time
from pathlib import Path
from airflow_bluegreen.stack.lock import file_lock
with file_lock(Path(sys.argv[1])):
    print(flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BLUEGREEN_CACHE_DIR", str(tmp_path))
    assert cache_directory() == tmp_path


def test_the_cache_is_the_users_own_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLUEGREEN_CACHE_DIR", raising=False)
    assert cache_directory() == user_cache_path("bluegreen")


def test_a_plugin_without_a_service_file_gets_one(tmp_path: Path) -> None:
    declare_services(AVRO_CONVERTER_JARS, tmp_path / "services.jar")
    with ZipFile(tmp_path / "services.jar") as jar:
        names = jar.namelist()
        assert names == ["META-INF/services/org.apache.kafka.connect.storage.Converter"]
        assert jar.read(names[0]).decode() == f"{AVRO_CONVERTER}\n"


def test_a_plugin_with_a_service_file_is_left_alone(tmp_path: Path) -> None:
    declare_services(FILE_CONNECTOR_JARS, tmp_path / "services.jar")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "file", "one")
    write_whole(tmp_path / "new" / "file", "two")
    assert [path.read_text() for path in (tmp_path / "new").iterdir()] == ["two"]


def test_the_folder_that_came_first_stays(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    move_folder(tmp_path / "first", tmp_path / "target")
    move_folder(tmp_path / "second", tmp_path / "target")
    assert [path.name for path in tmp_path.rglob("*")] == ["target", "first"]


def test_two_processes_do_not_hold_the_lock_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock"), "0.7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with file_lock(tmp_path / "lock"):
            assert eventually_ended(holder)


def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock"), "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
        started = time.monotonic()
        with file_lock(tmp_path / "lock"):
            assert time.monotonic() - started < 60


def eventually_ended(process: subprocess.Popen[bytes]) -> bool:
    # The lock is free once the other process has left the block; it ends right after.
    return process.wait(timeout=30) == 0
