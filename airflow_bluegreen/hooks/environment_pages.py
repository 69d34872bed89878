"""The pages of environments, kept beside the reports: one an environment, and which DAG works on which."""

from collections.abc import Mapping
from hashlib import blake2b

from airflow_bluegreen.hooks.reports import file_name, place, write_file

# No report is there: the names of their folders hold no dot.
_FOLDER = ".environments"
_LINES = 4
"""DAG, key of the page, project and environment."""


def write_environment_page(dag_id: str, project: str, environment: str, page: str, *, clone: str) -> str:
    """Keep the page of an environment, over an earlier one; returns where it is.

    :param dag_id: a DAG that works on the environment: who may read its runs may read the page.
    :param clone: path of the git clone. Projects that nobody gave a name are all called the same, and one
        must not show the other's page.
    """
    place_of_clone = blake2b(clone.encode(), digest_size=4).hexdigest()
    key = file_name(f"{project}/{environment}/{place_of_clone}")
    file = place() / _FOLDER / f"{key}.html"
    write_file(file, page)
    write_file(place() / _FOLDER / f"{file_name(dag_id)}.dag", f"{dag_id}\n{key}\n{project}\n{environment}\n")
    return str(file)


def known_environments() -> Mapping[str, tuple[str, str]]:
    """DAG → the key of its environment's page, and what the environment is called."""
    folder = place() / _FOLDER
    if not folder.is_dir():
        return {}
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".dag")), key=str)
    found = (one.read_text(encoding="utf-8").splitlines() for one in files)
    # Whatever else lies there is none of ours.
    return {lines[0]: (lines[1], f"{lines[3]} of {lines[2]}") for lines in found if len(lines) == _LINES}


def read_environment_page(key: str) -> str | None:
    """The page of a key of :func:`known_environments`; None where there is none."""
    try:
        return (place() / _FOLDER / f"{key}.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
