"""The folders and files of one stack."""

from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 60.0
"""How long servers may take to stop in order. They need a second or two, and more the first time, when each
writes the archive of its classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Everything that a stack keeps lies under ``root``."""

    root: Path

    @property
    def conf(self) -> Path:
        """Configuration files of the servers."""
        return self.root / "conf"

    @property
    def gateway_conf(self) -> Path:
        """Configuration of the SQL gateway, which finds the JobManager by its address, without ZooKeeper."""
        return self.conf / "gateway"

    @property
    def data(self) -> Path:
        """What the servers store; emptied by each start."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        """A log for each part and one for the supervisor."""
        return self.root / "logs"

    @property
    def lock_file(self) -> Path:
        """Held while the stack is started or stopped."""
        return self.root / "lock"

    @property
    def launch_file(self) -> Path:
        """What the supervisor is to start."""
        return self.root / "launch.json"

    @property
    def state_file(self) -> Path:
        """What runs."""
        return self.root / "state.json"

    def log(self, part: str) -> Path:
        """The log of the part of that name."""
        return self.logs / f"{part}.log"
