"""One stack under one lock: who comes first starts or stops it, the others see the result."""

import os
import signal

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack.addresses import endpoints_of
from airflow_bluegreen.stack.health import is_healthy
from airflow_bluegreen.stack.launching import await_healthy, launch
from airflow_bluegreen.stack.lock import file_lock
from airflow_bluegreen.stack.place import STOP_SECONDS, Place
from airflow_bluegreen.stack.processes import end, find
from airflow_bluegreen.stack.state import PartState, read_launch, read_state, running_state
from airflow_bluegreen.stack.status import PartStatus, Progress

_MARGIN_SECONDS = 10.0


class Control:
    """What :class:`LocalStack` does, once its dependencies are known to be there."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def up(
        self, *, owned: bool, progress: Progress, extras: tuple[str, ...] = (), keep_jobs: bool = False
    ) -> Endpoints:
        """Start the stack, or answer with the one that runs."""
        with file_lock(self._place.lock_file):
            running = self._repaired(progress, extras)
            if running:
                self._refuse_other_kind(keep_jobs=keep_jobs)
                return running
            # What a killed supervisor may have left where the kernel did not end it.
            self._stop(at_once=True)
            try:
                return launch(self._place, owned=owned, progress=progress, extras=extras, keep_jobs=keep_jobs)
            except BaseException:
                self._stop(at_once=True)
                raise

    def down(self) -> bool:
        """Stop the stack in order; False when none ran."""
        with file_lock(self._place.lock_file):
            return self._stop(at_once=False)

    def restart(self, name: str, *, at_once: bool, progress: Progress) -> None:
        """End one part as it would end by itself, or with SIGKILL, and start it again."""
        with file_lock(self._place.lock_file):
            part = self._part(name)
            end([part.process], grace_seconds=0.0 if at_once else STOP_SECONDS, politely=not at_once)
            self._repaired(progress)

    def halt(self, name: str) -> None:
        """Kill one part and leave it down."""
        with file_lock(self._place.lock_file):
            end([self._part(name).process], grace_seconds=0.0, politely=False)

    def endpoints(self) -> Endpoints:
        """The addresses of the running stack."""
        state = running_state(self._place.state_file)
        if state is None:
            raise self._none_runs()
        return endpoints_of(state.ports)

    def status(self) -> tuple[PartStatus, ...]:
        """Each part with its health."""
        state = read_state(self._place.state_file)
        if state is None:
            return ()
        endpoints = endpoints_of(state.ports)
        return tuple(self._look_at(part, endpoints) for part in state.parts)

    def _part(self, name: str) -> PartState:
        state = running_state(self._place.state_file)
        if state is None:
            raise self._none_runs()
        for part in state.parts:
            if part.name == name:
                return part
        names = ", ".join(part.name for part in state.parts)
        raise ConfigurationError(f"the stack has no part {name}", remedy=f"Its parts are {names}")

    def _none_runs(self) -> ConfigurationError:
        return ConfigurationError(
            f"no stack runs in {self._place.root}", remedy="Start one with: bluegreen stack up"
        )

    def _refuse_other_kind(self, *, keep_jobs: bool) -> None:
        state = read_state(self._place.state_file)
        if keep_jobs and state and not any(part.name == "zookeeper" for part in state.parts):
            raise ConfigurationError(
                f"the stack that runs in {self._place.root} loses its jobs with the JobManager",
                remedy="Stop it first: bluegreen stack down",
            )

    def _look_at(self, part: PartState, endpoints: Endpoints) -> PartStatus:
        runs = find(part.process) is not None
        answers = runs and is_healthy(part.name, endpoints)
        return PartStatus(
            name=part.name,
            pid=part.process.pid if runs else None,
            port=part.port,
            health="ok" if answers else "no answer" if runs else "down",
            exit_code=part.exit_code,
            log=str(self._place.log(part.name)),
        )

    def _repaired(self, progress: Progress, extras: tuple[str, ...] = ()) -> Endpoints | None:
        """The endpoints of a stack that runs already, its ended parts started again; None when none runs."""
        state = running_state(self._place.state_file)
        if state is None:
            return None
        missing = sorted({*extras} - {*read_launch(self._place.launch_file).extras})
        if missing:
            raise ConfigurationError(
                f"the stack in {self._place.root} runs without {', '.join(missing)}",
                remedy="Stop it with: bluegreen stack down; then start it again",
            )
        ended = [part for part in state.parts if find(part.process) is None]
        for part in ended:
            progress(part.name, "has ended, starting it again")
        if ended:
            os.kill(state.supervisor.pid, signal.SIGHUP)
        await_healthy(self._place, state.supervisor, progress, repairs=state.repairs + bool(ended))
        return endpoints_of(state.ports)

    def _stop(self, *, at_once: bool) -> bool:
        state = read_state(self._place.state_file)
        if state is None or not any(map(find, state.processes)):
            return False
        if at_once and find(state.supervisor):
            os.kill(state.supervisor.pid, signal.SIGINT)
        # The supervisor stops its servers; whatever it leaves is then stopped here.
        end([state.supervisor], grace_seconds=STOP_SECONDS + _MARGIN_SECONDS)
        end(state.processes, grace_seconds=_MARGIN_SECONDS)
        return True
