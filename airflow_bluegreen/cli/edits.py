"""Writing several files together or not at all, and showing what would be written."""

import difflib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from airflow_bluegreen.exceptions import RefusedError


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


def write_all(files: Mapping[Path, str]) -> None:
    """Write every file, or leave all as they were.

    The texts are written beside their targets first and then renamed over them; if a rename fails, what was
    replaced is put back. Raises RefusedError.
    """
    staged: dict[Path, Path] = {}
    replaced: dict[Path, bytes | None] = {}
    try:
        for target, text in files.items():
            staged[target] = _stage(target, text)
        for target, temporary in staged.items():
            before = target.read_bytes() if target.exists() else None
            os.replace(temporary, target)
            replaced[target] = before
    except OSError as error:
        _put_back(replaced)
        raise RefusedError(
            f"cannot write {error.filename2 or error.filename}: {error.strerror}; no file was changed",
            remedy="Make the folder writable and run it again",
        ) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def _lines(text: str) -> list[str]:
    """Split at newlines only: str.splitlines would also split at form feeds and lone carriage returns."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _stage(target: Path, text: str) -> Path:
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
    os.chmod(name, mode)
    return Path(name)


def _put_back(replaced: Mapping[Path, bytes | None]) -> None:
    for target, before in replaced.items():
        with suppress(OSError):
            if before is None:
                target.unlink()
            else:
                target.write_bytes(before)
