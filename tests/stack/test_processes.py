import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_bluegreen.stack.processes import ProcessId, end, find, identify


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["/bin/sleep", "300"])
    yield process
    process.kill()
    process.wait()


def test_a_running_process_is_found(sleeper: subprocess.Popen[bytes]) -> None:
    assert find(identify(sleeper.pid)) is not None


def test_a_pid_that_was_given_to_another_process_is_not_found(sleeper: subprocess.Popen[bytes]) -> None:
    assert find(replace(identify(sleeper.pid), started=identify(sleeper.pid).started - 60)) is None


def test_a_pid_that_was_given_to_another_process_is_not_ended(sleeper: subprocess.Popen[bytes]) -> None:
    end([replace(identify(sleeper.pid), started=1.0)], grace_seconds=1)
    assert sleeper.poll() is None


def test_a_zombie_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identify(sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert find(identity) is None


def test_an_unknown_pid_is_not_found() -> None:
    assert find(ProcessId(pid=2**22 + 1, started=1.0)) is None


def test_end_is_polite_first(sleeper: subprocess.Popen[bytes]) -> None:
    end([identify(sleeper.pid)], grace_seconds=10)
    assert find(ProcessId(pid=sleeper.pid, started=0.0)) is None


def test_end_uses_force_on_what_does_not_listen() -> None:
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        identity = identify(process.pid)
        end([identity], grace_seconds=0.2)
        assert find(identity) is None


def test_end_can_begin_with_force(tmp_path: Path) -> None:
    program = f"trap 'echo polite > {tmp_path}/said; exit' TERM; echo; while true; do sleep 0.05; done"
    with subprocess.Popen(["/bin/sh", "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        end([identify(process.pid)], grace_seconds=0, politely=False)
    assert not (tmp_path / "said").exists()
