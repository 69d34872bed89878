import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from airflow_bluegreen.core.model import CheckResult, KeyCounts, Verdict
from airflow_bluegreen.report import Report, html_page
from tests.report import samples
from tests.report.release import COMPARISONS, PLAN, comparison, report

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Tags(HTMLParser):
    """Fails on tags that are not closed in order, and on ids that are there twice; keeps what could load or
    run something.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.loads: list[tuple[str, str | None]] = []
        self.ids: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def _keep(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.loads += [
            (tag, value)
            for name, value in attrs
            if name in ("src", "href", "srcset", "action", "data", "xlink:href") or name.startswith("on")
        ]


def words(html: str) -> str:
    body = html[html.index("<body>") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("made", [samples.demo, samples.cut_over, samples.failing, samples.hostile])
def test_it_is_whole_and_neither_loads_nor_runs_anything(made: Callable[[], Report]) -> None:
    tags, html = Tags(), html_page(made())
    tags.feed(html)
    assert tags.open == []
    assert all(value is not None and value.startswith("#") for _, value in tags.loads)
    assert tags.names.isdisjoint({"script", "img", "iframe", "object", "embed", "link", "form", "base"})
    assert "url(http" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html


@pytest.mark.parametrize("made", [samples.demo, samples.failing, samples.hostile])
def test_every_link_has_its_place_and_no_place_is_there_twice(made: Callable[[], Report]) -> None:
    tags = Tags()
    tags.feed(html_page(made()))
    assert len(tags.ids) == len(set(tags.ids))
    assert {str(value)[1:] for _, value in tags.loads} <= set(tags.ids)


def test_texts_of_the_project_and_of_the_data_are_escaped() -> None:
    html = html_page(samples.hostile())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{7*7}}" in html
    assert html.count("</style>") == 1
    assert r"\u202e" in html
    assert "\u202e" not in html
    assert "\x07" not in html
    html.encode()


def test_the_headline() -> None:
    assert "Ready to cut over Only differences that the change explains, in 2 tables." in words(
        html_page(report())
    )
    assert "Incomplete Not compared yet: fact_3, view32." in words(html_page(report(COMPARISONS[:2])))
    bad = (comparison("int_3", Verdict.FAIL), *COMPARISONS[1:])
    assert "Do not cut over Nothing explains what differs in int_3." in words(html_page(report(bad)))
    done = words(html_page(report(cut_over=())))
    assert (
        "Cut over Only differences that the change explains, in 2 tables; the sink connectors read green."
        in done
    )


def test_what_is_expected_stands_apart_from_what_is_not() -> None:
    surprise = CheckResult(
        check="keys", verdict=Verdict.FAIL, blue="1", green="2", detail="twice", rule="same keys"
    )
    found = comparison("int_3", Verdict.FAIL, expected=True)
    mixed = replace(found, checks=(replace(found.checks[0], verdict=Verdict.PASS), surprise))
    text = words(html_page(report((mixed, *COMPARISONS[1:]))))
    apart = text[text.index("Not explained by the change") : text.index("What was expected")]
    assert "int_3 , keys: twice Rule: same keys" in apart
    expected = text[text.index("What was expected, and why") : text.index("Kept running, and what")]
    assert "int_3_v2" in expected
    assert "total" in expected
    assert "twice" not in expected


def test_the_table_opens_into_why_it_is_here() -> None:
    text = words(html_page(report()))
    assert "Here because side-effect: int_3 → fact_2 Statements dml.fact_2" in text
    assert "sink-fact-2 move fact_2 fact_2_v2" in text
    assert "sink-view32 create – view32" in text


def test_what_needs_a_look_comes_first_and_is_open() -> None:
    html = html_page(
        report((*COMPARISONS[:2], comparison("fact_3", Verdict.FAIL), comparison("view32", Verdict.WARN)))
    )
    rows = re.findall(r'<details class="table (\w+)"( open)?>', html)
    assert rows == [("fail", " open"), ("warn", " open"), ("expected", ""), ("pass", "")]
    assert re.findall(r'<div class="body" id="([\w-]+)">', html) == [
        "table-fact_3",
        "table-view32",
        "table-int_3",
        "table-fact_2",
    ]


def test_samples_stand_side_by_side_with_what_differs_marked() -> None:
    html = html_page(report())
    assert '<td class="blue-cell"><mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark></td>' in html
    assert '<td class="green-cell"><mark>NULL</mark></td>' in html


def test_a_part_is_there_only_where_there_is_something_to_show() -> None:
    bare = html_page(report())
    for part in (
        "<figure>",
        'class="columns-match"',
        'id="cut-over"',
        'id="unexplained"',
        "What each table costs",
    ):
        assert part not in bare, part
    whole = html_page(samples.cut_over())
    for part in ("<figure>", 'class="columns-match"', 'id="cut-over"', "What each table costs"):
        assert part in whole, part
    empty = comparison("fact_2", Verdict.PASS, samples=(), keys=KeyCounts(), checks=())
    assert "Checks" not in words(html_page(report((empty,), plan=replace(PLAN, tables=PLAN.tables[1:2]))))


def test_aggregates_that_differ_come_first() -> None:
    text = words(html_page(samples.failing()))
    assert "Aggregates 6 compared, 4 differ" in text
    assert "outstanding sum 48,213.5 41,002.8 -14.956 % outstanding distinct 0 12 differs" in text
    assert (
        "outstanding p95 – 311.2 differs updated_at max 2023-11-14 22:13:20.000 2023-11-14 22:14:20.000"
        in text
    )
    assert "order_total max 1,899 1,899 equal order_total sum 0.3 0.3 equal" in text
    assert "Aggregates" not in words(html_page(samples.demo()))


def test_what_was_spared() -> None:
    text = words(html_page(samples.demo()))
    assert "72.7 % 8 of 11 tables kept running" in text
    assert "4,414,567 of 5,474,567 records not read again" in text
    assert "of state not rebuilt" in text
    unknown = words(html_page(report()))
    assert "records not read again" not in unknown
    assert "Not known: the servers could not tell when the release was planned." in unknown


def test_the_rewritten_files_with_the_names_marked() -> None:
    html = html_page(samples.demo())
    assert "dml.fact_2.sql" in html
    assert re.search(r'<span class="line plus">.*?<mark>int_3_v2</mark>', html)


def test_many_tables_can_be_chosen_from() -> None:
    html = html_page(samples.large(60))
    assert 'id="show-all" checked' in html
    assert "show-look" in html
    assert 'id="show-' not in html_page(samples.demo())


def test_an_empty_plan() -> None:
    empty = replace(PLAN, tables=(), connectors=())
    text = words(html_page(report((), plan=empty)))
    assert "Nothing to deploy Every statement keeps running." in text


def test_the_same_input_gives_the_same_page() -> None:
    assert html_page(samples.failing()) == html_page(samples.failing())
