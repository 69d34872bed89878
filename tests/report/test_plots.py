import re
from xml.etree import ElementTree

import pytest

from airflow_bluegreen.core.model import ConvergencePoint, Histogram, Quantiles
from airflow_bluegreen.report.plots import (
    HEIGHT,
    WIDTH,
    differing_bins,
    draw_convergence,
    draw_histogram,
    draw_latency,
)

ROWS = Histogram(edges=(0.0, 10.0, 20.0, 30.0), blue=(5, 10, 0), green=(5, 8, 2))


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def labels(edges: object) -> tuple[str, ...]:
    return tuple(f"<{edge}>" for edge in edges)  # type: ignore[attr-defined]


def heights(svg: ElementTree.Element) -> list[float]:
    return [float(bar.get("height", "")) for bar in svg.iter("rect") if bar.get("class") == "green-bar"]


def test_green_is_drawn_as_bars_and_blue_as_a_line_over_them() -> None:
    svg = drawn(draw_histogram(ROWS, "rows & times", labels))
    first, second, third = heights(svg)
    assert first / second == pytest.approx(5 / 8, rel=0.01)
    assert third / second == pytest.approx(2 / 8, rel=0.01)
    assert [path.get("class") for path in svg.iter("path")].count("blue-line") == 1
    assert svg.get("aria-label") == "rows & times"


def test_bins_that_differ_have_a_sign_and_every_bin_tells_its_numbers() -> None:
    svg = drawn(draw_histogram(ROWS, "rows", labels))
    signs = [path.get("d", "") for path in svg.iter("path") if path.get("class") == "differs"]
    assert len(signs) == 2 == differing_bins(ROWS)
    fewer, more = (tuple(map(float, re.findall(r"[\d.]+", sign))) for sign in signs)
    assert fewer[1] < fewer[-1]  # base above tip: points down
    assert more[1] > more[-1]
    titles = [title.text for title in svg.iter("title")]
    assert titles[1] == "<10.0> to <20.0>: blue 10, green 8"


def test_a_new_table_has_no_line_and_no_signs() -> None:
    svg = drawn(draw_histogram(Histogram(edges=(0.0, 1.0), green=(4,)), "rows", labels))
    assert {path.get("class") for path in svg.iter("path")} == {"axis", "grid"}
    assert next(svg.iter("title")).text == "<0.0> to <1.0>: green 4"


def test_the_medians_stand_where_they_belong() -> None:
    spans = Histogram(edges=(0.0, 100.0, 200.0), blue=(1, 1), green=(1, 1))
    quantiles = (Quantiles(p50=150, p95=190, p99=199), Quantiles(p50=50, p95=90, p99=99))
    svg = drawn(draw_latency(spans, "latency", *quantiles))
    at = {
        path.get("class"): float(path.get("d", "")[1:].split()[0])
        for path in svg.iter("path")
        if str(path.get("class")).endswith("-mark")
    }
    left = 34
    wide = WIDTH - left - 6
    assert at == {
        "blue-mark": pytest.approx(left + wide / 4, abs=0.1),
        "green-mark": pytest.approx(left + wide * 3 / 4, abs=0.1),
    }
    assert not [path for path in svg.iter("path") if path.get("class") == "differs"]


def test_convergence_keeps_what_lasts_apart_from_what_is_in_flight() -> None:
    points = tuple(
        ConvergencePoint(at_ms=at * 1000, differing=differing, in_flight=flying)
        for at, (differing, flying) in enumerate([(100, 90), (40, 30), (10, 0)])
    )
    svg = drawn(draw_convergence(points, "keys"))
    titles = [title.text for title in svg.iter("title")]
    assert titles[1] == "after 1 s: 40 keys differ, 30 of them in flight"
    assert len(list(svg.iter("circle"))) == 3
    ys = [float(dot.get("cy", "")) for dot in svg.iter("circle")]
    assert ys == sorted(ys)
    assert [path for path in svg.iter("path") if path.get("class") == "lasting"]


def test_nothing_and_no_time_at_all_can_be_drawn() -> None:
    drawn(draw_histogram(Histogram(edges=(0.0, 1.0), green=(0,), blue=(0,)), "rows", labels))
    still = (ConvergencePoint(at_ms=5, differing=0, in_flight=0),) * 2
    for y in (float(dot.get("cy", "")) for dot in drawn(draw_convergence(still, "keys")).iter("circle")):
        assert 0 <= y <= HEIGHT
