"""From nothing to a supervised set of processes that answer."""

import os
import shutil
import sys
from pathlib import Path

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.exceptions import ConfigurationError, TransientError
from airflow_bluegreen.stack.addresses import endpoints_of
from airflow_bluegreen.stack.archives import with_archives
from airflow_bluegreen.stack.artifacts import cache_directory, install
from airflow_bluegreen.stack.free_ports import pick_ports
from airflow_bluegreen.stack.health import is_healthy
from airflow_bluegreen.stack.installed import Installed
from airflow_bluegreen.stack.java import find_java
from airflow_bluegreen.stack.kafka_storage import format_storage
from airflow_bluegreen.stack.parts import PORT_NAMES, config_files, stack_parts
from airflow_bluegreen.stack.place import Place
from airflow_bluegreen.stack.postgres import postgres_part
from airflow_bluegreen.stack.processes import ProcessId, find, identify
from airflow_bluegreen.stack.state import (
    Launch,
    StackState,
    last_ports,
    read_state,
    write_launch,
)
from airflow_bluegreen.stack.status import Progress

_START_SECONDS = 300.0
_POLL_SECONDS = 0.2
_LOG_LINES = 3


def launch(
    place: Place,
    *,
    owned: bool,
    progress: Progress,
    extras: tuple[str, ...] = (),
    keep_jobs: bool = False,
) -> Endpoints:
    """Start a fresh stack in ``place``, with the optional parts asked for, and wait until all parts answer.

    The ports of the last stack in this place are taken again where they are free, so that addresses which
    people have written down stay right.

    :raises ConfigurationError: a part ended at once.
    :raises TransientError: a download broke off, or a part did not answer in time.
    """
    java = find_java()
    installed = install(cache_directory(), progress, extras)
    names = (*PORT_NAMES, *(("postgres",) if installed.postgres else ()))
    ports = pick_ports(names, last_ports(place.launch_file))
    _lay_out(place, ports, installed, java, keep_jobs=keep_jobs)
    servers = stack_parts(java, installed, place, ports, keep_jobs=keep_jobs)
    parts = with_archives(servers, java, installed.cache)
    if installed.postgres:
        parts = (*parts, postgres_part(installed.postgres, place.data / "postgres", ports["postgres"]))
    owner = identify(os.getpid()) if owned else None
    write_launch(place.launch_file, Launch(parts=parts, ports=ports, owner=owner, extras=extras))
    progress("stack", f"starting in {place.root}")
    await_healthy(place, _supervise(place), progress)
    return endpoints_of(ports)


def _lay_out(
    place: Place, ports: dict[str, int], installed: Installed, java: Path, *, keep_jobs: bool
) -> None:
    """Fresh folders: data that an earlier run left would not fit the empty Flink cluster and registry."""
    place.state_file.unlink(missing_ok=True)
    for folder in (place.data, place.logs):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (place.gateway_conf, place.logs, place.data / "flink" / "tmp"):
        folder.mkdir(parents=True, exist_ok=True)
    for path, text in config_files(place, ports, installed.plugins, keep_jobs=keep_jobs).items():
        path.write_text(text)
    format_storage(java, installed, place.data / "kafka")


def _supervise(place: Place) -> ProcessId:
    """Start the supervisor in a session of its own, so that Ctrl-C in the terminal does not reach it."""
    with (place.log("supervisor")).open("ab") as log, open(os.devnull, "rb") as nothing:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "airflow_bluegreen.stack.supervisor", str(place.root)],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ],
            setsid=True,
        )
    return identify(pid)


def await_healthy(place: Place, supervisor: ProcessId, progress: Progress, repairs: int = 0) -> None:
    """Wait until every part of the stack answers.

    :param repairs: look only at states that the supervisor wrote after so many repairs.

    :raises ConfigurationError: one of them has ended; the message ends with the last lines of its log.
    :raises TransientError: one did not answer in five minutes.
    """
    waiting: set[str] = set()
    healthy: set[str] = set()

    def all_healthy() -> bool:
        _refuse_ended_supervisor(place, supervisor)
        state = read_state(place.state_file)
        if state is None or state.repairs < repairs:
            return False
        _refuse_ended(place, state)
        waiting.update(part.name for part in state.parts)
        endpoints = endpoints_of(state.ports)
        for name in sorted(waiting - healthy):
            if is_healthy(name, endpoints):
                healthy.add(name)
                progress(name, "up")
        return healthy == waiting

    polling = Retrying(
        retry=retry_if_result(lambda done: not done),
        stop=stop_after_delay(_START_SECONDS),
        wait=wait_fixed(_POLL_SECONDS),
        retry_error_callback=lambda _: False,
    )
    if not polling(all_healthy):
        late = ", ".join(sorted(waiting - healthy)) or "the supervisor"
        raise TransientError(
            f"{late} did not answer within {_START_SECONDS:.0f} s",
            remedy=f"The logs are in {place.logs}; on a busy machine run the same command again",
        )


def _refuse_ended_supervisor(place: Place, supervisor: ProcessId) -> None:
    if find(supervisor) is None:
        raise ConfigurationError(
            f"the supervisor of the stack ended: {_last_words(place, 'supervisor')}",
            remedy=f"Its log is {place.log('supervisor')}",
        )


def _refuse_ended(place: Place, state: StackState) -> None:
    for part in state.parts:
        if part.exit_code is not None:
            raise ConfigurationError(
                f"{part.name} ended with code {part.exit_code}: {_last_words(place, part.name)}",
                remedy=f"Its log is {place.log(part.name)}",
            )


def _last_words(place: Place, part: str) -> str:
    lines = place.log(part).read_text(errors="replace").splitlines()
    telling = [line for line in lines if "ERROR" in line or "Exception" in line]
    return " | ".join(line.strip() for line in (telling or lines)[-_LOG_LINES:])
