"""What the cache holds once everything is downloaded."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Where things are: class paths as jar paths, plugin folders of Connect, the unpacked registry.

    ``postgres`` is the unpacked database server, None in a stack without.
    """

    flink: tuple[Path, ...]
    kafka: tuple[Path, ...]
    plugins: tuple[Path, ...]
    registry: Path
    cache: Path
    postgres: Path | None = None
