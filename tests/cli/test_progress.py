import io

from rich.console import Console

from airflow_bluegreen.cli.progress import catching_up, doing_of
from airflow_bluegreen.core.pace import Sample
from airflow_bluegreen.core.readiness import Readiness, ReadinessState, Targets
from tests.fakes.clock import FakeClock
from tests.fakes.platform import Story

TARGETS = Targets(at_ms=0, offsets={("src", 0): 1_000})


def hydrating(remaining: int) -> Readiness:
    samples = (Sample(at_ms=0, read=0, ends=1_000), Sample(at_ms=10_000, read=1_000 - remaining, ends=1_000))
    return Readiness(
        state=ReadinessState.HYDRATING,
        remaining=remaining,
        reason=f"{remaining} records to read up to the targets",
        samples=samples,
    )


READY = Readiness(state=ReadinessState.READY, remaining=0, reason="caught up")


def test_a_pipe_gets_plain_lines() -> None:
    story, out = Story(), io.StringIO()
    with catching_up(Console(file=out), FakeClock(), story, 1) as watching:
        watching("int_3", TARGETS, hydrating(400))
        watching("int_3", TARGETS, READY)
    assert out.getvalue() == ""
    assert story.lines == [
        "int_3 is hydrating: 400 records to read up to the targets (60 records/s, 7 s to go)",
        "int_3 is ready: caught up",
        "int_3 has caught up: 1,000 input records, 0 behind",
    ]


def test_a_terminal_gets_bars() -> None:
    story, out = Story(), io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with catching_up(console, FakeClock(), story, 2) as watching:
        watching("int_3", TARGETS, hydrating(400))
        watching("fact_2", TARGETS, READY)
        out.truncate(0)
        watching("fact_3", TARGETS, hydrating(1_000))
    assert story.lines == []
    shown = out.getvalue()
    assert "int_3" in shown
    assert "hydrating  400 to go  60/s  0:00:07" in shown
    assert "1 of 2 ready" in shown


def test_what_a_bar_says() -> None:
    starting = Readiness(state=ReadinessState.STARTING, remaining=5, reason="2 tasks wait for a free slot")
    assert doing_of(starting) == "2 tasks wait for a free slot"
    assert doing_of(hydrating(0)) == "hydrating  checkpoint to come  100/s"
    lagging = Readiness(state=ReadinessState.LAGGING, remaining=1_500, reason="1,500 behind")
    assert doing_of(lagging) == "lagging  1,500 to go"
