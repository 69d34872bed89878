"""Whether green is as fresh as blue: how long an event takes into the topic, and how new the newest is."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, EventTimes, SideTimes, Verdict


def check_freshness(evidence: Evidence) -> CheckResult | None:
    """Green is slower than blue by no more than the project allows, at the 95th percentile and at the end."""
    found = evidence.inspection.event_times if evidence.inspection else None
    if found is None or found.blue is None:
        return None
    allowed = evidence.settings.slower_by
    slower, behind = _slower_s(found), _behind_s(found)
    bad = [
        f"the newest event is {behind:,.1f} s older than blue's" if behind > allowed else "",
        f"p95 is {slower:,.1f} s above blue's" if slower is not None and slower > allowed else "",
    ]
    told = "; ".join(filter(None, bad))
    if not told:
        told = (
            "too few events since green began to tell its latency" if slower is None else "as fresh as blue"
        )
    return CheckResult(
        check="freshness",
        verdict=Verdict.FAIL if any(bad) else Verdict.PASS,
        blue=_latency(found.blue),
        green=_latency(found.green),
        detail=told,
        rule=f"green may be slower than blue by slower_by {allowed:g} s",
    )


def _slower_s(found: EventTimes) -> float | None:
    blue, green = found.blue.latency if found.blue else None, found.green.latency
    return (green.p95 - blue.p95) / 1000 if blue and green else None


def _behind_s(found: EventTimes) -> float:
    blue, green = found.blue.newest_ms if found.blue else None, found.green.newest_ms
    return (blue - green) / 1000 if blue is not None and green is not None else 0.0


def _latency(side: SideTimes) -> str:
    one = side.latency
    return (
        f"p50 {one.p50 / 1000:.1f} s, p95 {one.p95 / 1000:.1f} s, p99 {one.p99 / 1000:.1f} s" if one else ""
    )
