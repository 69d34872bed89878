import io
import os
import signal

import pytest
from rich.console import Console

from airflow_bluegreen.cli.comparing import reading_bars, stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_to_stop_and_a_second_one_ends_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopping() as stop:
        assert not stop.asked
        os.kill(os.getpid(), number)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_each_topic_has_a_bar_on_a_terminal() -> None:
    screen = io.StringIO()
    with reading_bars(Console(file=screen, force_terminal=True, width=100)) as shown:
        assert shown is not None
        shown("orders", 500, 1_000, 100.0)
        shown("orders_v2", 0, 0, 0.0)
    assert "orders" in screen.getvalue()
    assert "100 records/s, 0:00:05 to go" in screen.getvalue()


def test_there_is_no_bar_without_a_terminal() -> None:
    with reading_bars(Console(file=io.StringIO())) as shown:
        assert shown is None
