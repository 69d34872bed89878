"""``python -m tests.reliability.report``: the suites' figures into docs/reliability.md."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
FOLDER = ROOT / "build" / "reliability"
BEGIN, END = "<!-- figures: make test-faults -->", "<!-- end of figures -->"
_PHASES = ("deploying", "comparing", "cutting over")

Figures = Mapping[str, Any]


def page_with(page: str, figures: Mapping[str, Figures]) -> str:
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
    lines = [
        "### Killed processes",
        "",
        f"{len(reached)} kills at {distinct} points in {figures['rounds']} releases,"
        f" {figures['seconds'] // 60} min {_machine(figures)};"
        f" {len(figures['wrong'])} ended otherwise than an undisturbed release.",
        "",
        *_table(("step", "points", "before a call", "during", "after"), rows),
        "",
        "<details><summary>The points by name</summary>",
        "",
    ]
    for step in steps:
        calls = sorted({one["point"].partition(" ")[2] for one in reached if one["step"] == step})
        lines += [f"- `{step}`: {', '.join(f'`{call}`' for call in calls)}"]
    return "\n".join([*lines, "", "</details>", ""])


def breakdowns(figures: Figures) -> str:
    """What broke, and what the release made of it in each phase."""
    rows, messages = [], []
    for story in figures["stories"]:
        name = story["breakdown"]
        by_phase = {one["phase"]: one for one in figures["broken"] if one["breakdown"] == name}
        told = [by_phase[phase]["outcome"] if phase in by_phase else "–" for phase in _PHASES]
        rows.append((name, *told, str(story["blue_restarts"]), str(story["doubled"])))
        messages += [
            f"- {name}, {phase}: {by_phase[phase]['message']}"
            for phase in _PHASES
            if phase in by_phase and by_phase[phase]["message"]
        ]
    wrong = sum(bool(story["wrong"]) for story in figures["stories"])
    return "\n".join(
        [
            "### Broken servers and networks",
            "",
            f"{len(figures['broken'])} breakdowns, {figures['seconds'] // 60} min {_machine(figures)};"
            f" {wrong} stories ended otherwise than they should.",
            "",
            *_table(("what broke", *_PHASES, "restarts of blue's jobs", "rows of blue twice"), rows),
            "",
            "<details><summary>What the releases that stopped said</summary>",
            "",
            *messages,
            "",
            "</details>",
            "",
        ]
    )


def drills(figures: Figures) -> str:
    """The drills with what was measured in each."""
    rows = []
    for one in figures["drills"]:
        rest = ", ".join(
            f"{key.replace('_', ' ')}: {_shown(value)}"
            for key, value in one.items()
            if key not in ("drill", "seconds")
        )
        rows.append((one["drill"], str(one.get("seconds", "–")), rest))
    return "\n".join(
        ["### Drills", "", f"Made {_machine(figures)}.", "", *_table(("drill", "seconds", "seen"), rows), ""]
    )


def _machine(figures: Figures) -> str:
    return f"on {figures['at'][:10]}, {figures['cores']} cores, load {figures['load']} at the end"


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
