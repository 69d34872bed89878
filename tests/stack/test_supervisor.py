"""The supervisor with harmless programs in place of servers: nothing outlives what it belongs to."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from airflow_bluegreen.stack.parts import Part
from airflow_bluegreen.stack.place import Place
from airflow_bluegreen.stack.processes import ProcessId, end, find, identify
from airflow_bluegreen.stack.state import Launch, StackState, read_state, write_launch

SLEEP = ("/bin/sleep", "300")
STUBBORN = (sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(300)")


def eventually(condition: Callable[[], object]) -> bool:
    polling = Retrying(
        retry=retry_if_result(lambda seen: not seen),
        stop=stop_after_delay(15),
        wait=wait_fixed(0.05),
        retry_error_callback=lambda _: False,
    )
    return bool(polling(condition))


class Supervised:
    """A supervisor of two programs in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.place = Place(root=directory)
        self.place.logs.mkdir(parents=True)
        self.started: list[ProcessId] = []

    def start(
        self,
        *commands: tuple[str, ...],
        owner: ProcessId | None = None,
        archive: str = "",
        recorded_to: str = "",
    ) -> StackState:
        parts = tuple(
            Part(
                name=f"part-{number}",
                port=number,
                command=command,
                directory="/",
                loads=(),
                archive=archive,
                recorded_to=recorded_to,
            )
            for number, command in enumerate(commands)
        )
        write_launch(self.place.launch_file, Launch(parts=parts, ports={}, owner=owner))
        command = [sys.executable, "-m", "airflow_bluegreen.stack.supervisor", str(self.place.root)]
        self.process = subprocess.Popen(command, start_new_session=True)
        assert eventually(lambda: read_state(self.place.state_file))
        state = self.state()
        self.started += state.processes
        return state

    def state(self) -> StackState:
        state = read_state(self.place.state_file)
        assert state is not None
        return state

    def running(self) -> list[str]:
        return [part.name for part in self.state().parts if find(part.process)]

    def clean_up(self) -> None:
        end(self.started, grace_seconds=0)
        self.process.wait()


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    subject = Supervised(tmp_path / "stack")
    yield subject
    subject.clean_up()


def test_programs_are_started_and_known(supervised: Supervised) -> None:
    state = supervised.start(SLEEP, SLEEP)
    assert [part.name for part in state.parts] == ["part-0", "part-1"]
    assert supervised.running() == ["part-0", "part-1"]
    assert find(state.supervisor) is not None


def test_what_a_program_prints_is_in_its_log(supervised: Supervised) -> None:
    supervised.start(("/bin/echo", "hello"))
    assert eventually(lambda: supervised.place.log("part-0").read_text() == "hello\n")


def test_terminate_stops_everything(supervised: Supervised) -> None:
    state = supervised.start(SLEEP, SLEEP)
    os.kill(state.supervisor.pid, signal.SIGTERM)
    assert supervised.process.wait(timeout=15) == 0
    assert supervised.running() == []
    assert [part.exit_code for part in supervised.state().parts] == [-15, -15]


def test_interrupt_stops_even_what_ignores_signals_at_once(supervised: Supervised) -> None:
    state = supervised.start(STUBBORN)
    os.kill(state.supervisor.pid, signal.SIGINT)
    assert supervised.process.wait(timeout=15) == 0
    assert supervised.running() == []


def test_nothing_outlives_a_killed_supervisor(supervised: Supervised) -> None:
    state = supervised.start(SLEEP, STUBBORN)
    os.kill(state.supervisor.pid, signal.SIGKILL)
    supervised.process.wait(timeout=15)
    assert eventually(lambda: not supervised.running())


def test_nothing_outlives_a_killed_owner(supervised: Supervised) -> None:
    owner = subprocess.Popen(SLEEP)
    supervised.start(SLEEP, STUBBORN, owner=identify(owner.pid))
    owner.kill()
    owner.wait()
    assert supervised.process.wait(timeout=15) == 0
    assert supervised.running() == []


def test_an_owner_that_lives_keeps_the_stack(supervised: Supervised) -> None:
    supervised.start(SLEEP, owner=identify(os.getpid()))
    with pytest.raises(subprocess.TimeoutExpired):
        supervised.process.wait(timeout=1.5)
    assert supervised.running() == ["part-0"]


def test_the_exit_code_of_an_ended_program_is_kept(supervised: Supervised) -> None:
    supervised.start(SLEEP, ("/bin/sh", "-c", "exit 7"))
    assert eventually(lambda: supervised.state().parts[1].exit_code == 7)
    assert supervised.running() == ["part-0"]


def test_a_hangup_starts_what_has_ended_and_only_that(supervised: Supervised) -> None:
    before = supervised.start(SLEEP, SLEEP)
    os.kill(before.parts[1].process.pid, signal.SIGKILL)
    assert eventually(lambda: supervised.state().parts[1].exit_code == -9)
    os.kill(before.supervisor.pid, signal.SIGHUP)
    assert eventually(lambda: supervised.state().repairs == 1)
    after = supervised.state()
    supervised.started += after.processes
    assert supervised.running() == ["part-0", "part-1"]
    assert after.parts[0].process == before.parts[0].process
    assert after.parts[1].process != before.parts[1].process


def test_an_archive_is_kept_when_the_program_ended_in_order(supervised: Supervised, tmp_path: Path) -> None:
    archive, recorded = tmp_path / "kept.jsa", tmp_path / ".recorded.jsa"
    program = f"trap 'echo classes > {recorded}; exit 143' TERM; while true; do sleep 0.1; done"
    state = supervised.start(("/bin/sh", "-c", program), archive=str(archive), recorded_to=str(recorded))
    os.kill(state.supervisor.pid, signal.SIGTERM)
    supervised.process.wait(timeout=15)
    assert archive.read_text() == "classes\n"
    assert not recorded.exists()
