"""Plans in files: saved by ``build-execution-plan --save``, read where a command takes ``--plan``."""

import json
from pathlib import Path

from airflow_bluegreen.cli.edits import write_all
from airflow_bluegreen.core.documents import from_json, to_json
from airflow_bluegreen.core.model import Plan
from airflow_bluegreen.exceptions import ConfigurationError, Where

_FORMAT = "airflow-bluegreen plan 1"


def save_plan(plan: Plan, file: Path) -> None:
    """Write everything that the plan decides. Raises RefusedError where the file cannot be written, and
    ConfigurationError for a plan that was made from files without git.
    """
    if not plan.release.sha:
        raise ConfigurationError(
            "a plan made from files cannot be saved: nobody could say later whether it still holds",
            remedy="Name a branch or tag to plan",
        )
    content = json.dumps({"format": _FORMAT, "plan": json.loads(to_json(plan))}, ensure_ascii=False, indent=1)
    write_all(file.parent, {file.name: content + "\n"})


def load_plan(file: Path) -> Plan:
    """The plan that a file holds. Raises ConfigurationError naming the file."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise ValueError("it has another format")
        return from_json(Plan, json.dumps(content["plan"]))
    except (OSError, ValueError, KeyError, ConfigurationError) as error:
        what = error.what if isinstance(error, ConfigurationError) else str(error)
        raise ConfigurationError(
            f"not a saved plan: {what}",
            where=Where(path=str(file)),
            remedy="Write one with bluegreen build-execution-plan --save FILE",
        ) from error
