import pytest

from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, current, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.actions.turn import await_turn, withdraw
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import BusyError
from tests.actions.releasing import bring_up
from tests.actions.world import World


def opened() -> World:
    world = World()
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    rewrite(world.platform, plan, world.story)
    return world


def test_a_second_release_is_refused_while_one_is_in_progress() -> None:
    world = opened()
    world.cluster.repository.tag("v1.0.2")
    with pytest.raises(BusyError, match=r"release v1\.0\.1 is deploying in local"):
        open_release(world.platform, world.plan("v1.0.2"), world.story)


def test_it_waits_until_the_other_has_ended() -> None:
    world = opened()
    begun = world.cluster.clock.now()

    def end_it() -> None:
        record = current(world.platform, "v1.0.1")
        if world.cluster.clock.now() - begun > 60 and record.phase is Phase.DEPLOYING:
            withdraw(world.platform, "v1.0.1", world.story)

    world.cluster.clock.on_sleep(end_it)
    await_turn(world.platform, "v1.0.2", world.story)
    assert 60 < world.cluster.clock.now() - begun < 120
    assert "waiting for release v1.0.1, which is deploying" in world.story.lines


def test_nobody_waits_for_oneself_nor_for_ever() -> None:
    world = opened()
    await_turn(world.platform, "v1.0.1", world.story)
    with pytest.raises(BusyError, match="one release at a time"):
        await_turn(world.platform, "v1.0.2", world.story, timeout_s=60)


def test_a_release_of_which_nothing_exists_is_withdrawn() -> None:
    world = opened()
    assert withdraw(world.platform, "v1.0.1", world.story)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK
    bring_up(world)
    assert current(world.platform, "v1.0.1").phase is Phase.COMPARED


def test_a_release_that_created_something_is_not() -> None:
    world = opened()
    plan = current(world.platform, "v1.0.1").plan
    provision(world.platform, plan, "int_3", world.profile, world.story)
    assert not withdraw(world.platform, "v1.0.1", world.story)
    deploy(world.platform, plan, "int_3", world.profile, world.story)
    world.cluster.topics.delete_topic("int_3_v2")
    assert not withdraw(world.platform, "v1.0.1", world.story)
    assert current(world.platform, "v1.0.1").phase is Phase.DEPLOYING


def test_nor_is_one_that_is_further() -> None:
    world = opened()
    advance_to(world.platform, "v1.0.1", Phase.COMPARED)
    assert not withdraw(world.platform, "v1.0.1", world.story)
