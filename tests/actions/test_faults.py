"""The tests' own tool: a kill is one, and writes are what they are called."""

import pytest

from airflow_bluegreen import ports
from tests.actions.faults import WRITES, Killed, Line, kill
from tests.actions.releasing import bring_up
from tests.actions.world import World


def test_every_method_of_a_writing_port_is_a_write() -> None:
    writers = [kind for name, kind in vars(ports).items() if name.endswith("Writer")]
    methods = {method for kind in writers for method in vars(kind) if not method.startswith("_")}
    assert methods <= WRITES


def test_a_kill_stops_everything_at_that_write() -> None:
    world = World()
    world.line = Line(at=2, fault=kill)
    with pytest.raises(Killed):
        bring_up(world)
    assert len(world.line.calls) == 3
