"""What Flink's ``EXPLAIN CHANGELOG_MODE`` says about a statement (seen on Flink 2.2.1).

The optimised physical plan is a tree, a node a line: ``+- Calc(select=[…], changelogMode=[I])``. A node keeps
state or it does not by its kind alone, and the IDs by which a savepoint finds its operators are hashes of
that topology: the names of tables are not in them.
"""

import re
from collections import Counter

_SECTION = re.compile(r"^== (?P<title>[^=]+) ==$", re.M)
_NODE = re.compile(r"^(?P<branches>[\s:|+\-]*)(?P<kind>[A-Za-z]\w*)\((?P<rest>.*)$")
_SCANNED = re.compile(r"table=\[\[(?P<path>[^\]]*)\]")
_MODE = re.compile(r"changelogMode=\[(?P<mode>[^\]]*)\]")
_SINK_NAME = re.compile(r"table=\[[^\]]*\]")
PHYSICAL = "Optimized Physical Plan"
_STATELESS = frozenset({"Sink", "Calc", "Union", "TableSourceScan", "WatermarkAssigner"})
_INSERTS = frozenset({"I", "NONE", ""})


def _nodes(explained: str) -> list[tuple[str, str, str]]:
    """Branches, kind and the rest of each node of the physical plan."""
    parts = _SECTION.split(explained)
    section = dict(zip(parts[1::2], parts[2::2], strict=False)).get(PHYSICAL, "")
    found = (_NODE.match(line) for line in section.splitlines())
    return [(one["branches"], one["kind"], one["rest"]) for one in found if one]


def state_in(explained: str) -> str | None:
    """Why a statement is not stateless and insert-only, None where it is."""
    nodes = _nodes(explained)
    if not nodes:
        return "Flink's plan of it cannot be read"
    for _, kind, rest in nodes:
        mode = _MODE.search(rest)
        if kind not in _STATELESS:
            return f"Flink plans {kind} for it, which keeps state"
        if mode is None or mode["mode"] not in _INSERTS:
            return f"{kind} changes rows that were written before"
        if "upsertMaterialize=[true]" in rest:
            return "its sink keeps state to order changes of a key"
        if "CURRENT_WATERMARK(" in rest:
            return "it looks at the watermark, which is another one after a new start"
    return None


def scanned_twice(explained: str) -> str | None:
    """A table that the plan reads in two places, None where there is none."""
    scans = Counter(
        found["path"].rpartition(",")[2].strip()
        for _, kind, rest in _nodes(explained)
        if kind == "TableSourceScan" and (found := _SCANNED.search(rest))
    )
    return next((table for table, times in scans.items() if times > 1), None)


def difference(blue: str, green: str) -> str | None:
    """Where Flink plans two statements differently, the sink's name left out; None where it does not.

    Plans that cannot be read are different.
    """
    before, after = _masked(blue), _masked(green)
    if not before or not after:
        return "Flink's plan of it cannot be read"
    for old, new in zip(before, after, strict=False):
        if old != new:
            return f"Flink plans {_short(new)} where blue has {_short(old)}"
    if len(before) != len(after):
        return f"Flink plans {len(after)} operators where blue has {len(before)}"
    return None


def _masked(explained: str) -> list[str]:
    return [
        f"{branches}{kind}({_SINK_NAME.sub('table=[…]', rest, count=1) if kind == 'Sink' else rest}"
        for branches, kind, rest in _nodes(explained)
    ]


def _short(node: str) -> str:
    text = node.strip(" :|+-")
    return text if len(text) <= 120 else text[:119] + "…"
