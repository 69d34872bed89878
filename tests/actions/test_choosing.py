from dataclasses import replace

from airflow_bluegreen.actions.choosing import Choice, choose_newest, choose_promoted, confirm_promoted
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.core.model import Phase
from tests.actions.world import World
from tests.fakes.git import FakeRepository
from tests.fakes.release_store import FakeReleases


def with_head() -> World:
    """v1.0.0 is live, v1.0.1 the newest tag."""
    world = World()
    branches = world.cluster.repository.branches
    branches["HEAD"] = branches["main"]
    bring_to(world, *LIVE, release="v1.0.0")
    return world


def bring_to(world: World, *phases: Phase, release: str = "v1.0.1") -> None:
    open_release(world.platform, world.plan(release), world.story)
    for phase in (Phase.DEPLOYING, *phases):
        world.cluster.clock.advance(1)
        advance_to(world.platform, release, phase)


LIVE = (Phase.COMPARED, Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING, Phase.LIVE)


def test_the_newest_tag_that_is_not_live() -> None:
    choice = choose_newest(with_head().platform, "local")
    assert choice.release == "v1.0.1"
    assert choice.why == "release v1.0.1, the newest of the tags v*, is not live in local"


def test_nothing_when_the_newest_is_live_even_if_an_older_one_is_not() -> None:
    world = with_head()
    world.cluster.repository.tag("v1.0.0-hotfix", "v1.0.0")
    bring_to(world, *LIVE)
    choice = choose_newest(world.platform, "local")
    assert choice.release is None
    assert choice.why == "nothing to release: v1.0.1, the newest of the tags v*, is live in local"


def test_nothing_without_a_tag() -> None:
    world = with_head()
    world.cluster.repository.tags.clear()
    assert choose_newest(world.platform, "local").why == "nothing to release: the repository has no tag v*"


def test_a_release_that_was_rolled_back_waits_for_a_person() -> None:
    world = with_head()
    bring_to(world, Phase.ROLLING_BACK, Phase.ROLLED_BACK)
    choice = choose_newest(world.platform, "local")
    assert choice.release is None
    assert "was rolled back in local: release it by its name, or tag a newer one" in choice.why
    world.cluster.repository.tag("v1.0.2")
    assert choose_newest(world.platform, "local").release == "v1.0.2"


def test_a_release_that_is_in_progress_goes_on() -> None:
    world = with_head()
    bring_to(world, Phase.COMPARED)
    assert choose_newest(world.platform, "local").release == "v1.0.1"


def test_what_is_live_already_is_not_gone_back_from() -> None:
    world = with_head()
    repository = world.cluster.repository
    repository.commit({"notes.txt": "x"})
    bring_to(world, *LIVE, release="main")
    choice = choose_newest(world.platform, "local")
    assert choice.release is None
    assert "is part of main, which is live in local" in choice.why


def test_a_live_commit_that_the_clone_lacks_is_no_hindrance() -> None:
    world = with_head()
    shallow = FakeRepository({"bluegreen.yaml": ""})
    shallow.tag("v1.0.1")
    shallow.branches["HEAD"] = shallow.branches["main"]
    choice = choose_newest(replace(world.platform, repository=shallow), "local")
    assert choice.release == "v1.0.1"


def test_what_is_live_in_stage_is_taken_to_production() -> None:
    stage, production = with_head(), with_head()
    bring_to(stage, *LIVE)
    choice = choose_promoted(production.platform, "production", stage.platform.releases, "stage")
    assert (choice.release, choice.why) == ("v1.0.1", "release v1.0.1 is live in stage")


def test_nothing_where_production_has_it_or_stage_has_nothing() -> None:
    stage, production = with_head(), with_head()
    choice = choose_promoted(production.platform, "production", stage.platform.releases, "stage")
    assert choice.why == "nothing to release: v1.0.0, which is live in stage, is live in production"
    empty = choose_promoted(production.platform, "production", FakeReleases("retail", "stage"), "stage")
    assert (empty.release, empty.why) == (None, "nothing to release: no release is live in stage")


def test_a_release_that_is_asked_for_must_be_live_in_stage() -> None:
    stage = with_head()

    def asked(release: str) -> Choice:
        return confirm_promoted(stage.platform.repository, release, stage.platform.releases, "stage")

    assert asked("v1.0.0").release == "v1.0.0"
    bring_to(stage, Phase.COMPARED)
    refused = asked("v1.0.1")
    assert refused.release is None
    assert refused.why == (
        "nothing to release: v1.0.1 is compared in stage, and only what is live there is released here"
    )
    assert "v9 is not released in stage" in asked("v9").why
    for phase in LIVE[1:]:
        stage.cluster.clock.advance(1)
        advance_to(stage.platform, "v1.0.1", phase)
    assert asked("v1.0.1").release == "v1.0.1"
    assert "v1.0.0 is superseded in stage" in asked("v1.0.0").why


def test_a_name_that_has_moved_since_stage_is_not_promoted() -> None:
    stage, production = with_head(), with_head()
    bring_to(stage, *LIVE, release="main")
    production.cluster.repository.commit({"notes.txt": "x"})
    choice = choose_promoted(production.platform, "production", stage.platform.releases, "stage")
    assert choice.release is None
    assert "main has moved since it went live in stage" in choice.why
