"""What Flink's EXPLAIN tells of a statement: how wide it runs, and what it is known to compute wrongly."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

EXPLAINED = ("CHANGELOG_MODE", "JSON_EXECUTION_PLAN")
"""The details that are asked for."""

_EXECUTION = "== Physical Execution Plan =="


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something in the plan that may give wrong rows."""

    what: str
    remedy: str


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
    """The known hazards of a statement."""
    yield from ()
