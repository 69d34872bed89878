"""A world in which what runs was adopted as v1.0.0 before v1.0.1 was released."""

from airflow_bluegreen.actions.adopt import adopt
from tests.actions.releasing import release
from tests.actions.world import World


def adopted_and_released(world: World) -> World:
    adopt(world.platform, "v1.0.0", world.profile, world.story)
    release(world)
    return world
