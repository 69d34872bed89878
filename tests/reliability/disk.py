"""A disk for checkpoints that can be full."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SIZE_MB = 8
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallDisk:
    """The folder of the checkpoints; ``mounted`` when it is a file system of its own, a few MiB in memory.

    Where this user may not mount one, a file stands in the folder's place while it is "full": writing fails
    as well, for another reason.
    """

    folder: Path
    mounted: bool

    @classmethod
    def lay(cls, folder: Path) -> "SmallDisk":
        folder.mkdir(parents=True, exist_ok=True)
        mounting = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "tmpfs", str(folder)]
        program = shutil.which("mount")
        done = subprocess.run(mounting, capture_output=True, check=False) if program else None
        return cls(folder=folder, mounted=bool(done and done.returncode == 0))

    @property
    def _aside(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.aside")

    def fill(self) -> None:
        """From now on nothing can be written there."""
        if not self.mounted:
            self.folder.rename(self._aside)
            self.folder.touch()
            return
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(_CHUNK)):
                    pass
            except OSError:
                return

    def clear(self) -> None:
        """There is room again."""
        if self.mounted:
            (self.folder / "ballast").unlink(missing_ok=True)
        elif self._aside.exists():
            self.folder.unlink()
            self._aside.rename(self.folder)

    def take_away(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True, capture_output=True)
