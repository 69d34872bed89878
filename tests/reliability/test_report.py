"""Figures become a page."""

import pytest

from tests.reliability.report import BEGIN, END, PAGE, page_with

MACHINE = {"at": "2026-01-02T03:04+00:00", "cores": 2, "load": 1.5}
FIGURES = {
    "kills": {
        **MACHINE,
        "kills": [
            {"step": "deploy", "point": "before submit dml.mid.v2", "reached": True, "seconds": 1.0},
            {"step": "deploy", "point": "after submit dml.mid.v2", "reached": True, "seconds": 1.0},
            {"step": "retire", "point": "after save phase live", "reached": False, "seconds": 1.0},
        ],
        "rounds": 2,
        "wrong": [],
        "seconds": 120,
    },
    "breakdowns": {
        **MACHINE,
        "broken": [
            {
                "breakdown": "gateway killed",
                "phase": "deploying",
                "outcome": "stopped",
                "message": "Flink SQL gateway cannot be reached",
                "again": 1,
                "seconds": 9.0,
            }
        ],
        "stories": [{"breakdown": "gateway killed", "blue_restarts": 0, "doubled": 0, "wrong": []}],
        "seconds": 60,
    },
    "drills": {
        **MACHINE,
        "drills": [{"drill": "roll back from live", "seconds": 8.5, "sink_lost": 0, "kept": True}],
    },
}


def test_the_figures_take_the_place_of_those_before() -> None:
    page = page_with(f"# Reliability\n\n{BEGIN}\nold\n{END}\nrest\n", FIGURES)
    assert "old" not in page
    assert page.startswith("# Reliability")
    assert page.endswith(f"{END}\nrest\n")
    assert page_with(page, FIGURES) == page
    for line in (
        "2 kills at 2 points in 2 releases, 2 min on 2026-01-02, 2 cores, load 1.5 at the end",
        "| `deploy` | 2 | 1 | 0 | 1 |",
        "| `retire` | 0 | 0 | 0 | 0 |",
        "| gateway killed | stopped | – | – | 0 | 0 |",
        "- gateway killed, deploying: Flink SQL gateway cannot be reached",
        "| roll back from live | 8.5 | sink lost: 0, kept: yes |",
    ):
        assert line in page, page


def test_a_page_without_the_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="figures"):
        page_with("# Reliability\n", FIGURES)


def test_the_page_has_its_markers() -> None:
    page = PAGE.read_text()
    assert BEGIN in page
    assert END in page
