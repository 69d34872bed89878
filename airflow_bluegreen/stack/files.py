"""Files and folders that are there as a whole or not at all."""

import os
import shutil
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or the old one."""
    made(path.parent)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text)
    aside.replace(path)


def move_folder(ready: Path, target: Path) -> None:
    """Give a finished folder its final name; where another process was first, its folder stays."""
    try:
        ready.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(ready)


def made(folder: Path) -> Path:
    """The folder, created with its parents where it was missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
