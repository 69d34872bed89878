"""What the suites measured, as files from which docs/reliability.md is written."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def write_figures(file: Path, figures: Mapping[str, Any]) -> None:
    """Write one suite's figures, with when they were made and how busy the machine was."""
    frame = {
        "at": datetime.now(tz=UTC).isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    file.write_text(json.dumps({**frame, **figures}, indent=1) + "\n")
