"""A browser for the pages, and a page in it that fails where it asks anybody for anything."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page that fails the test when anything is asked of anybody, or anything is refused or run."""
    context = browser.new_context(viewport=DESK)
    opened = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.on("dialog", lambda dialog: said.append(dialog.message))
    yield opened
    context.close()
    assert [url for url in asked if not url.startswith("about:")] == []
    # axe-core is put into the page from outside; what it says of itself is not the page's.
    assert [line for line in said if "axe" not in line] == []
