"""A stack in a directory: start it, look at it, stop it."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_bluegreen.stack.extra import require_extra
from airflow_bluegreen.stack.place import Place
from airflow_bluegreen.stack.status import PartStatus, Progress, silent

if TYPE_CHECKING:
    from airflow_bluegreen.core.model import Endpoints
    from airflow_bluegreen.stack.control import Control


class LocalStack:
    """The Kafka, Flink, Connect and registry of ``directory``.

    :param directory: holds configuration, data, logs and state of this stack; created by :meth:`up`.
    """

    def __init__(self, directory: Path) -> None:
        self.place = Place(root=directory.expanduser().resolve())

    def up(
        self,
        owned: bool = False,
        progress: Progress = silent,
        extras: Collection[str] = (),
        *,
        keep_jobs: bool = False,
    ) -> "Endpoints":
        """Start the stack afresh, or answer with the one that runs, its ended parts started again.

        :param owned: the stack ends with the calling process, however that ends.
        :param extras: optional parts: ``iceberg`` and ``jdbc`` (with a PostgreSQL) for Connect.
        :param keep_jobs: a ZooKeeper runs beside Flink, so that jobs outlive the JobManager.
        :raises ConfigurationError: the optional dependencies are missing, a part ended at once, or a stack
            runs that has not all of ``extras``.
        :raises TransientError: a download broke off, or a part did not answer in time.
        """
        return self._control().up(
            owned=owned, progress=progress, extras=tuple(sorted(extras)), keep_jobs=keep_jobs
        )

    def restart(self, part: str, *, at_once: bool = False, progress: Progress = silent) -> None:
        """End one part and start it again, with the configuration file that is there now.

        What has ended besides is started again, too.

        :param at_once: kill it, rather than let it end in order.
        :raises ConfigurationError: no stack runs here, or it has no such part.
        :raises TransientError: it did not answer in time.
        """
        self._control().restart(part, at_once=at_once, progress=progress)

    def halt(self, part: str) -> None:
        """Kill one part and leave it down, until :meth:`up` or :meth:`restart`.

        :raises ConfigurationError: no stack runs here, or it has no such part.
        """
        self._control().halt(part)

    def down(self) -> bool:
        """Stop every process of the stack; False when none ran."""
        return self._control().down()

    def endpoints(self) -> "Endpoints":
        """The addresses of the running stack.

        :raises ConfigurationError: none runs in this directory.
        """
        return self._control().endpoints()

    def status(self) -> tuple[PartStatus, ...]:
        """Each part with its health; empty when no stack was ever started in this directory."""
        return self._control().status()

    def _control(self) -> "Control":
        # Imported late: it needs the optional dependencies, and a missing one is to be a clear error.
        require_extra()
        from airflow_bluegreen.stack.control import Control

        return Control(self.place)
