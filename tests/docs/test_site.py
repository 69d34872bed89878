"""The site that `make docs` has built holds every page and asks nobody else for anything."""

import json
import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

SITE = ROOT / "build" / "site"

pytestmark = pytest.mark.site


def html() -> list[Path]:
    found = sorted(SITE.rglob("*.html"))
    assert found, "run: make docs"
    return found


def test_every_page_is_there() -> None:
    names = {str(page.relative_to(SITE)) for page in html()}
    for page in sorted((ROOT / "docs").rglob("*.md")):
        name = str(page.relative_to(ROOT / "docs").with_suffix(".html"))
        assert name.replace("README.html", "index.html") in names


def test_nothing_comes_from_elsewhere() -> None:
    """Links lead out; what a browser fetches by itself lies in the site."""
    asked = [
        f"{page.relative_to(SITE)}: {tag}"
        for page in html()
        for tag in re.findall(r"<(?:script|link|img|iframe|source|video)\b[^>]*>", page.read_text())
        if re.search(r"(?:src|href|srcset)=[\"']?(?:https?:)?//", tag)
    ]
    assert asked == []
    styles = "".join(style.read_text() for style in SITE.rglob("*.css"))
    inlined = re.sub(r"url\([\"']?data:[^)]*\)", "", styles)
    assert re.findall(r"(?:@import|url\()[^;)]*//[^;)]*", inlined) == []


def test_no_diagram_is_drawn_by_a_script_from_elsewhere() -> None:
    """The theme fetches Mermaid from the network where a page has such a block."""
    assert [page.name for page in html() if 'class="mermaid"' in page.read_text()] == []


def test_the_search_works_from_files() -> None:
    index = (SITE / "search" / "search_index.js").read_text()
    titles = {entry["title"] for entry in json.loads(index.removeprefix("var __index = "))["docs"]}
    assert {"Errors", "Configuration", "Command line"} <= titles
    assert "IFrameWorker" in (SITE / "assets" / "javascripts" / "iframe-worker.js").read_text()


def test_schemas_lie_beside_their_pages() -> None:
    assert json.loads((SITE / "reference" / "bluegreen.schema.json").read_text())["$schema"]
