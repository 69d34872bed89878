"""The [bluegreen] section, and that no name leads out of the report folder."""

from pathlib import Path

import pytest

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.hooks.reports import report_file
from airflow_bluegreen.hooks.settings import project_path, snapshot_path


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "name", ["..", ".", "../../etc/passwd", "/etc/passwd", "a/../../b", "%2e%2e", "\\..\\"]
)
def test_no_name_leads_out_of_the_report_folder(name: str, reports: Path) -> None:
    for file in (report_file(name, "run"), report_file("dag", name)):
        assert isinstance(file, Path)
        assert file.resolve().is_relative_to(reports.resolve())
        assert len(file.relative_to(reports).parts) == 2


def test_run_ids_as_airflow_makes_them_get_different_files(reports: Path) -> None:
    first = report_file("release", "manual__2026-01-01T00:00:00+00:00")
    second = report_file("release", "manual__2026-01-01T00:00:00.000000+00:00")
    assert first != second
    assert first.suffix == ".html"


def test_snapshot_is_called_after_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AIRFLOW__BLUEGREEN__SNAPSHOT_PATH", raising=False)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert snapshot_path("/srv/git/retail") == tmp_path / "bluegreen" / "retail.snapshot.json"
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__SNAPSHOT_PATH", "/srv/s.json")
    assert snapshot_path("/srv/git/retail") == Path("/srv/s.json")


def test_a_missing_setting_says_how_to_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW__BLUEGREEN__PROJECT", raising=False)
    with pytest.raises(
        ConfigurationError, match=r"\[bluegreen\] project is not set.*AIRFLOW__BLUEGREEN__PROJECT"
    ):
        project_path()
