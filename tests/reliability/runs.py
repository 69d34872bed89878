"""Commands of a release, each a process of its own, and what came of it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.reliability.points import Point

LONGEST_S = 900.0
"""Most of them take seconds; a machine with much else to do takes its time."""
_LOOK_S = 0.05
_NUMBERS = count(1)
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that is over. ``points`` are the places it came by, in their order."""

    command: str
    code: int
    seconds: float
    points: tuple[Point, ...]
    sessions: tuple[str, ...]
    told: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    @property
    def message(self) -> str:
        """What the command said last, its error if it failed."""
        lines = [line for line in self.told.splitlines() if line.strip()]
        return re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]) if lines else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs the commands of one project, from a folder of their diaries."""

    project: Path
    folder: Path
    variables: Mapping[str, str]

    def run(
        self,
        command: str,
        release: str,
        *,
        kill: Point | None = None,
        pauses: Sequence[Point] = (),
        at_pause: Callable[[Point], None] = lambda _: None,
        more: Sequence[str] = (),
    ) -> Ended:
        """Run a command to its end; at a pause it waits until ``at_pause`` has returned."""
        self.folder.mkdir(parents=True, exist_ok=True)
        diary = self.folder / f"{next(_NUMBERS):04d}-{command}.jsonl"
        own = ["--kill", str(kill)] if kill else []
        if command == "cut-over":
            more = [*more, "--observe", "0s"]
        for point in pauses:
            own += ["--pause", str(point)]
        started = time.monotonic()
        with diary.with_suffix(".txt").open("w") as told:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.reliability.driver", "--diary", str(diary), *own, "--"),
                    *(command, "--release", release, "--project", str(self.project), *more),
                ],
                cwd=ROOT,
                env={**os.environ, **self.variables},
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
            )
            try:
                _follow(process, diary, tuple(pauses), at_pause)
            finally:
                process.kill()
                process.wait()
        entries = _entries(diary)
        return Ended(
            command=command,
            code=process.returncode,
            seconds=time.monotonic() - started,
            points=tuple(Point.read(entry["point"]) for entry in entries if "point" in entry),
            sessions=tuple(entry["session"] for entry in entries if "session" in entry),
            told=diary.with_suffix(".txt").read_text(),
        )


def _follow(
    process: subprocess.Popen[bytes],
    diary: Path,
    pauses: tuple[Point, ...],
    at_pause: Callable[[Point], None],
) -> None:
    until = time.monotonic() + LONGEST_S
    done: set[str] = set()
    while process.poll() is None:
        assert time.monotonic() < until, f"{diary.name} did not end: {diary.with_suffix('.txt').read_text()}"
        for entry in _entries(diary) if pauses else ():
            name = entry.get("paused")
            if name and name not in done:
                done.add(name)
                at_pause(Point.read(name))
                diary.with_suffix(f".go-{pauses.index(Point.read(name))}").touch()
        time.sleep(_LOOK_S)


def _entries(diary: Path) -> list[dict[str, str]]:
    """What was written whole: a process that is killed may leave half a line."""
    text = diary.read_text() if diary.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
