"""The engine that reads the lake is there."""

from collections.abc import Iterable, Iterator
from functools import partial

from airflow_bluegreen.actions.preflight.scene import Scene, findings_of
from airflow_bluegreen.actions.stable_names import lake_of
from airflow_bluegreen.core.model import Finding

LAKE = "lake"


def look_at_lake(scene: Scene) -> Iterator[Finding]:
    """It answers, where the environment has one."""
    if scene.profile.lake is not None:
        yield from findings_of(LAKE, "", partial(_answers, scene))


def _answers(scene: Scene) -> Iterable[Finding]:
    lake_of(scene.platform).run(("SELECT 1",))
    return ()
