"""After the cut-over: whether green and its connectors are well, look by look, before blue is retired."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LAG_THRESHOLD = 1_000
"""Records that a reader may be behind while new ones keep coming: positions are known now and then only."""
CRASH_LOOP_RESTARTS = 3
"""As many restarts since the observation began mean that a job does not settle by itself."""
PATIENCE_MS = 60_000
"""A job may be away from RUNNING for so long: a restart takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A green job or a connector, as one look sees it.

    :param name: how it is called in messages.
    :param status: in the words of its server.
    :param running: whether it is as it should be.
    :param dead: whether it has ended or failed for good.
    :param lag: records it has not read yet.
    :param restarts: since it was started; 0 for a connector.
    :param checkpoint_at: of a job's last checkpoint (ms since the epoch); None where there is none to ask
        for.
    :param failure: the last one, one line.
    """

    name: str
    status: str
    running: bool
    dead: bool
    lag: int
    restarts: int = 0
    checkpoint_at: int | None = None
    is_job: bool = False
    job_id: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How it was when the observation began, at ``at_ms``; ``until_ms`` is when it may end at the earliest,
    ``deadline_ms`` when it fails if something still has not settled. All in ms since the epoch. ``jobs`` are
    the ids of the jobs by name.
    """

    at_ms: int
    until_ms: int
    deadline_ms: int
    restarts: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The judgement of one look, to be handed to the next.

    ``failures`` end the observation, ``behind`` only hold up its end. By name, ``highest`` are the highest
    lags so far, ``away_since`` when a job was last seen to leave RUNNING.
    """

    failures: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    settled: bool = False
    over: bool = False
    highest: Mapping[str, int] = field(default_factory=dict)
    away_since: Mapping[str, int] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to wait for."""
        return bool(self.failures) or self.settled or self.over


def judge(
    seen: tuple[Watched, ...], at_ms: int, baseline: Baseline, previous: Observed | None = None
) -> Observed:
    """Judge a look taken at ``at_ms`` (ms since the epoch); ``previous`` is the judgement before."""
    before = previous or Observed()
    highest = {one.name: max(one.lag, before.highest.get(one.name, 0)) for one in seen}
    away = {one.name: before.away_since.get(one.name, at_ms) for one in seen if not one.running}
    failures = tuple(text for one in seen if (text := _failure(one, at_ms, baseline, away)))
    behind = tuple(text for one in seen if (text := _behind(one, baseline, highest[one.name])))
    return Observed(
        failures=failures,
        behind=behind,
        settled=at_ms >= baseline.until_ms and not behind and not failures,
        over=at_ms >= baseline.deadline_ms,
        highest=highest,
        away_since=away,
    )


def _failure(one: Watched, at_ms: int, baseline: Baseline, away: Mapping[str, int]) -> str:
    cause = f": {one.failure}" if one.failure else ""
    if one.dead:
        return f"{one.name} is {one.status}{cause}"
    restarts = one.restarts - baseline.restarts.get(one.name, 0)
    if restarts >= CRASH_LOOP_RESTARTS:
        return f"{one.name} restarted {restarts} times since the cut-over{cause}"
    if one.is_job and at_ms - away.get(one.name, at_ms) >= PATIENCE_MS:
        return f"{one.name} is {one.status} for {(at_ms - away[one.name]) // 1000} s{cause}"
    return ""


def _behind(one: Watched, baseline: Baseline, highest: int) -> str:
    if not one.running or (one.lag > LAG_THRESHOLD and one.lag >= highest):
        return f"{one.name} ({one.status}, {one.lag:,} behind)"
    watching = baseline.until_ms > baseline.at_ms
    if one.is_job and watching and (one.checkpoint_at or 0) <= baseline.at_ms:
        return f"{one.name} (no checkpoint since the cut-over)"
    return ""
