"""The Chromium on the PATH, driven by Playwright, which brings no browser of its own here."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str:
    """The browser; an error that says how to get one where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, "no Chromium on the PATH: make browser"
    return found


@contextmanager
def chromium() -> "Iterator[Browser]":
    """A headless browser that asks nobody for anything by itself."""
    from playwright.sync_api import sync_playwright

    # Root, which tests may run as in a container, has no sandbox in Chromium.
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=arguments)
        yield browser
        browser.close()
