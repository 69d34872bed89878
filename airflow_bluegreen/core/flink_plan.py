"""What Flink's EXPLAIN tells of a statement: how wide it runs, and what it is known to compute wrongly.

The hazards were seen on Flink 2.2.1, in the plan and in the records that a job wrote.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

EXPLAINED = ("CHANGELOG_MODE", "JSON_EXECUTION_PLAN")
"""The details that are asked for."""

_PHYSICAL = "== Optimized Physical Plan =="
_EXECUTION = "== Physical Execution Plan =="
_NODE = re.compile(r"^[ :]*(?:[+:]- )?(?P<kind>\w+)\((?P<about>.*)\)$")
_MODE = re.compile(r"changelogMode=\[([^\]]*)\]")
_OPTIONAL_SIDES = {"LeftOuterJoin": (1,), "RightOuterJoin": (0,), "FullOuterJoin": (0, 1)}
"""The inputs of an outer join, counted from the left, whose rows need not be there."""
_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something in the plan that may give wrong rows."""

    what: str
    remedy: str


@dataclass(slots=True, kw_only=True)
class _Node:
    """An operator of the plan; ``about`` is the text in its parentheses."""

    kind: str
    about: str
    depth: int
    inputs: "list[_Node]" = field(default_factory=list)

    @property
    def mode(self) -> frozenset[str]:
        """The kinds of changes that come out: I, UB, UA, D."""
        found = _MODE.search(self.about)
        return frozenset(found[1].split(",")) if found else frozenset()

    def said(self, name: str) -> str:
        """What stands in the brackets of an attribute."""
        found = re.search(rf"\b{name}=\[((?:[^\[\]]|\[[^\]]*\])*)\]", self.about)
        return found[1] if found else ""


def parallelism(explanation: str) -> int | None:
    """The widest operator's parallelism, which is the number of slots; None where the plan does not say."""
    _, found, plan = explanation.partition(_EXECUTION)
    if not found:
        return None
    try:
        nodes = json.loads(plan)["nodes"]
        return max((int(node["parallelism"]) for node in nodes), default=None)
    except (ValueError, KeyError, TypeError):
        return None


def hazards(explanation: str) -> Iterator[Hazard]:
    """The known hazards of a statement, each once."""
    nodes = _nodes(explanation)
    found = [*map(_lost_rows, nodes), *map(_lost_deletions, nodes)]
    yield from dict.fromkeys(one for one in found if one is not None)


def _lost_rows(node: _Node) -> Hazard | None:
    """An outer join counts the matches of a row; an update that does not take back what was there before is
    counted as one more, and the row is not brought back without a match when the last one goes.
    """
    if node.kind != "Join":
        return None
    optional = _OPTIONAL_SIDES.get(node.said("joinType"), ())
    blind = [
        _SIDES[side]
        for side in optional
        if side < len(node.inputs) and "UA" in node.inputs[side].mode and "UB" not in node.inputs[side].mode
    ]
    if not blind:
        return None
    return Hazard(
        what=f"Flink 2.2 loses rows of this outer join (where {node.said('where')}) when their match on the"
        f" {' and the '.join(blind)} side was updated and then goes: no UPDATE_BEFORE reaches the join",
        remedy="Join first and sum up then, or join on something else than the whole key of that side",
    )


def _lost_deletions(node: _Node) -> Hazard | None:
    order = node.said("orderBy")
    if node.kind != "Rank" or node.mode != {"I"} or "," not in order:
        return None
    return Hazard(
        what=f"Flink 2.2 takes this ranking (by {node.said('partitionBy')}, ordered by {order}) for one that"
        " only adds rows (FLINK-40368): a row that is replaced stays for what filters, joins or sums up after"
        " it",
        remedy="Order by one column",
    )


def _nodes(explanation: str) -> Sequence[_Node]:
    """All operators of the optimised plan, each with those that it reads."""
    section = explanation.partition(_PHYSICAL)[2].partition("\n==")[0]
    found: list[_Node] = []
    above: list[_Node] = []
    for line in section.splitlines():
        match = _NODE.match(line)
        if match is None:
            continue
        node = _Node(kind=match["kind"], about=match["about"], depth=match.start("kind"))
        while above and above[-1].depth >= node.depth:
            above.pop()
        if above:
            above[-1].inputs.append(node)
        above.append(node)
        found.append(node)
    return found
