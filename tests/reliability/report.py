"""``python -m tests.reliability.report``: the suites' figures into docs/reliability.md."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.reliability.figures import FOLDER

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: make test-faults -->", "<!-- end of figures -->"
_PHASES = ("deploying", "comparing", "cutting over")

Figures = Mapping[str, Any]
Entries = Sequence[Figures]


def page_with(page: str, figures: Mapping[str, Any]) -> str:
    """The page with the figures in place of those that it had; suites that did not run are left out."""
    head, _, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not end:
        raise ValueError(f"{PAGE} has no {BEGIN} … {END}")
    writers = {"kills": kills, "breakdowns": breakdowns, "drills": drills}
    parts = [write(figures[name]) for name, write in writers.items() if name in figures]
    return "\n".join([f"{head}{BEGIN}", "", *parts, f"{END}{tail}"])


def kills(figures: Figures) -> str:
    """Where processes were killed: a line for each step, its points below."""
    reached = [one for one in figures["kills"] if one["reached"]]
    steps = list(dict.fromkeys(one["step"] for one in figures["kills"]))
    rows = []
    for step in steps:
        points = sorted({one["point"] for one in reached if one["step"] == step})
        when = Counter(point.split()[0] for point in points)
        told = [str(when[each]) for each in ("before", "during", "after")]
        rows.append((f"`{step}`", str(len(points)), *told))
    distinct = len({(one["step"], one["point"]) for one in reached})
    every = "every point" if figures["every"] == 1 else f"one of {figures['every']} points"
    lines = [
        "### Killed processes",
        "",
        f"{len(reached)} kills at {distinct} points ({every}) in {figures['rounds']} releases,"
        f" {figures['seconds'] // 60} min {_machine([figures])};"
        f" {len(figures['wrong'])} ended otherwise than an undisturbed release.",
        "",
        *_table(("step", "points", "before a call", "during", "after"), rows),
        "",
        *_left(figures),
        "",
    ]
    points = []
    for step in steps:
        calls = sorted({one["point"].partition(" ")[2] for one in reached if one["step"] == step})
        points += [f"- `{step}`: {', '.join(f'`{call}`' for call in calls)}"]
    return "\n".join([*lines, *_folded("The points by name", points)])


def _left(figures: Figures) -> list[str]:
    """What the killed releases left of blue, of the rows and of the gateway's sessions."""
    total: Counter[str] = Counter()
    for lane in figures["rows"]:
        total.update(lane)
    return [
        f"- Blue's jobs, restarts, topics and connectors were compared {figures['blue_looks']} times before"
        f" the retirement: {figures['blue_touched']} times something had changed.",
        f"- Of {total['sent']:,} rows blue's tables lost {total['lost']} and hold {total['doubled']} twice.",
        f"- The sinks of `fact` wrote {total['sunk']:,} rows of blue: {total['sink_lost']} are lost,"
        f" {total['sink_doubled']} were written twice.",
        f"- {figures['sessions']:,} sessions of the SQL gateway were opened, {figures['sessions_left']} are"
        " left.",
    ]


def breakdowns(entries: Entries) -> str:
    """What broke, and what the release made of it in each phase."""
    rows, messages = [], []
    for story in entries:
        by_phase = {one["phase"]: one for one in story["broken"]}
        told = [by_phase[phase]["outcome"] if phase in by_phase else "–" for phase in _PHASES]
        counts = ("blue_restarts", "rows", "lost", "doubled", "sink_doubled")
        rows.append((story["name"], *told, *(f"{story[each]:,}" for each in counts)))
        messages += [
            f"- {story['name']}, {phase}: {by_phase[phase]['message']}"
            for phase in _PHASES
            if phase in by_phase and by_phase[phase]["message"]
        ]
    wrong = sum(bool(story["wrong"]) for story in entries)
    seconds = sum(story["seconds"] for story in entries)
    head = (
        "what broke",
        *_PHASES,
        "restarts of blue's jobs",
        "rows sent",
        "lost",
        "twice in blue",
        "twice in the sink",
    )
    return "\n".join(
        [
            "### Broken servers and networks",
            "",
            f"{sum(len(story['broken']) for story in entries)} breakdowns, {seconds // 60} min"
            f" {_machine(entries)}; stories that ended otherwise than they should: {wrong}.",
            "",
            *_table(head, rows),
            "",
            *_folded("What the releases that stopped said", messages),
        ]
    )


def _folded(summary: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [f"<details><summary>{summary}</summary>", "", *lines, "", "</details>", ""]


_FRAME = ("name", "at", "cores", "load", "seconds")


def drills(entries: Entries) -> str:
    """The drills with what was measured in each."""
    rows = []
    for one in entries:
        rest = ", ".join(
            f"{key.replace('_', ' ')}: {_shown(value)}" for key, value in one.items() if key not in _FRAME
        )
        rows.append((one["name"], str(one.get("seconds", "–")), rest))
    return "\n".join(
        ["### Drills", "", f"Made {_machine(entries)}.", "", *_table(("drill", "seconds", "seen"), rows), ""]
    )


def _machine(entries: Entries) -> str:
    """When, and how busy the machine was when each of them had ended."""
    days = sorted({one["at"][:10] for one in entries})
    loads = sorted(one["load"] for one in entries)
    load = f"{loads[0]}" if loads[0] == loads[-1] else f"{loads[0]} to {loads[-1]}"
    return f"on {' to '.join(dict.fromkeys((days[0], days[-1])))}, {entries[0]['cores']} cores, load {load}"


def _shown(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows),
    ]


def main() -> None:
    figures = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
    PAGE.write_text(page_with(PAGE.read_text(), figures))
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: figures of {', '.join(figures) or 'no suite'}\n")


if __name__ == "__main__":
    main()
