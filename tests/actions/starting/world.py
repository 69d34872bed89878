"""The small project on fakes: v1 is live, deployed with this tool, v2 waits."""

from collections.abc import Mapping

import orjson

from airflow_bluegreen.actions.catch_up import await_ready
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.core.model import Job, Phase, Plan, Profile
from airflow_bluegreen.ports import Platform
from tests.actions.faults import Line, faulty
from tests.actions.starting.small import files
from tests.fakes.platform import FakeCluster, Story

WAY = (
    Phase.DEPLOYING,
    Phase.COMPARED,
    Phase.CUTTING_OVER,
    Phase.CUT_OVER,
    Phase.RETIRING,
    Phase.LIVE,
)


class SmallWorld:
    def __init__(self, release: Mapping[str, str]) -> None:
        self.cluster = FakeCluster(dict(files()), project="small")
        self.story = Story()
        self.line: Line | None = None
        self.cluster.repository.tag("v1")
        self.cluster.repository.commit(dict(release))
        self.cluster.repository.tag("v2")
        self.cluster.topics.ensure("raw", 2)
        self.number = 0
        self.load = 3
        self.cluster.gateway.operators["agg"] = ("GroupAggregate",)
        self.cluster.gateway.operators["agg_v2"] = ("GroupAggregate",)
        self.produce(6)
        self._go_live()
        self.produce(3)
        self.cluster.clock.on_sleep(lambda: self.produce(self.load))

    @property
    def platform(self) -> Platform:
        platform = self.cluster.platform
        return faulty(platform, self.line) if self.line else platform

    @property
    def profile(self) -> Profile:
        return load_project(self.cluster.repository, "v2").profiles["local"]

    def produce(self, count: int) -> None:
        """Raw records that nobody else is equal to."""
        for _ in range(count):
            self.number += 1
            row = {"k": f"k{self.number % 5}", "v": self.number, "id": self.number}
            key = row["k"].encode()  # type: ignore[union-attr]
            self.cluster.topics.produce("raw", key, orjson.dumps(row), partition=self.number % 5 % 2)

    def calm(self) -> None:
        """Nothing new comes in."""
        self.load = 0

    def plan(self, release: str = "v2") -> Plan:
        return plan_release(self.platform, environment="local", release=release)

    def begin(self, table: str) -> tuple[Job, ...]:
        """The release begun, and one table of it deployed; again if it was before."""
        platform = self.platform
        plan = self.plan()
        open_release(platform, plan, self.story)
        advance_to(platform, "v2", Phase.DEPLOYING)
        provision(platform, plan, table, self.profile, self.story)
        return deploy(platform, plan, table, self.profile, self.story)

    def await_ready(self, table: str) -> None:
        await_ready(self.platform, self.plan(), table, self.story, timeout_s=600)

    def ids(self, topic: str) -> list[int]:
        """The ids of the rows of a topic, sorted."""
        return sorted(orjson.loads(one.value or b"{}")["id"] for one in self.cluster.topics.records(topic))

    def settle(self) -> None:
        """Everything that was produced has gone through."""
        for _ in range(3):
            self.cluster.jobs.run()

    def _go_live(self) -> None:
        plan = self.plan("v1")
        open_release(self.platform, plan, self.story)
        for planned in plan.tables:
            provision(self.platform, plan, planned.table, self.profile, self.story)
            deploy(self.platform, plan, planned.table, self.profile, self.story)
        for phase in WAY:
            advance_to(self.platform, "v1", phase)
        self.cluster.run(2)
