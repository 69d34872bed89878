"""Where the reports of runs are kept: a folder of workers and API server, or Airflow's object storage."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow_bluegreen.hooks.settings import report_location

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

PAGE, JSON, MARKDOWN = "html", "json", "md"


def write_reports(dag_id: str, run_id: str, texts: Mapping[str, str]) -> str:
    """Keep the report of a run in each of its forms, over earlier ones; returns where the page is.

    :param texts: form (``html``, ``json``, ``md``) → text.
    """
    # The page last: where it is new, the others are.
    for form in sorted(texts, key=lambda one: one == PAGE):
        write_file(report_file(dag_id, run_id, form), texts[form])
    return str(report_file(dag_id, run_id))


def read_report(dag_id: str, run_id: str, form: str = PAGE) -> str | None:
    """The report of a run in one form; None where there is none yet."""
    try:
        return report_file(dag_id, run_id, form).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def report_file(dag_id: str, run_id: str, form: str = PAGE) -> "Path | ObjectStoragePath":
    """Where a form of the report of a run is. No name leads out of the place of the reports."""
    return place() / file_name(dag_id) / f"{file_name(run_id)}.{form}"


def place() -> "Path | ObjectStoragePath":
    """Where all reports are kept."""
    location = report_location()
    if "://" not in location:
        return Path(location)
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(location)


def file_name(text: str) -> str:
    """A name for a file that leads nowhere else, and holds no dot."""
    # quote() leaves dots alone; a name of dots only would be a folder.
    return quote(text, safe="").replace(".", "%2E")


def write_file(file: "Path | ObjectStoragePath", text: str) -> None:
    """Write a file so that nobody reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(file, Path):
        file.write_text(text, encoding="utf-8")
        return
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=".report.", delete=False) as part:
        part.write(text)
    # The API server may run as another user of the same group.
    os.chmod(part.name, 0o640)
    os.replace(part.name, file)
