"""The site in headless Chromium, opened from files: it asks nobody for anything, and its search finds."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import chromium
from tests.docs.markdown import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE = ROOT / "build" / "site"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    assert (SITE / "index.html").exists(), "run: make docs"
    with chromium() as started:
        yield started


def test_search_finds_a_page_from_files(browser: "Browser") -> None:
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto((SITE / "index.html").as_uri())
    page.locator("input.md-search__input").fill("rollback_window")
    page.wait_for_selector(".md-search-result__link[href*='configuration.html']")
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_pages_fit_a_phone(browser: "Browser") -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    wide = []
    for name in ("index", "tutorial", "reference/configuration", "reference/errors"):
        page.goto((SITE / f"{name}.html").as_uri())
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(name)
    page.close()
    assert wide == []
