from dataclasses import replace

from airflow_bluegreen.core.comparison.checks.freshness import check_freshness
from airflow_bluegreen.core.model import CheckResult, CheckSettings, EventTimes, Quantiles, Verdict
from tests.core.comparison.evidence import TIMES, everything, looked, quiet


def found(times: EventTimes, slower_by: float = 60.0) -> CheckResult:
    settings = CheckSettings(slower_by=slower_by)
    result = check_freshness(everything(inspection=looked(event_times=times), settings=settings))
    assert result is not None
    return result


def with_green(**changes: object) -> EventTimes:
    return replace(TIMES, green=replace(TIMES.green, **changes))  # type: ignore[arg-type]


def test_as_fresh_as_blue() -> None:
    result = found(TIMES)
    assert (result.verdict, result.blue) == (Verdict.PASS, "p50 0.1 s, p95 0.9 s, p99 1.0 s")


def test_slower_than_the_project_allows() -> None:
    slow = with_green(latency=Quantiles(p50=100, p95=3_900, p99=4_000))
    assert found(slow).verdict is Verdict.PASS
    result = found(slow, slower_by=2)
    assert (result.verdict, result.detail) == (Verdict.FAIL, "p95 is 3.0 s above blue's")
    assert "slower_by 2 s" in result.rule


def test_a_newest_event_that_is_old() -> None:
    result = found(with_green(newest_ms=7_000_000 - 90_000))
    assert (result.verdict, result.detail) == (Verdict.FAIL, "the newest event is 90.0 s older than blue's")


def test_a_latency_that_is_not_known_is_said_to_be() -> None:
    assert "too few events" in found(with_green(latency=None)).detail


def test_without_event_times_or_blue_nothing_is_said() -> None:
    assert check_freshness(quiet()) is None
    assert check_freshness(everything(inspection=looked(event_times=replace(TIMES, blue=None)))) is None
