"""Writing several files together or not at all, and showing what would be written.

What is guaranteed: however :func:`write_all` ends, by an error, a kill or a power cut, the next command that
reads or writes the folder finds all the old files or all the new ones. The new texts are laid down beside the
files with a journal of what belongs where; writing the journal is the moment at which the edit has happened.
From then on the files are replaced one after the other, each in one step, and whoever comes next finishes
that (:func:`finish_interrupted`).
"""

import difflib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow_bluegreen.exceptions import ConflictError, RefusedError, TransientError

JOURNAL_FOLDER = ".bluegreen-edit"
"""Holds an edit in the folder that is edited, and is gone when it is done."""

_JOURNAL = "journal.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A file to replace: where its new text lies, and the digests of what may be found in its place."""

    path: str
    staged: str
    before: str | None
    after: str


def unified_diff(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The difference of the files in ``after``, as ``git apply`` takes it; line ends are kept as they are."""
    parts: list[str] = []
    for path in sorted(after):
        lines = difflib.unified_diff(
            _lines(before.get(path, "")), _lines(after[path]), f"a/{path}", f"b/{path}"
        )
        for line in lines:
            parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(parts)


def write_all(root: Path, files: Mapping[str, str]) -> None:
    """Write every file, or leave all as they were.

    :param root: the folder that is edited.
    :param files: text by path from there; the folders must exist.

    Raises RefusedError where a file cannot be written, ConflictError where another edit is going on.
    """
    if not files:
        return
    with _alone(root):
        _finish(root)
        try:
            _lay_down(root, files)
        except OSError as error:
            shutil.rmtree(root / JOURNAL_FOLDER, ignore_errors=True)
            raise RefusedError(
                f"cannot write {error.filename2 or error.filename}: {error.strerror}; no file was changed",
                remedy="Make the folder writable and run it again",
            ) from error
        _finish(root)


def finish_interrupted(root: Path) -> int:
    """Bring an edit of this folder to its end that was interrupted; returns how many files it replaced.

    An edit that never got its journal has not happened and is cleared away. Raises ConflictError, and leaves
    everything as it is, where a file was changed by somebody else meanwhile.
    """
    if not (root / JOURNAL_FOLDER).is_dir():
        return 0
    with _alone(root):
        return _finish(root)


def _finish(root: Path) -> int:
    folder = root / JOURNAL_FOLDER
    if not folder.is_dir():
        return 0
    steps = _read_journal(folder)
    changed = [step.path for step in steps if not _expected(root, step)]
    if changed:
        raise ConflictError(
            f"an edit of {root} was interrupted, and {', '.join(changed)} changed since",
            remedy=f"Delete {folder} to drop the edit (`git status` shows what it replaced)",
        )
    waiting = [step for step in steps if (folder / step.staged).exists()]
    try:
        for step in waiting:
            os.replace(folder / step.staged, root / step.path)
        for parent in {(root / step.path).parent for step in waiting}:
            _flush(parent)
    except OSError as error:
        raise TransientError(
            f"cannot write {error.filename2 or error.filename}: {error.strerror}; some files are replaced",
            remedy="Mend that and run it again: it replaces the others first",
        ) from error
    shutil.rmtree(folder)
    return len(waiting)


def _lay_down(root: Path, files: Mapping[str, str]) -> None:
    _check_targets(root, files)
    folder = root / JOURNAL_FOLDER
    folder.mkdir()
    _write_journal(folder, [_stage(root, number, *file) for number, file in enumerate(files.items())])


def _lines(text: str) -> list[str]:
    """Split at newlines only: str.splitlines would also split at form feeds and lone carriage returns."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Held while an edit is prepared or finished, so that two commands do not do it at once."""
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(f"{root} is being edited", remedy="Wait for the other command") from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


def _check_targets(root: Path, files: Mapping[str, str]) -> None:
    """Find out before anything is replaced what would stop it."""
    for path in files:
        target = root / path
        if target.is_dir():
            raise RefusedError(
                f"{path} is a folder; no file was changed", remedy="Move the folder out of the way"
            )
        if not os.access(target.parent, os.W_OK | os.X_OK):
            what = "cannot be written" if target.parent.is_dir() else "does not exist"
            raise RefusedError(
                f"the folder of {path} {what}; no file was changed",
                remedy="Make the folder writable and run it again",
            )


def _stage(root: Path, number: int, path: str, text: str) -> _Step:
    target, staged = root / path, root / JOURNAL_FOLDER / str(number)
    content = text.encode()
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
    before = _digest(target.read_bytes()) if target.exists() else None
    return _Step(path=path, staged=staged.name, before=before, after=_digest(content))


def _write_journal(folder: Path, steps: list[_Step]) -> None:
    draft = folder / f"{_JOURNAL}.draft"
    entries = [
        {"path": step.path, "staged": step.staged, "before": step.before, "after": step.after}
        for step in steps
    ]
    with draft.open("w", encoding="utf-8") as file:
        json.dump(entries, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, folder / _JOURNAL)
    _flush(folder)
    _flush(folder.parent)


def _read_journal(folder: Path) -> list[_Step]:
    try:
        entries = json.loads((folder / _JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    steps = [_Step(**entry) for entry in entries]
    # The folder may come with a checkout from anybody, and must not lead out of it.
    if any(not _is_inside(folder.parent, step) for step in steps):
        raise ConflictError(f"{folder} was not left there by this command", remedy=f"Delete {folder}")
    return steps


def _is_inside(root: Path, step: _Step) -> bool:
    parts = Path(step.path).parts
    target = (root / step.path).parent.resolve()
    return (
        step.staged.isdigit()
        and not any(part == ".." or part.lower() == ".git" for part in parts)
        and target.is_relative_to(root.resolve())
    )


def _expected(root: Path, step: _Step) -> bool:
    """Whether the file is as it was before the edit, or as it is to be."""
    target = root / step.path
    return (_digest(target.read_bytes()) if target.exists() else None) in (step.before, step.after)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _flush(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
