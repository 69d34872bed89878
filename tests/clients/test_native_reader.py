import os
import subprocess
import sys
from pathlib import Path

_ASKED = """
import logging
from airflow_bluegreen.clients.native_reader import can_read
logging.basicConfig(format="%(message)s")
print(can_read({"bootstrap.servers": "a:1"}))
"""
_FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"


def asked(code: str, **environment: str) -> tuple[str, list[str]]:
    """What a new process prints, and the lines that it logs."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip(), done.stderr.splitlines()


def test_numba_that_does_not_compile_is_left_alone(tmp_path: Path) -> None:
    said, logged = asked(_ASKED, NUMBA_DISABLE_JIT="1", NUMBA_CACHE_DIR=str(tmp_path))
    assert said == "False"
    assert len(logged) == 1
    assert logged[0].startswith("topics are hashed without compiled code: ")


def test_a_cache_without_room_is_done_without(tmp_path: Path) -> None:
    # Python itself would leave truncated files where nothing larger can be written.
    said, logged = asked(_FULL + _ASKED, NUMBA_CACHE_DIR=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")
    assert (said, logged) == ("True", [])
