"""Kafka Connect in memory; its sinks deliver into lists."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import ConnectorState, KafkaRecord, Offsets
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, StatementError
from tests.fakes.kafka import FakeTopics
from tests.fakes.wire import Wire


@dataclass
class FakeConnector:
    """A connector: ``failure`` is the trace its tasks die with as soon as they run."""

    config: dict[str, str]
    state: str
    failure: str | None = None
    delivered: list[tuple[str, KafkaRecord]] = field(default_factory=list)

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.config.get("topics", "").split(",") if name.strip())


class FakeConnect:
    """Implements ``ports.Connectors``. Offsets live in the group ``connect-<name>`` of the fake topics."""

    def __init__(self, topics: FakeTopics | None = None) -> None:
        self.cluster = topics or FakeTopics()
        self.cluster.consumers.append(self)
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self.all: dict[str, FakeConnector] = {}
        self.complaints: list[str] = []

    # --- the port ---

    def connector(self, name: str) -> ConnectorState | None:
        with self.wire.call("connector", name):
            found = self.all.get(name)
            if found is None:
                return None
            offsets = dict(self.cluster.groups.get(f"connect-{name}", {}))
            return ConnectorState(name=name, config=dict(found.config), offsets=offsets, state=found.state)

    def connectors(self) -> tuple[str, ...]:
        with self.wire.call("connectors"):
            return tuple(sorted(self.all))

    def configs(self) -> Mapping[str, Mapping[str, str]]:
        with self.wire.call("configs"):
            return {name: dict(found.config) for name, found in self.all.items()}

    def validate_config(self, config: Mapping[str, str]) -> tuple[str, ...]:
        with self.wire.call("validate_config", dict(config)):
            if not config.get("connector.class"):
                return ("connector.class: missing",)
            named = [key for key in ("topics", "topics.regex") if config.get(key)]
            missing = () if named else ("topics: Must configure one of topics or topics.regex",)
            return (*missing, *self.complaints)

    def put_config(self, name: str, config: Mapping[str, str], *, stopped: bool = False) -> None:
        with self.wire.call("put_config", name, dict(config), stopped):
            if not config.get("connector.class"):
                raise ConfigurationError(f"connector {name}: connector.class: missing required configuration")
            settings = {**config, "name": name}
            found = self.all.get(name)
            if found is None:
                self.all[name] = FakeConnector(settings, "STOPPED" if stopped else "RUNNING")
            else:
                found.config = settings

    def stop_connector(self, name: str) -> None:
        with self.wire.call("stop_connector", name):
            self._known(name).state = "STOPPED"

    def set_offsets(self, name: str, offsets: Offsets) -> None:
        with self.wire.call("set_offsets", name, dict(offsets)):
            if self._known(name).state != "STOPPED":
                raise ConflictError(f"connector {name} must be stopped before its offsets are set")
            self.cluster.groups[f"connect-{name}"] = dict(offsets)

    def resume_connector(self, name: str) -> None:
        with self.wire.call("resume_connector", name):
            found = self._known(name)
            if found.failure:
                found.state = "FAILED"
                raise StatementError(f"connector {name}: task 0 failed: {found.failure}")
            found.state = "RUNNING"

    def delete_connector(self, name: str) -> None:
        with self.wire.call("delete_connector", name):
            self.all.pop(name, None)
            self.cluster.groups.pop(f"connect-{name}", None)

    def members(self, group: str) -> int:
        """The consumers of a group: a task for each running connector."""
        name = group.removeprefix("connect-")
        return int(name in self.all and self.all[name].state == "RUNNING")

    # --- what tests do to it ---

    def run(self) -> None:
        """Every running connector delivers what its topics hold beyond its offsets, and commits."""
        for name, found in self.all.items():
            if found.state != "RUNNING":
                continue
            offsets = self.cluster.groups.setdefault(f"connect-{name}", {})
            for topic in found.topics:
                for record in self.cluster.records(topic) if topic in self.cluster.names() else ():
                    if record.offset >= offsets.get((topic, record.partition), 0):
                        found.delivered.append((topic, record))
                        offsets[topic, record.partition] = record.offset + 1

    def delivered(self, name: str) -> list[tuple[str, KafkaRecord]]:
        """(topic, record) of everything that connector ever wrote."""
        return self.all[name].delivered

    def _known(self, name: str) -> FakeConnector:
        if name not in self.all:
            raise ConfigurationError(f"no connector {name}")
        return self.all[name]
