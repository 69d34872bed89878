"""A whole platform of fakes that belong together."""

from collections.abc import Mapping

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.ports import Platform
from tests.fakes.clock import FakeClock
from tests.fakes.flink_gateway import FakeGateway
from tests.fakes.flink_rest import FakeJobs
from tests.fakes.git import FakeRepository
from tests.fakes.kafka import FakeTopics
from tests.fakes.kafka_connect import FakeConnect
from tests.fakes.release_store import FakeReleases
from tests.fakes.schema_registry import FakeSchemas
from tests.fakes.wire import Wire

ENDPOINTS = Endpoints(
    gateway_url="http://gateway.test",
    flink_url="http://flink.test",
    kafka={"bootstrap.servers": "kafka.test:9092"},
    connect_url="http://connect.test",
    registry_url="http://registry.test",
)


class FakeCluster:
    """Kafka, Flink, Connect and registry that see one another; time passes when an action sleeps.

    Each sleep (and each :meth:`run`) lets the running jobs process their inputs and complete a checkpoint,
    and the running connectors deliver.
    """

    def __init__(
        self, files: Mapping[str, str] | None = None, *, project: str = "retail", environment: str = "local"
    ) -> None:
        self.clock = FakeClock()
        self.topics = FakeTopics(self.clock)
        self.jobs = FakeJobs(self.topics, self.clock)
        self.schemas = FakeSchemas()
        self.gateway = FakeGateway(self.jobs, self.schemas)
        self.connectors = FakeConnect(self.topics)
        self.releases = FakeReleases(project, environment)
        self.repository = FakeRepository(files)
        self.clock.on_sleep(self.run)

    @property
    def platform(self) -> Platform:
        return Platform(
            endpoints=ENDPOINTS,
            repository=self.repository,
            gateway=self.gateway,
            jobs=self.jobs,
            topics=self.topics,
            connectors=self.connectors,
            schemas=self.schemas,
            releases=self.releases,
            clock=self.clock,
        )

    @property
    def wires(self) -> dict[str, Wire]:
        """The line to every server by its name in ``ports.Platform``."""
        return {
            "repository": self.repository.wire,
            "gateway": self.gateway.wire,
            "jobs": self.jobs.wire,
            "topics": self.topics.wire,
            "connectors": self.connectors.wire,
            "schemas": self.schemas.wire,
            "releases": self.releases.wire,
        }

    def run(self, rounds: int = 1) -> None:
        """Let the world live: each round moves records one job further down the lineage at least."""
        for _ in range(rounds):
            self.jobs.run()
            self.connectors.run()


class Story:
    """A ``ports.Narrator`` that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str, /) -> None:
        self.lines.append(line)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)
