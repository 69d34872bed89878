"""A small Airflow of its own on this machine: for the demo and for tests that want the real thing.

The four parts are started one by one and not by ``airflow standalone``, because that opens its log servers
to the network and is slower.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import psutil

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.demo.airflow_client import AirflowClient, poll
from airflow_bluegreen.demo.airflow_settings import airflow_settings
from airflow_bluegreen.demo.airflow_supervisor import STOP_SECONDS, Launch
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack.free_ports import HOST, pick_ports

_HEALTHY_SECONDS = 400.0
"""On two idle cores it takes twenty; a machine that is busy otherwise takes many times as long."""
_MIGRATE_SECONDS = 120.0
_LOG_LINES = 5
_PARTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server", "--host", HOST, "--port", "{port}"),
    # -s: no log server, which would listen on every interface; the logs are read from the disk.
    "scheduler": ("scheduler", "-s"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "-s"),
}


class LocalAirflow:
    """API server, scheduler, DAG processor and triggerer over SQLite, everything in ``home``.

    Used as a context manager: entering starts it and returns the client, leaving stops every process of it.
    The logs stay in ``home``. It ends with the process that started it, however that ends.

    :param home: the folder for database, configuration and logs; created where it is missing.
    :param dags: the folder with the DAG files.
    :param endpoints: become the default connections (``flink_gateway_default`` and so on).
    :param settings: further environment variables for every part, such as ``AIRFLOW__BLUEGREEN__PROJECT``.
    :param restart: start a part again that ends by itself, instead of ending all.
    """

    def __init__(
        self,
        home: Path,
        *,
        dags: Path,
        endpoints: Endpoints | None = None,
        settings: Mapping[str, str] | None = None,
        restart: bool = False,
    ) -> None:
        self.home = home.expanduser().resolve()
        self.dags = dags.expanduser().resolve()
        self._endpoints = endpoints
        self._settings = dict(settings or {})
        self._restart = restart
        self._supervisor: subprocess.Popen[str] | None = None
        self._client: AirflowClient | None = None

    def __enter__(self) -> AirflowClient:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> AirflowClient:
        """Create the database, start the parts and wait until all four are healthy.

        :raises ConfigurationError: a part ended; the message ends with its log.
        :raises TransientError: they did not become healthy in three minutes.
        """
        port = pick_ports(("api-server",))["api-server"]
        environment = {**airflow_settings(self.home, self.dags, port, self._endpoints), **self._settings}
        self.log("supervisor").parent.mkdir(parents=True, exist_ok=True)
        self._migrate(environment)
        self._supervisor = self._launch(environment, port)
        client = self._client = AirflowClient(f"http://{HOST}:{port}")
        try:
            poll(
                lambda: self._is_healthy(client),
                bool,
                timeout=_HEALTHY_SECONDS,
                what="Airflow to become healthy",
            )
        except BaseException:
            self.stop()
            raise
        return client

    def stop(self) -> None:
        """End every process of it: politely, then by force."""
        if self._client is not None:
            self._client.close()
        if self._supervisor is None:
            return
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()
        try:
            self._supervisor.wait(2 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in (*self.processes, self._supervisor.pid):
                _kill(pid)
            self._supervisor.wait()

    @property
    def processes(self) -> tuple[int, ...]:
        """The pids of the parts and of everything they started."""
        if self._supervisor is None or self._supervisor.poll() is not None:
            return ()
        return tuple(child.pid for child in psutil.Process(self._supervisor.pid).children(recursive=True))

    def pid(self, part: str) -> int:
        """The process that a part runs in now."""
        return int(self.log(part).with_suffix(".pid").read_text())

    def log(self, part: str) -> Path:
        """The log of ``api-server``, ``scheduler``, ``dag-processor``, ``triggerer`` or ``supervisor``."""
        return self.home / "part-logs" / f"{part}.log"

    def _migrate(self, environment: Mapping[str, str]) -> None:
        with self.log("migrate").open("w") as log:
            done = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env={**os.environ, **environment},
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=_MIGRATE_SECONDS,
                check=False,
            )
        if done.returncode:
            raise self._ended(f"airflow db migrate ended with code {done.returncode}", "migrate")

    def _launch(self, environment: Mapping[str, str], port: int) -> subprocess.Popen[str]:
        commands = {
            name: (sys.executable, "-m", "airflow", *(word.format(port=port) for word in words))
            for name, words in _PARTS.items()
        }
        logs = str(self.log("supervisor").parent)
        launch = Launch(
            commands=commands,
            environment=environment,
            directory=str(self.home),
            logs=logs,
            restart=self._restart,
        )
        with self.log("supervisor").open("w") as log:
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "airflow_bluegreen.demo.airflow_supervisor"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                # A session of its own, so that Ctrl-C in the terminal reaches the caller alone.
                start_new_session=True,
            )
        assert supervisor.stdin is not None
        supervisor.stdin.write(launch.as_line())
        supervisor.stdin.flush()
        return supervisor

    def _is_healthy(self, client: AirflowClient) -> bool:
        if self._supervisor is not None and self._supervisor.poll() is not None:
            said = self.log("supervisor").read_text(errors="replace").strip() or "the supervisor ended"
            raise self._ended(f"Airflow's {said}", said.partition(" ")[0])
        return client.is_healthy()

    def _ended(self, what: str, part: str) -> ConfigurationError:
        log = self.log(part) if self.log(part).exists() else self.log("supervisor")
        lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return ConfigurationError(f"{what}: {' | '.join(lines)}", remedy=f"Its log is {log}")


def _kill(pid: int) -> None:
    if psutil.pid_exists(pid):
        psutil.Process(pid).kill()
