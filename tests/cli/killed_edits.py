"""Kills an edit at each of its acts on the file system, and prints what is there afterwards, a line a kill.

Run as a program: it forks, which a test process with threads should not.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from airflow_bluegreen.cli.edits import finish_interrupted, write_all

FILES = {"a.sql": "new a", "sub/b.sql": "new b", "c.sql": "new c"}
EVENTS = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"})


def prepare(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    (root / "sub").mkdir(parents=True)
    (root / "a.sql").write_text("old a")
    (root / "sub" / "b.sql").write_text("old b")


def found(root: Path) -> dict[str, str]:
    return {
        str(file.relative_to(root)): file.read_text() for file in sorted(root.rglob("*")) if file.is_file()
    }


def kill_at(root: Path, number: int) -> bool:
    """Edit in a child that dies right before its act with that number; whether it came that far."""
    child = os.fork()
    if child == 0:
        left = number

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in EVENTS:
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.addaudithook(count)
        write_all(root, FILES)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def main(root: Path) -> None:
    number, killed = 0, True
    while killed:
        prepare(root)
        killed = kill_at(root, number)
        finished = finish_interrupted(root)
        print(json.dumps({"killed": killed, "finished": finished, "files": found(root)}))
        number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
