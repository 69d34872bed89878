"""What the suites measured, as files from which docs/reliability.md is written."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "build" / "reliability"


def measured(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures with when they were made, and how busy the machine was."""
    return {
        "at": datetime.now(tz=UTC).isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        **figures,
    }


def write_figures(file: Path, figures: Mapping[str, Any]) -> None:
    """Write the figures of a suite that is one test."""
    file.write_text(json.dumps(measured(figures), indent=1) + "\n")


def add_figures(file: Path, name: str, figures: Mapping[str, Any]) -> None:
    """Write the figures of one of a suite's tests beside those of the others; a later run replaces them.

    They are written at once: what ran is kept when a later test, or the whole run, is cut short.
    """
    before = json.loads(file.read_text()) if file.exists() else []
    others = [one for one in before if one["name"] != name]
    file.write_text(json.dumps([*others, measured({"name": name, **figures})], indent=1) + "\n")
