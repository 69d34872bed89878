"""Sink connectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from airflow_bluegreen.core.model import Offsets
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, StatementError
from airflow_bluegreen.ports import Connectors


@dataclass(frozen=True, kw_only=True)
class ConnectorsWorld:
    """``blue`` and ``green`` are topics of one partition with three records each; ``config`` is a valid
    sink's, without topics; ``until`` as in the suite for Flink; ``spoil`` lets the connector's task fail when
    it starts."""

    connectors: Connectors
    name: str
    blue: str
    green: str
    config: Mapping[str, str]
    group_offsets: Callable[[str], Offsets]
    group_members: Callable[[str], int]
    until: Callable[[Callable[[], bool]], None]
    spoil: Callable[[str], None]

    def state(self) -> str:
        found = self.connectors.connector(self.name)
        return found.state if found else "absent"

    def offsets(self) -> Offsets:
        found = self.connectors.connector(self.name)
        return found.offsets if found else {}

    def put(self, topic: str, *, stopped: bool = False) -> None:
        self.connectors.put_config(self.name, {**self.config, "topics": topic}, stopped=stopped)


class ConnectorsContract:
    @pytest.fixture
    def world(self) -> ConnectorsWorld:
        raise NotImplementedError

    @pytest.fixture
    def delivered(self, world: ConnectorsWorld) -> ConnectorsWorld:
        """A running connector that has committed blue's three records."""
        world.put(world.blue)
        world.until(lambda: world.offsets() == {(world.blue, 0): 3})
        return world

    def test_an_absent_connector(self, world: ConnectorsWorld) -> None:
        assert world.connectors.connector(world.name) is None
        assert world.name not in world.connectors.connectors()
        world.connectors.delete_connector(world.name)
        with pytest.raises(ConfigurationError):
            world.connectors.stop_connector(world.name)
        with pytest.raises(ConfigurationError):
            world.connectors.resume_connector(world.name)

    def test_created_stopped_it_reads_nothing(self, world: ConnectorsWorld) -> None:
        world.put(world.blue, stopped=True)
        found = world.connectors.connector(world.name)
        assert found is not None
        assert found.config is not None
        assert (found.state, found.offsets) == ("STOPPED", {})
        assert (found.config["name"], found.config["topics"]) == (world.name, world.blue)
        assert world.name in world.connectors.connectors()

    def test_configurations_of_all(self, world: ConnectorsWorld) -> None:
        assert world.name not in world.connectors.configs()
        world.put(world.blue, stopped=True)
        found = world.connectors.connector(world.name)
        assert found is not None
        assert world.connectors.configs()[world.name] == found.config

    def test_resumed_it_runs_and_commits(self, world: ConnectorsWorld) -> None:
        world.put(world.blue, stopped=True)
        world.connectors.resume_connector(world.name)
        assert world.state() == "RUNNING"
        world.until(lambda: world.offsets() == {(world.blue, 0): 3})
        assert world.group_offsets(f"connect-{world.name}") == {(world.blue, 0): 3}

    def test_stopping_keeps_the_offsets(self, delivered: ConnectorsWorld) -> None:
        delivered.connectors.stop_connector(delivered.name)
        assert (delivered.state(), delivered.offsets()) == ("STOPPED", {(delivered.blue, 0): 3})
        delivered.connectors.stop_connector(delivered.name)

    def test_stopped_nobody_is_left_in_its_group(self, delivered: ConnectorsWorld) -> None:
        group = f"connect-{delivered.name}"
        assert delivered.group_members(group) == 1
        delivered.connectors.stop_connector(delivered.name)
        delivered.until(lambda: delivered.group_members(group) == 0)

    def test_a_new_config_leaves_a_stopped_connector_stopped(self, delivered: ConnectorsWorld) -> None:
        delivered.connectors.stop_connector(delivered.name)
        delivered.put(delivered.green)
        assert delivered.state() == "STOPPED"

    def test_offsets_of_a_running_connector_cannot_be_set(self, delivered: ConnectorsWorld) -> None:
        with pytest.raises(ConflictError):
            delivered.connectors.set_offsets(delivered.name, {(delivered.blue, 0): 1})

    def test_setting_offsets_resets_the_partitions_that_are_not_named(
        self, delivered: ConnectorsWorld
    ) -> None:
        delivered.connectors.stop_connector(delivered.name)
        delivered.connectors.set_offsets(delivered.name, {(delivered.green, 0): 1})
        assert delivered.offsets() == {(delivered.green, 0): 1}

    def test_a_moved_connector_goes_on_from_the_offsets_that_were_set(
        self, delivered: ConnectorsWorld
    ) -> None:
        delivered.connectors.stop_connector(delivered.name)
        delivered.put(delivered.green)
        delivered.connectors.set_offsets(delivered.name, {(delivered.green, 0): 2})
        delivered.connectors.resume_connector(delivered.name)
        delivered.until(lambda: delivered.offsets() == {(delivered.green, 0): 3})
        assert delivered.state() == "RUNNING"

    def test_resuming_a_connector_whose_task_fails_tells_why(self, world: ConnectorsWorld) -> None:
        world.put(world.blue, stopped=True)
        world.spoil(world.name)
        with pytest.raises(StatementError, match="task 0"):
            world.connectors.resume_connector(world.name)
        assert world.state() == "FAILED"

    def test_deleted_its_group_is_gone_too(self, delivered: ConnectorsWorld) -> None:
        delivered.connectors.delete_connector(delivered.name)
        assert delivered.connectors.connector(delivered.name) is None
        assert delivered.group_offsets(f"connect-{delivered.name}") == {}

    def test_a_config_without_class_is_refused(self, world: ConnectorsWorld) -> None:
        with pytest.raises(ConfigurationError):
            world.connectors.put_config(world.name, {"topics": world.blue})
        assert world.connectors.connector(world.name) is None

    def test_complaints_about_a_config(self, world: ConnectorsWorld) -> None:
        assert world.connectors.validate_config({**world.config, "topics": world.blue}) == ()
        assert any(line.startswith("topics") for line in world.connectors.validate_config(world.config))
        assert any("connector.class" in line for line in world.connectors.validate_config({"topics": "x"}))
