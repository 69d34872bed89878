"""Durations as people write them: ``30s``, ``10m``, ``12h``, ``7d``."""

import re

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])\Z")
PATTERN = r"^\d+(\.\d+)?\s*[smhd]$"
"""What a duration looks like, for schemas and forms."""


def read_duration(text: object) -> float:
    """Seconds. Raises ValueError for anything but a number with ``s``, ``m``, ``h`` or ``d``."""
    found = _DURATION.match(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is no duration: write a number with s, m, h or d, such as 10m")
    return float(found[1]) * _UNITS[found[2]]


def in_words(seconds: float) -> str:
    """The largest unit that says it without a fraction, and whole seconds: 600 → ``10m``."""
    whole = round(seconds)
    for unit, length in reversed(_UNITS.items()):
        if whole and whole % int(length) == 0:
            return f"{whole // int(length)}{unit}"
    return f"{whole}s"
