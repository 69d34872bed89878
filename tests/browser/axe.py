"""axe-core, out of the archive that ``make browser`` brought, and what it finds in a page."""

import tarfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

BUILD = Path(__file__).parents[2] / "build"
BAD = ("serious", "critical")


@cache
def _source() -> str:
    (archive,) = BUILD.glob("axe-core-*.tgz")
    with tarfile.open(archive) as packed:
        script = packed.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def findings(page: "Page") -> list[str]:
    """Serious and critical findings, a line each with the first places."""
    page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{one['impact']} {one['id']}: {one['help']}; {[node['html'] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in BAD
    ]
