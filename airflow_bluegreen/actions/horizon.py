"""Until when a release can be rolled back without loss."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from airflow_bluegreen.actions.catalog import input_topics
from airflow_bluegreen.actions.read_release import deployed_plan
from airflow_bluegreen.actions.retire import STOP_MARKER
from airflow_bluegreen.core.durations import in_words
from airflow_bluegreen.core.lifecycle import cleaned, live_since
from airflow_bluegreen.core.model import Marker, Phase, Plan, Profile, ReleaseRecord
from airflow_bluegreen.core.retirement import retired_tables
from airflow_bluegreen.ports import Platform, TopicReader

_BLUE_IS_STOPPED = frozenset({Phase.RETIRING, Phase.LIVE, Phase.ROLLING_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """How long the way back is open.

    :param open: False where blue was deleted.
    :param until: UTC, ISO 8601; None without a limit.
    :param because: what sets the limit.
    :param notes: what a rollback would not bring back as it was.
    """

    open: bool
    until: str | None
    because: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.open:
            return f"no rollback: {self.because}"
        when = f"until {self.until}" if self.until else "without a limit"
        return "; ".join((f"a rollback is safe {when} ({self.because})", *self.notes))


def rollback_horizon(platform: Platform, record: ReleaseRecord, profile: Profile) -> Horizon:
    """Until when a release can be rolled back without losing records; reads only.

    Blue that was stopped has to read, after it is restored, what came since: the first limit is when the
    oldest record of that falls out of one of its input topics. The second is the end of the rollback window,
    when blue may be deleted.
    """
    gone = cleaned(record)
    if gone:
        return Horizon(open=False, until=None, because=f"blue was deleted at {gone[0].at}")
    stops = [marker for marker in record.markers if marker.act == STOP_MARKER]
    if record.phase not in _BLUE_IS_STOPPED or not stops:
        return Horizon(
            open=True, until=None, because="blue runs" if retired_tables(record.plan) else "no blue"
        )
    retention: dict[str, int | None] = {}
    limits = [limit for stop in stops for limit in _limits(platform.topics, stop, record, retention)]
    if record.phase is Phase.LIVE:
        end = datetime.fromisoformat(live_since(record)) + timedelta(seconds=profile.rollback_window)
        limits.append((end, "then the rollback window ends"))
    lost = sorted(stop.subject for stop in stops if stop.subject not in record.savepoints)
    notes = tuple(f"no savepoint of {name} is known, it would be rebuilt from its inputs" for name in lost)
    if not limits:
        return Horizon(open=True, until=None, because="its inputs are kept for good", notes=notes)
    until, because = min(limits)
    return Horizon(
        open=True, until=until.astimezone(UTC).isoformat(timespec="seconds"), because=because, notes=notes
    )


def horizon_in_words(platform: Platform, plan: Plan, profile: Profile) -> str:
    """Before blue is retired: how long a rollback will be safe after that; reads only."""
    if plan.base is None or not retired_tables(plan):
        return "Nothing of blue is retired by this release."
    base = deployed_plan(platform.repository, plan.base.sha, plan.environment, platform.front_end)
    retired = set(retired_tables(plan))
    topics = {
        topic for planned in base.tables if planned.green in retired for topic in input_topics(base, planned)
    }
    kept = {name: _retention(platform.topics, name, {}) for name in sorted(topics)}
    limits = [(milliseconds / 1000, name) for name, milliseconds in kept.items() if milliseconds is not None]
    shortest, name = min(limits, default=(None, ""))
    if shortest is None or shortest >= profile.rollback_window:
        window = in_words(profile.rollback_window)
        return f"After blue is retired, a rollback is safe for {window}, the rollback window."
    return (
        f"After blue is retired, a rollback is safe for {in_words(shortest)} only: {name} keeps its records "
        "no longer, and a restored blue has to read them. The rollback window is "
        f"{in_words(profile.rollback_window)}."
    )


def _limits(
    topics: TopicReader, stop: Marker, record: ReleaseRecord, retention: dict[str, int | None]
) -> Iterator[tuple[datetime, str]]:
    stopped = datetime.fromisoformat(stop.at)
    for topic in sorted({topic for topic, _ in record.positions.get(stop.subject, {})}):
        kept = _retention(topics, topic, retention)
        if kept is not None:
            why = f"then {topic} drops records that {stop.subject} has not read"
            yield stopped + timedelta(milliseconds=kept), why


def _retention(topics: TopicReader, topic: str, known: dict[str, int | None]) -> int | None:
    if topic not in known:
        known[topic] = topics.retention_ms(topic) if topics.topic(topic) is not None else None
    return known[topic]
