"""Rows by window of event time, and how much of it comes late."""

from datetime import UTC, datetime

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.durations import in_words
from airflow_bluegreen.core.model import CheckResult, EventTimes, Verdict


def check_event_time(evidence: Evidence) -> CheckResult | None:
    """Each window holds as many rows as blue's, unless rows or event times may change; green's records come
    late no more often.
    """
    if not evidence.event_time or evidence.inspection is None:
        return None
    times = evidence.inspection.event_times
    rule = f"windows of {evidence.event_time} hold blue's rows; late_share {evidence.settings.late_share:g}"
    if times is None:
        detail = f"not checked: no record has a time in {evidence.event_time}"
        return CheckResult(
            check="event time", verdict=Verdict.WARN, blue="", green="", detail=detail, rule=rule
        )
    moved = _moved(times)
    expected = evidence.expected.rows_may_change or times.column in evidence.expected.changed
    late = times.green.late - (times.blue.late if times.blue else 0.0)
    too_late = times.blue is not None and late > evidence.settings.late_share
    verdict = Verdict.FAIL if moved and not expected else Verdict.WARN if too_late else Verdict.PASS
    details = [_windows_told(times, moved) if moved else "as many rows in each window" if times.blue else ""]
    details.append(f"late {_share(times, 'late')}, out of order {_share(times, 'out_of_order')}")
    return CheckResult(
        check="event time",
        verdict=verdict,
        blue=_newest(times.blue.newest_ms) if times.blue else "",
        green=_newest(times.green.newest_ms),
        detail="; ".join(filter(None, details)),
        rule=rule,
        expected=bool(moved) and expected and verdict is Verdict.PASS,
    )


def _moved(times: EventTimes) -> list[int]:
    pairs = zip(times.rows.blue, times.rows.green, strict=False)
    return [at for at, (blue, green) in enumerate(pairs) if blue != green]


def _windows_told(times: EventTimes, moved: list[int]) -> str:
    edges = times.rows.edges
    worst = max(moved, key=lambda at: abs(times.rows.blue[at] - times.rows.green[at]))
    width = in_words((edges[1] - edges[0]) / 1000)
    return (
        f"{len(moved)} windows of {width} differ, most the one of {_newest(int(edges[worst]))}: "
        f"{times.rows.blue[worst]:,} → {times.rows.green[worst]:,} rows"
    )


def _share(times: EventTimes, what: str) -> str:
    sides = [getattr(side, what) for side in (times.blue, times.green) if side is not None]
    return " → ".join(f"{share:.2%}" for share in sides)


def _newest(at_ms: int | None) -> str:
    return "" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
