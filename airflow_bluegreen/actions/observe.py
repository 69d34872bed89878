"""After the cut-over: the connectors run and work off green."""

from dataclasses import dataclass

from airflow_bluegreen.actions.connectors import RUNNING
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.core.model import ConnectorAction, Plan, PlannedConnector
from airflow_bluegreen.exceptions import ReadinessError, StatementError
from airflow_bluegreen.ports import Narrator, Platform

OBSERVE_FOR_S = 300.0
LOOK_EVERY_S = 5.0
LAG_THRESHOLD = 1_000
"""Records that a connector may be behind while new ones keep coming: it commits its offsets now and then
only.
"""

_FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """States, lags and the highest lags so far (records) by connector."""

    states: dict[str, str]
    lags: dict[str, int]
    highest: dict[str, int]

    @property
    def failed(self) -> list[str]:
        return sorted(name for name, state in self.states.items() if state == _FAILED)

    @property
    def behind(self) -> list[str]:
        """Those that do not run, or have more than a little left and are not getting anywhere."""
        moving = {name for name, lag in self.lags.items() if lag <= LAG_THRESHOLD or lag < self.highest[name]}
        return [name for name, state in self.states.items() if state != RUNNING or name not in moving]


def observe_cut_over(
    platform: Platform, plan: Plan, say: Narrator, *, timeout_s: float = OBSERVE_FOR_S
) -> None:
    """Wait until every connector of the release is RUNNING and its lag is small or falling; reads only.

    Raises StatementError when one has failed, ReadinessError when one does not move within ``timeout_s``
    seconds.
    """
    connectors = tuple(one for one in plan.connectors if one.action is not ConnectorAction.REMOVE)
    if not connectors:
        say("no connector to observe")
        return
    highest: dict[str, int] = {}

    def look() -> _Seen:
        seen = _look(platform, connectors, highest)
        say("; ".join(f"{name} {state}, {seen.lags[name]:,} behind" for name, state in seen.states.items()))
        return seen

    last = poll(
        look,
        until=lambda seen: bool(seen.failed or not seen.behind),
        clock=platform.clock,
        timeout_s=timeout_s,
        every_s=LOOK_EVERY_S,
    )
    if last.failed:
        raise StatementError(
            f"connectors failed: {', '.join(last.failed)}",
            remedy="See their tasks' traces; roll back, or mend the sink",
        )
    if last.behind:
        told = ", ".join(f"{name} ({last.states[name]}, {last.lags[name]:,} behind)" for name in last.behind)
        raise ReadinessError(
            f"after {timeout_s:.0f} s these do not work green off: {told}",
            remedy="Roll back, or mend the sink",
        )


def _look(platform: Platform, connectors: tuple[PlannedConnector, ...], highest: dict[str, int]) -> _Seen:
    """Look at every connector; ``highest`` keeps the highest lag that was ever seen of each."""
    states, lags = {}, {}
    for planned in connectors:
        state = platform.connectors.connector(planned.name)
        states[planned.name] = state.state if state else "absent"
        ends = {
            at: end
            for topic in planned.green_topics
            for at, end in platform.topics.end_offsets(topic).items()
        }
        done = state.offsets if state else {}
        lags[planned.name] = sum(max(0, end - done.get(at, 0)) for at, end in ends.items())
        highest[planned.name] = max(highest.get(planned.name, 0), lags[planned.name])
    return _Seen(states=states, lags=lags, highest=dict(highest))
