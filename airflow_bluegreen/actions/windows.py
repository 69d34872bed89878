"""A cut-over begins in the release window of its environment; one that has begun goes on at any time."""

from datetime import UTC, datetime, timedelta

from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.core.model import Outside, Phase, ReleaseWindow
from airflow_bluegreen.core.windows import is_open, moment_in_words, next_opening, window_in_words
from airflow_bluegreen.exceptions import WindowClosedError
from airflow_bluegreen.ports import Narrator, Platform

LOOK_EVERY_S = 30.0
_NOT_BEGUN = frozenset({Phase.PLANNED, Phase.DEPLOYING, Phase.COMPARED})


def opens_at(platform: Platform, release: str, window: ReleaseWindow) -> datetime | None:
    """When the cut-over of a release may begin, in UTC; None where it may begin, or go on, now.

    :raises WindowClosedError: the window has no opening in the next two years.
    :raises RefusedError: the ledger knows no such release.
    """
    now = datetime.fromtimestamp(platform.clock.now(), tz=UTC)
    if is_open(window, now) or current(platform, release).phase not in _NOT_BEGUN:
        return None
    coming = next_opening(window, now)
    if coming is None:
        raise WindowClosedError(
            f"the release window ({window_in_words(window)}) does not open again in two years",
            remedy="Mend its days and blackout, in bluegreen.yaml or where the DAG sets the window",
        )
    return coming.start


def closed_in_words(window: ReleaseWindow, opening: datetime) -> str:
    """That the window is closed, and when it opens."""
    opens = moment_in_words(window, opening)
    return f"the release window ({window_in_words(window)}) is closed, it opens {opens}"


def refuse_where_stopped(window: ReleaseWindow, opening: datetime) -> None:
    """Raises WindowClosedError where the window says that a cut-over outside of it stops."""
    if window.outside is Outside.STOP:
        raise WindowClosedError(
            f"{closed_in_words(window, opening)}; green stays beside blue",
            remedy="Cut over again when it is open, or at once without regard to the window; or roll back",
        )


def await_window(platform: Platform, release: str, window: ReleaseWindow, say: Narrator) -> None:
    """Wait until the cut-over of a release may begin.

    :raises WindowClosedError: the window says that a cut-over outside of it stops.
    """
    opening = opens_at(platform, release, window)
    if opening is None:
        return
    refuse_where_stopped(window, opening)
    say(f"{closed_in_words(window, opening)}; waiting")
    left = opening - datetime.fromtimestamp(platform.clock.now(), tz=UTC)
    poll(
        lambda: opens_at(platform, release, window),
        until=lambda when: when is None,
        clock=platform.clock,
        timeout_s=(left + timedelta(days=1)).total_seconds(),
        every_s=LOOK_EVERY_S,
    )
