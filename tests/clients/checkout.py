"""A git checkout on disk, worked in as a person would."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Checkout:
    """Commits by Ada, on one January day after the other; reads no configuration of this machine."""

    def __init__(self, path: Path, branch: str = "main", options: Sequence[str] = ()) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", f"--initial-branch={branch}", *options)
        self.days = 0

    def git(self, *arguments: str, date: str = "2025-01-01T12:00:00+00:00") -> str:
        person = {"NAME": "Ada", "EMAIL": "ada@example.com", "DATE": date}
        environment = {
            f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()
        }
        home = {"HOME": str(self.path.parent), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**home, **environment},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None], *, date: str | None = None) -> str:
        for name, text in files.items():
            file = self.path / name
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        self.days += 1
        self.git("add", "--all")
        self.git(
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "work",
            date=date or f"2025-01-{self.days:02d}T12:00:00+00:00",
        )
        return self.git("rev-parse", "HEAD")
