import pytest

from airflow_bluegreen.actions.finish_release import finish_release
from airflow_bluegreen.actions.list_releases import find_release, list_releases
from airflow_bluegreen.actions.start_release import start_release
from airflow_bluegreen.core.lifecycle import begin
from airflow_bluegreen.exceptions import UnknownRefError
from tests.actions.cloned import Cloned


def test_finished_and_started_releases_highest_version_first() -> None:
    cloned = Cloned()
    cloned.here.tag("nightly", "main")
    start_release(cloned.clone, "v1.0.1", cloned.plan, cloned.story)
    found = list_releases(cloned.here, cloned.settings, "v*")
    assert [(one.version, one.finished, one.phase) for one in found] == [
        ("v1.0.1", False, None),
        ("v1.0.0", True, None),
    ]
    finish_release(cloned.clone, "v1.0.1", cloned.story)
    assert [one.finished for one in list_releases(cloned.here, cloned.settings, "v*")] == [True, True]
    (newest,) = list_releases(cloned.here, cloned.settings, "v*", limit=1)
    assert (newest.version, newest.commit.sha) == ("v1.0.1", cloned.here.branches["main"])


@pytest.mark.parametrize("deployed", ["release/v1.0.1", "v1.0.1", "sha"])
def test_the_phase_is_that_of_what_was_deployed(deployed: str) -> None:
    cloned = Cloned()
    start_release(cloned.clone, "v1.0.1", cloned.plan, cloned.story)
    commit = cloned.here.resolve("release/v1.0.1")
    plan = cloned.plan(type(commit)(ref=commit.sha if deployed == "sha" else deployed, sha=commit.sha), None)
    record = begin(plan, at="2025-02-01T00:00:00Z")
    found = list_releases(cloned.here, cloned.settings, "v*", records=(record,))
    assert [one.phase for one in found] == ["planned", None]


def test_a_release_is_its_tag_or_its_branch() -> None:
    cloned = Cloned()
    start_release(cloned.clone, "v1.0.1", cloned.plan, cloned.story)
    assert find_release(cloned.here, cloned.settings, "v1.0.1").sha == cloned.here.branches["release/v1.0.1"]
    assert find_release(cloned.here, cloned.settings, "v1.0.0").sha == cloned.here.tags["v1.0.0"]
    with pytest.raises(
        UnknownRefError, match=r"no release v2\.0\.0: neither a tag nor a branch release/v2\.0\.0"
    ):
        find_release(cloned.here, cloned.settings, "v2.0.0")
