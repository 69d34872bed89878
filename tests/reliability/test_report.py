"""Figures become a page."""

import json
from pathlib import Path

import pytest

from tests.reliability.figures import add_figures
from tests.reliability.report import BEGIN, END, PAGE, page_with

MACHINE = {"at": "2026-01-02T03:04+00:00", "cores": 2, "load": 1.5}
FIGURES = {
    "kills": {
        **MACHINE,
        "every": 1,
        "kills": [
            {"step": "deploy", "point": "before submit dml.mid.v2", "reached": True, "seconds": 1.0},
            {"step": "deploy", "point": "after submit dml.mid.v2", "reached": True, "seconds": 1.0},
            {"step": "retire", "point": "after save phase live", "reached": False, "seconds": 1.0},
        ],
        "rounds": 2,
        "wrong": [],
        "blue_looks": 4,
        "blue_touched": 0,
        "rows": [
            {"sent": 800, "lost": 0, "doubled": 0, "sunk": 810, "sink_lost": 0, "sink_doubled": 10},
            {"sent": 900, "lost": 0, "doubled": 1, "sunk": 920, "sink_lost": 2, "sink_doubled": 20},
        ],
        "sessions": 70,
        "sessions_left": 0,
        "seconds": 120,
    },
    "breakdowns": [
        {
            **MACHINE,
            "name": "gateway killed",
            "load": load,
            "broken": [
                {
                    "phase": "deploying",
                    "outcome": "stopped",
                    "message": "Flink SQL gateway cannot be reached",
                    "again": 1,
                    "seconds": 9.0,
                }
            ],
            "blue_restarts": 0,
            "rows": 1200,
            "lost": 0,
            "doubled": 3,
            "sink_doubled": 4,
            "wrong": [],
            "seconds": 60,
        }
        for load in (1.5, 2.5)
    ],
    "drills": [{**MACHINE, "name": "roll back from live", "seconds": 8.5, "lost": 0, "kept": True}],
}


def test_the_figures_take_the_place_of_those_before() -> None:
    page = page_with(f"# Reliability\n\n{BEGIN}\nof yesterday\n{END}\nrest\n", FIGURES)
    assert "yesterday" not in page
    assert page.startswith("# Reliability")
    assert page.endswith(f"{END}\nrest\n")
    assert page_with(page, FIGURES) == page
    for line in (
        "2 kills at 2 points (every point) in 2 releases, 2 min on 2026-01-02, 2 cores, load 1.5;",
        "- Blue's jobs, restarts, topics and connectors were compared 4 times before the retirement: 0 times",
        "- Of 1,700 rows blue's tables lost 0 and hold 1 twice.",
        "- The sinks of `fact` wrote 1,730 rows of blue: 2 are lost, 30 were written twice.",
        "- 70 sessions of the SQL gateway were opened, 0 are left.",
        "2 breakdowns, 2 min on 2026-01-02, 2 cores, load 1.5 to 2.5; stories that ended otherwise than they",
        "| `deploy` | 2 | 1 | 0 | 1 |",
        "| `retire` | 0 | 0 | 0 | 0 |",
        "| gateway killed | stopped | – | – | 0 | 1,200 | 0 | 3 | 4 |",
        "- gateway killed, deploying: Flink SQL gateway cannot be reached",
        "| roll back from live | 8.5 | lost: 0, kept: yes |",
    ):
        assert line in page, page


def test_a_page_without_the_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="figures"):
        page_with("# Reliability\n", FIGURES)


def test_the_page_has_its_markers() -> None:
    page = PAGE.read_text()
    assert BEGIN in page
    assert END in page


def test_a_later_measurement_replaces_the_earlier_one_of_its_name(tmp_path: Path) -> None:
    file = tmp_path / "drills.json"
    for name, seconds in (("one", 1), ("two", 2), ("one", 3)):
        add_figures(file, name, {"seconds": seconds})
    told = [(entry["name"], entry["seconds"]) for entry in json.loads(file.read_text())]
    assert told == [("two", 2), ("one", 3)]
    assert all(entry["cores"] and entry["at"] for entry in json.loads(file.read_text()))
