import io

from rich.console import Console

from airflow_bluegreen.stack.progress import reporting


def shown(*, terminal: bool) -> str:
    output = io.StringIO()
    with reporting(Console(file=output, force_terminal=terminal, width=80)) as progress:
        progress("download", "kafka: 1 of 9 jars")
        progress("download", "kafka: 2 of 9 jars")
        progress("kafka", "up")
    return output.getvalue()


def test_lines_without_a_terminal() -> None:
    lines = shown(terminal=False).splitlines()
    assert [line.partition("s  ")[2] for line in lines] == ["download: kafka: 1 of 9 jars", "kafka: up"]


def test_live_on_a_terminal() -> None:
    text = shown(terminal=True)
    assert "kafka: 2 of 9 jars" in text
    assert "✔" in text
