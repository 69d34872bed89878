"""The signs of the verdicts, each with a shape of its own, and the names of places in the page."""

from collections.abc import Mapping
from urllib.parse import quote

from airflow_bluegreen.report.content import Standing

_CIRCLE = '<circle class="shape" cx="8" cy="8" r="7"/>'
_SQUARE = '<rect class="shape" x="1.2" y="1.2" width="13.6" height="13.6" rx="2.6"/>'
_RING = '<circle class="ring" cx="8" cy="8" r="6.2"/>'
_TRIANGLE = '<path class="shape" d="M8 1.2 15.3 14a.7.7 0 0 1-.6 1H1.3a.7.7 0 0 1-.6-1z"/>'

_DRAWN: Mapping[Standing, str] = {
    Standing.FAIL: f'{_SQUARE}<path class="glyph" d="M5.2 5.2 10.8 10.8M10.8 5.2 5.2 10.8"/>',
    Standing.WARN: f'{_TRIANGLE}<path class="glyph" d="M8 6v4M8 12.3v.1"/>',
    Standing.PENDING: f'{_RING}<path class="stroke" d="M4.9 8h.1M8 8h.1M11 8h.1"/>',
    Standing.EXPECTED: (
        f'{_CIRCLE}<path class="glyph" d="M4.2 6.9q1.9-1.9 3.8 0t3.8 0M4.2 10.1q1.9-1.9 3.8 0t3.8 0"/>'
    ),
    Standing.NEW: f'{_CIRCLE}<path class="glyph" d="M8 4.8v6.4M4.8 8h6.4"/>',
    Standing.REMOVED: f'{_RING}<path class="stroke" d="M5 8h6"/>',
    Standing.PASS: f'{_CIRCLE}<path class="glyph" d="M4.7 8.3 7.1 10.7 11.4 5.6"/>',
}


_FLIGHT = (
    '<defs><pattern id="flight" width="5" height="5" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path class="hatch" d="M0 0V5"/></pattern></defs>'
)


def symbols() -> str:
    """The drawings and the hatching of plots, once in a page; :func:`icon` and plots refer to them."""
    drawn = "".join(
        f'<symbol id="i-{standing}" viewBox="0 0 16 16">{shapes}</symbol>'
        for standing, shapes in _DRAWN.items()
    )
    return f'<svg class="symbols" width="0" height="0" aria-hidden="true">{drawn}{_FLIGHT}</svg>'


def icon(standing: object) -> str:
    """The sign of a standing; the word for it stands beside it."""
    return f'<svg class="icon" aria-hidden="true"><use href="#i-{standing}"/></svg>'


def anchor(table: str) -> str:
    """The place of a table in the page: its name, as an address may hold it."""
    return f"table-{quote(table, safe='')}"
