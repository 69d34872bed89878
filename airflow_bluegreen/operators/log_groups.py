"""Lines that Airflow's log page folds under a title."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def group(log: Any, title: str) -> Iterator[None]:
    """What is logged inside is folded under the title."""
    log.info("::group::%s", title)
    try:
        yield
    finally:
        log.info("::endgroup::")


def log_group(log: Any, title: str, lines: Iterable[str]) -> None:
    """Log these lines folded under a title."""
    with group(log, title):
        for line in lines:
            log.info("%s", line)
