"""What a stack tells about itself."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, str], None]
"""Told (part or step, what it does now), each a word or a short phrase."""


def silent(_part: str, _doing: str) -> None:
    """A progress report that goes nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """One part as seen from outside.

    ``health`` is ``ok``, ``no answer`` or ``down``; ``exit_code`` is set when it has ended (negative: the
    signal that killed it).
    """

    name: str
    pid: int | None
    port: int
    health: str
    exit_code: int | None
    log: str
