"""Rows by window of event time, and how much of it comes late."""

from datetime import UTC, datetime

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.durations import in_words
from airflow_bluegreen.core.model import CheckResult, EventTimes, Verdict


def check_event_time(evidence: Evidence) -> CheckResult | None:
    """Each window holds as many rows as blue's, unless event times may change, or rows, and these within the
    tolerance; green's records come late no more often.
    """
    if not evidence.event_time or evidence.inspection is None:
        return None
    times = evidence.inspection.event_times
    within = ""
    if evidence.expected.rows_may_change and evidence.row_tolerance:
        within = f" within row_count_tolerance {evidence.row_tolerance:g}"
    late_share = f"late_share {evidence.settings.late_share:g}"
    rule = f"windows of {evidence.event_time} hold blue's rows{within}; {late_share}"
    if times is None:
        detail = f"not checked: no record has a time in {evidence.event_time}"
        return CheckResult(
            check="event time", verdict=Verdict.WARN, blue="", green="", detail=detail, rule=rule
        )
    moved, expected = _moved(times), _is_explained(evidence, times)
    verdict = Verdict.FAIL if moved and not expected else Verdict.PASS
    if verdict is Verdict.PASS and _comes_late(evidence, times):
        verdict = Verdict.WARN
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


def _is_explained(evidence: Evidence, times: EventTimes) -> bool:
    """Whether the change explains other windows: any, where it touches the event time of rows that stay the
    same by their key; what may alter the row set may move so many rows only.
    """
    expected, key = evidence.expected, evidence.primary_key
    # Where the time is part of the key, or there is none, rows of another time are other rows.
    stays = bool(key) and times.column not in key
    if times.column in expected.changed and (stays or not expected.rows_may_change):
        return True
    return expected.rows_may_change and not evidence.exceeds(_moved_share(times))


def _comes_late(evidence: Evidence, times: EventTimes) -> bool:
    return times.blue is not None and times.green.late - times.blue.late > evidence.settings.late_share


def _moved_share(times: EventTimes) -> float:
    """Rows that left their window, or came into one, as a share of blue's."""
    pairs = list(zip(times.rows.blue, times.rows.green, strict=False))
    left = sum(max(0, blue - green) for blue, green in pairs)
    came = sum(max(0, green - blue) for blue, green in pairs)
    return max(left, came) / max(sum(times.rows.blue), 1)


def _moved(times: EventTimes) -> list[int]:
    pairs = zip(times.rows.blue, times.rows.green, strict=False)
    return [at for at, (blue, green) in enumerate(pairs) if blue != green]


def _windows_told(times: EventTimes, moved: list[int]) -> str:
    edges = times.rows.edges
    worst = max(moved, key=lambda at: abs(times.rows.blue[at] - times.rows.green[at]))
    width = in_words((edges[1] - edges[0]) / 1000)
    return (
        f"{len(moved)} windows of {width} differ by {_moved_share(times):.2%} of the rows, most the one of "
        f"{_newest(int(edges[worst]))}: {times.rows.blue[worst]:,} → {times.rows.green[worst]:,} rows"
    )


def _share(times: EventTimes, what: str) -> str:
    sides = [getattr(side, what) for side in (times.blue, times.green) if side is not None]
    return " → ".join(f"{share:.2%}" for share in sides)


def _newest(at_ms: int | None) -> str:
    return "" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
