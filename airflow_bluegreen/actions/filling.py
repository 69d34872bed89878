"""Waiting until green's tables in the lake hold what green holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.core.model import ConnectorAction, Offsets, Plan
from airflow_bluegreen.exceptions import ReadinessError
from airflow_bluegreen.ports import Narrator, Platform, TopicReader

FILL_FOR_S = 3600.0
"""How long green's lake tables may take to be filled; the whole topic is written into them."""

_LOOK_EVERY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FillGoals:
    """By connector, the offsets that it has to have committed."""

    offsets: Mapping[str, Offsets]


def fill_goals(topics: TopicReader, plan: Plan) -> FillGoals:
    """Everything that green holds now."""
    return FillGoals(
        offsets={
            one.name: topics.end_offsets(*one.green_topics)
            for one in plan.connectors
            if one.action is not ConnectorAction.REMOVE
        }
    )


def records_missing(platform: Platform, goals: FillGoals, say: Narrator) -> Mapping[str, int]:
    """Connectors that are not there yet, with the records that each has to write; reads only."""
    left = {}
    for name, ends in goals.offsets.items():
        state = platform.connectors.connector(name)
        done = state.offsets if state else {}
        left[name] = sum(max(0, end - done.get(at, 0)) for at, end in ends.items())
    left = {name: count for name, count in left.items() if count}
    if left:
        say("the lake misses " + ", ".join(f"{count:,} records of {name}" for name, count in left.items()))
    return left


def await_filled(
    platform: Platform, goals: FillGoals, say: Narrator, *, timeout_s: float
) -> Mapping[str, int]:
    """Wait until nothing is missing, at most ``timeout_s`` seconds; what is missing then."""
    return poll(
        lambda: records_missing(platform, goals, say),
        until=lambda left: not left,
        clock=platform.clock,
        timeout_s=timeout_s,
        every_s=_LOOK_EVERY_S,
    )


def unfilled_error(left: Mapping[str, int], timeout_s: float) -> ReadinessError:
    """The error for a lake that was not filled in time."""
    return ReadinessError(
        f"after {timeout_s:.0f} s the lake's tables are not filled: {', '.join(left)}",
        remedy="Readers still see blue. Mend the sink and repeat this step, or roll back",
    )
