"""The page in a browser: no request, no script, nothing serious for axe-core, keyboard, phone, paper."""

from functools import cache
from typing import TYPE_CHECKING

import pytest

from airflow_bluegreen.report import html_page
from tests.browser import axe
from tests.report import samples

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 780}


@cache
def html(sample: str) -> str:
    return html_page(getattr(samples, sample)())


def show(page: "Page", sample: str, **media: str) -> None:
    page.emulate_media(**media)  # type: ignore[arg-type]
    page.set_content(html(sample), wait_until="load")


def open_all(page: "Page") -> None:
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")


@pytest.mark.parametrize(
    ("sample", "scheme"),
    [("failing", "light"), ("failing", "dark"), ("cut_over", "light"), ("hostile", "dark")],
)
def test_axe_finds_nothing_serious(page: "Page", sample: str, scheme: str) -> None:
    show(page, sample, color_scheme=scheme)
    open_all(page)
    assert axe.findings(page) == []


@pytest.mark.parametrize("sample", ["demo", "failing", "hostile", "large"])
def test_a_phone_shows_it_without_scrolling_sideways(page: "Page", sample: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    show(page, sample)
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_tables_open_by_keyboard(page: "Page") -> None:
    show(page, "demo")
    first = page.locator("details.table").first
    assert first.get_attribute("open") is None
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.get_attribute("open") is not None
    page.keyboard.press("Space")
    assert first.get_attribute("open") is None


def test_the_whole_page_is_reached_by_tabs(page: "Page") -> None:
    show(page, "failing")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.className?.baseVal ?? document.activeElement.className")
        )
        reached.add(page.evaluate("document.activeElement.tagName.toLowerCase()"))
    assert {"skip", "drawing", "scroll", "summary", "input", "a"} <= reached


def test_a_table_in_the_lineage_leads_to_its_checks(page: "Page") -> None:
    show(page, "demo")
    body = page.locator("[id='table-fact_2']")
    assert not body.is_visible()
    page.locator(".drawing a[href='#table-fact_2']").click()
    assert body.is_visible()


def test_colours_follow_the_system_and_the_switch(page: "Page") -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    show(page, "demo", color_scheme="light")
    light = background()
    page.emulate_media(color_scheme="dark")
    dark = background()
    assert light != dark
    page.get_by_label("Light").check()
    assert background() == light
    page.emulate_media(color_scheme="light")
    page.get_by_label("Dark").check()
    assert background() == dark
    page.emulate_media(media="print")
    assert background() == "rgb(255, 255, 255)"


def test_print_shows_what_is_closed_on_screen(page: "Page") -> None:
    show(page, "demo")
    body = page.locator("[id='table-fact_2']")
    assert not body.is_visible()
    page.emulate_media(media="print")
    assert body.is_visible()


def test_of_many_tables_those_that_need_a_look_can_be_chosen(page: "Page") -> None:
    show(page, "large")
    rows = page.locator("details.table:visible")
    everything = rows.count()
    page.locator("#show-look").check()
    chosen = rows.count()
    assert 0 < chosen < everything
    assert chosen == page.locator("details.table.fail").count()


def test_hostile_texts_stay_texts(page: "Page") -> None:
    show(page, "hostile")
    assert page.locator("script, img, iframe, object, embed, base").count() == 0
    assert page.title().startswith("Cut over in spite of failures: <script>alert(1)</script>")
    assert page.locator("style").count() == 1
