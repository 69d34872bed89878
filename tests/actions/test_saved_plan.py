from dataclasses import replace

import pytest

from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.saved_plan import refuse_moved, refuse_moved_refs
from airflow_bluegreen.core.documents import from_json, to_json
from airflow_bluegreen.core.model import Commit, Plan
from airflow_bluegreen.exceptions import ConfigurationError, RequirementError
from tests.actions.releasing import release
from tests.actions.world import World


def saved(world: World) -> Plan:
    return from_json(Plan, to_json(world.plan()))


def test_a_plan_holds_while_nothing_moved() -> None:
    """It is looked at, not merely believed."""
    world = World()
    plan = saved(world)
    before = len(world.cluster.repository.wire.called("resolve"))
    refuse_moved(world.platform, plan, "local")
    assert plan == world.plan()
    resolved = [ref for (ref,) in world.cluster.repository.wire.called("resolve")[before:]]
    assert {"v1.0.1", "v1.0.0"} <= set(resolved)
    assert world.cluster.releases.wire.called("records")


def test_a_tag_that_moved_makes_it_stale() -> None:
    world = World()
    plan = saved(world)
    world.cluster.repository.commit({"README.md": "more"})
    world.cluster.repository.tag("v1.0.1")
    with pytest.raises(RequirementError, match=r"^the release v1\.0\.1 was \w{12} when the plan"):
        refuse_moved(world.platform, plan, "local")


def test_a_base_that_moved_makes_it_stale() -> None:
    world = World()
    plan = saved(world)
    assert plan.base is not None
    other = replace(plan, base=Commit(ref="v1.0.1", sha=plan.base.sha))
    with pytest.raises(RequirementError, match=r"^its base v1\.0\.1 was"):
        refuse_moved(world.platform, other, "local")


def test_another_live_release_makes_it_stale() -> None:
    world = World()
    plan = saved(world)
    release(world)
    with pytest.raises(RequirementError, match=r"^the plan was made over v1\.0\.0, and v1\.0\.1 is live"):
        refuse_moved(world.platform, plan, "local")
    with pytest.raises(RequirementError, match=r"replaces int_3 \(int_3_v2 is live\), fact_2 \(fact_2_v2"):
        refuse_moved(world.platform, replace(plan, base_release="v1.0.1"), "local")


def test_a_release_that_was_begun_with_it_goes_on_and_with_another_one_it_does_not() -> None:
    world = World()
    plan = saved(world)
    open_release(world.platform, plan, world.story)
    refuse_moved(world.platform, plan, "local")
    with pytest.raises(RequirementError, match="was begun with another plan"):
        refuse_moved(world.platform, replace(plan, untouched=()), "local")


def test_a_plan_is_for_one_environment_and_for_a_commit() -> None:
    world = World()
    plan = saved(world)
    with pytest.raises(ConfigurationError, match="for environment local, not for production"):
        refuse_moved(world.platform, plan, "production")
    files = replace(plan, release=Commit(ref="working tree", sha=""))
    with pytest.raises(ConfigurationError, match="made from files and not from a commit"):
        refuse_moved_refs(world.platform.repository, files)
