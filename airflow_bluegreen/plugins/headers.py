"""What every page of ours is sent with."""

from collections.abc import Mapping

HEADERS: Mapping[str, str] = {
    # A page brings its own styles and asks nobody for anything.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
