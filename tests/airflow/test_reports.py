"""Keeping and finding the reports of runs, in a folder and in Airflow's object storage."""

from pathlib import Path
from uuid import uuid4

import pytest

from airflow_bluegreen.hooks.reports import read_report, report_file, write_reports

RUN = "manual__2026-01-01T00:00:00+00:00"
TEXTS = {"html": "<p>é</p>", "json": "{}", "md": "# é"}


@pytest.fixture(params=["folder", "object storage"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    location = str(tmp_path / "reports") if request.param == "folder" else f"memory://{uuid4().hex}/reports"
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", location)
    return location


def test_what_was_written_is_found_in_every_form(place: str) -> None:
    address = write_reports("release", RUN, TEXTS)
    assert address.startswith(place)
    assert address.endswith(".html")
    assert {form: read_report("release", RUN, form) for form in TEXTS} == TEXTS


def test_a_later_report_replaces_the_earlier_one(place: str) -> None:
    write_reports("release", RUN, TEXTS)
    write_reports("release", RUN, {"html": "after"})
    assert read_report("release", RUN) == "after"


def test_of_a_run_without_report_there_is_none(place: str) -> None:
    assert read_report("release", RUN) is None
    write_reports("release", RUN, TEXTS)
    assert read_report("release", "other") is None
    assert read_report("other", RUN) is None


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "a/../../b", "%2e%2e"])
def test_no_name_leads_out_of_the_place(place: str, name: str) -> None:
    for file in (report_file(name, "run"), report_file("dag", name)):
        below = str(file).removeprefix(place)
        assert below != str(file)
        assert len(below.strip("/").split("/")) == 2
        assert ".." not in below


def test_nothing_half_written_is_left_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path))
    write_reports("release", RUN, TEXTS)
    (folder,) = tmp_path.iterdir()
    assert sorted(file.suffix for file in folder.iterdir()) == [".html", ".json", ".md"]
    assert all(file.stat().st_mode & 0o777 == 0o640 for file in folder.iterdir())
