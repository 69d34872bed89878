"""The golden scenario on fakes in this process, for tasks that run in it."""

from airflow_bluegreen.hooks.platform import Site
from tests.actions.world import World

OPENER = f"{__name__}.open_site"
"""For ``[bluegreen] site``."""

_here: list[World] = []


def begin() -> World:
    """A world anew, which :func:`open_site` opens from now on."""
    _here[:] = [World()]
    return _here[0]


def open_site(project: str, environment: str, ref: str) -> Site:
    """Whatever is asked for: there is one world."""
    (world,) = _here
    return Site(platform=world.platform, profile=world.profile)
