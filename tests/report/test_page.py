import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from airflow_bluegreen.core.model import (
    ReleaseCost,
    Start,
    StartDecision,
    TableComparison,
    TableCost,
    Verdict,
)
from airflow_bluegreen.report import build_report
from tests.report.release import COMPARISONS, LINEAGE, PLAN, comparison

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Tags(HTMLParser):
    """Fails on tags that are not closed in order; keeps attributes that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [
            (tag, value) for name, value in attrs if name in ("src", "href", "srcset", "action", "data")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [(tag, value) for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


def page(comparisons: Sequence[TableComparison] = COMPARISONS, **changes: Any) -> str:
    values: dict[str, Any] = {"lineage": LINEAGE, "generated_at": "2025-03-01 12:00 UTC", **changes}
    return build_report(
        changes.pop("plan", PLAN), comparisons, **{k: v for k, v in values.items() if k != "plan"}
    )


def words(html: str) -> str:
    body = html[html.index("<body>") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_it_is_whole_and_loads_nothing() -> None:
    tags = Tags()
    html = page(cut_over=("sink-fact-2 RUNNING",), diff="-a\n+b")
    tags.feed(html)
    assert tags.open == []
    assert all(value is not None and value.startswith("#") for _, value in tags.loads)
    assert "url(http" not in html
    assert "<script" not in html
    assert "default-src 'none'" in html


def test_what_the_release_costs_is_told() -> None:
    decision = StartDecision(table="int_3", start=Start.REBUILD, why="<b>history</b> is retained")
    one = TableCost(
        table="int_3",
        decision=decision,
        records=1_200,
        state_bytes=2048,
        slots=2,
        seconds=90,
        warnings=("cut",),
    )
    cost = ReleaseCost(
        tables=(one,), kept=7, statements=10, all_records=4_000, all_state_bytes=4096, free_slots=3
    )
    html = page(cost=cost)
    assert "What it costs" in html
    assert "int_3 rebuild 1,200 0 2.0 KiB 2 90 s" in words(html)
    assert "int_3: cut" in html
    assert "2 slots needed, 3 free" in html
    assert "&lt;b&gt;history&lt;/b&gt;" in html
    assert "What it costs" not in page()


def test_texts_of_the_project_are_escaped() -> None:
    html = page()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "k&amp;1" in html
    assert "<b>rows</b>" not in html


def test_the_headline() -> None:
    assert "Ready to cut over Only intended differences, in 2 tables." in words(page())
    assert "Incomplete Not compared yet: fact_3, view32." in words(page(COMPARISONS[:2]))
    bad = (comparison("int_3", Verdict.FAIL), *COMPARISONS[1:])
    assert "Failed Unexplained differences in int_3." in words(page(bad))
    doubtful = (comparison("int_3", Verdict.WARN), *COMPARISONS[1:])
    assert "Look first There are warnings in int_3." in words(page(doubtful))
    assert "Cut over Only intended differences" in words(page(cut_over=()))
    same = tuple(replace(one, checks=()) for one in COMPARISONS)
    assert "Ready to cut over Nothing differs." in words(page(same))


def test_the_plan_with_what_is_expected() -> None:
    text = words(page())
    assert "int_3 int_3_v2 dml.int_3 modified int_3 total changed" in text
    assert "– view32 dml.view32 new view32" in text
    assert "sink-fact-2 move fact_2 fact_2_v2" in text
    assert "sink-view32 create – view32" in text


def test_the_worst_table_comes_first_and_its_rows_are_open() -> None:
    html = page((*COMPARISONS[:2], comparison("fact_3", Verdict.FAIL), COMPARISONS[3]))
    articles = re.findall(r'<article id="table-(\w+)">', html)
    assert articles == ["fact_3", "int_3", "view32", "fact_2"]
    assert html.count("<details open>") == 1


def test_samples_stand_side_by_side() -> None:
    assert 'class="old">&lt;script&gt;alert(1)&lt;/script&gt;</td><td class="fresh">NULL</td>' in page()


def test_an_empty_plan() -> None:
    empty = replace(PLAN, tables=(), connectors=())
    assert "Nothing to deploy: every statement keeps running." in words(page((), plan=empty))


def test_the_same_input_gives_the_same_page() -> None:
    assert page() == page()
