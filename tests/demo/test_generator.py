import os
import subprocess
import sys

import pytest

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.demo.generator import running_generator
from airflow_bluegreen.exceptions import TransientError

COMMAND = [sys.executable, "-m", "airflow_bluegreen.demo.generator"]


def servers(port: int) -> list[str]:
    return [f"--bootstrap-servers=127.0.0.1:{port}", f"--registry-url=http://127.0.0.1:{port}"]


def test_servers_that_are_down_end_it_with_one_line(free_port: int) -> None:
    done = subprocess.run([*COMMAND, *servers(free_port)], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "raw_a" in done.stderr


def test_it_ends_when_its_parent_has_ended_before_it_started(free_port: int) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()

    done = subprocess.run(
        [*COMMAND, *servers(free_port), f"--parent={ended.pid}"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_block_is_not_entered_before_the_initial_batch_is_written(free_port: int) -> None:
    endpoints = Endpoints(
        gateway_url="",
        flink_url="",
        connect_url="",
        kafka={"bootstrap.servers": f"127.0.0.1:{free_port}"},
        registry_url=f"http://127.0.0.1:{free_port}",
    )

    with pytest.raises(TransientError, match="before its initial batch"), running_generator(endpoints):
        raise AssertionError("entered")


@pytest.mark.skipif(sys.platform != "linux", reason="the signal on a parent's death is Linux'")
def test_it_ends_with_its_parent() -> None:
    """A killed parent cannot stop it; the pipe that the child holds open closes when the child ends."""
    child = (
        "import os, sys; from airflow_bluegreen.demo.generator import _end_with;"
        "_end_with(os.getppid()); print(os.getpid(), flush=True); sys.stdin.read()"
    )
    parent = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    )
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=read, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert int(process.stdout.readline()) != process.pid
        process.kill()
        assert process.stdout.read() == ""
    os.close(read)
    os.close(write)
