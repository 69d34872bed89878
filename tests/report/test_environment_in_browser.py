"""The page of an environment in a browser: no request, nothing serious for axe-core, keyboard, phone."""

from typing import TYPE_CHECKING

import pytest

from airflow_bluegreen.report import environment_page
from tests.browser import axe
from tests.report import environments

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 780}


def show(page: "Page", state: str, **media: str) -> None:
    page.emulate_media(**media)  # type: ignore[arg-type]
    html = environment_page(getattr(environments, state)(), rollback_dag="bluegreen_rollback")
    page.set_content(html, wait_until="load")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["well", "drifted", "in_progress", "unknown", "empty", "hostile"])
def test_axe_finds_nothing_serious(page: "Page", state: str, scheme: str) -> None:
    show(page, state, color_scheme=scheme)
    assert axe.findings(page) == []


@pytest.mark.parametrize("state", ["well", "drifted", "unknown", "hostile"])
def test_a_phone_shows_it_without_scrolling_sideways(page: "Page", state: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    show(page, state)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_rollback_is_reached_by_keyboard(page: "Page") -> None:
    show(page, "well")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "button":
            break
    assert page.evaluate("document.activeElement.textContent") == "Roll back v1.0.1…"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_hostile_texts_stay_texts(page: "Page") -> None:
    show(page, "hostile")
    assert page.locator("script, img, iframe, object, embed, base, form").count() == 0
    assert page.locator("style").count() == 1
    assert "<script>alert(1)</script>" in page.title()
