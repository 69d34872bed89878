"""The golden scenario on fakes: v1.0.0 runs, v1.0.1 waits to be released."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.core.model import KafkaRecord, Plan, Profile, Project
from airflow_bluegreen.ports import Platform
from tests.actions.faults import Line, faulty
from tests.core.golden import v1_0_0, v1_0_1
from tests.fakes.flink_rest import FakeJob, copy_records
from tests.fakes.platform import FakeCluster, Story

ROWS = 4
PLANNED = ("int_3", "fact_2", "fact_3", "view32")
GREEN = ("int_3_v2", "fact_2_v2", "fact_3_v2", "view32")


def doubled_total(topic: str, record: KafkaRecord) -> Iterable[tuple[bytes | None, bytes | None]]:
    """What the modified int_3 does: another total, the rest as it was."""
    if record.value is None:
        return [(record.key, None)]
    row = orjson.loads(record.value)
    return [(record.key, orjson.dumps({**row, "total": row["total"] * 2}))]


class World:
    """The platform with blue running on it, as somebody started it by hand (jobs without an identity)."""

    def __init__(
        self, release: Mapping[str, str | None] | None = None, base: Mapping[str, str] | None = None
    ) -> None:
        self.cluster = FakeCluster(v1_0_0() if base is None else base)
        self.line: Line | None = None
        self.actor = ""
        self.story = Story()
        repository = self.cluster.repository
        repository.tag("v1.0.0")
        repository.commit(dict(release if release is not None else v1_0_1()))
        repository.tag("v1.0.1")
        self.base: Project = load_project(repository, "v1.0.0")
        self._start_blue()
        self.cluster.gateway.transforms["int_3_v2"] = doubled_total
        self.blue_jobs = {job.name: job.job_id for job in self.cluster.jobs.all.values()}

    @property
    def platform(self) -> Platform:
        """The platform, with its writes on a faulty line where a test has put one in."""
        platform = replace(self.cluster.platform, actor=self.actor)
        return faulty(platform, self.line) if self.line else platform

    @property
    def profile(self) -> Profile:
        return self.base.profiles["local"]

    def plan(self, release: str = "v1.0.1") -> Plan:
        return plan_release(self.platform, environment="local", release=release, base=None, tables=())

    def running(self) -> dict[str, list[str]]:
        """Job ids by job name."""
        found: dict[str, list[str]] = {}
        for job in self.cluster.jobs.jobs():
            found.setdefault(job.name, []).append(job.job_id)
        return found

    def job(self, name: str) -> FakeJob:
        (job,) = self.cluster.jobs.named(name)
        return job

    def connector_topics(self) -> dict[str, str]:
        return {name: one.config["topics"] for name, one in self.cluster.connectors.all.items()}

    def snapshot(self) -> dict[str, Any]:
        """Everything that is there, without ids that depend on the order of things."""
        cluster = self.cluster
        return {
            "jobs": sorted((job.name, job.state, job.identity) for job in cluster.jobs.jobs()),
            "connectors": {name: (one.config, one.state) for name, one in cluster.connectors.all.items()},
            "topics": {name: cluster.topics.topic(name) for name in cluster.topics.names()},
            "subjects": cluster.schemas.subjects(),
            "phases": {one.release: one.phase for one in cluster.releases.records()},
            "branches": cluster.repository.branches,
        }

    def blue(self) -> dict[str, Any]:
        """What nobody may touch before the cut-over."""
        cluster = self.cluster
        return {
            "jobs": {job.job_id: job.state for job in cluster.jobs.jobs() if job.name in self.blue_jobs},
            "connectors": {
                name: (one.config, one.state)
                for name, one in cluster.connectors.all.items()
                if name in {connector.name for connector in self.base.connectors}
            },
            "topics": {
                table.physical: cluster.topics.topic(table.physical) for table in self.base.tables.values()
            },
        }

    def produce(self, letter: str, number: int, total: int) -> None:
        """A raw record that changes one row everywhere downstream."""
        row = {"id": f"{letter}{number}", "total": total, "note": "late"}
        self.cluster.topics.produce(f"raw_{letter}", row["id"].encode(), orjson.dumps(row))  # type: ignore[union-attr]

    def _start_blue(self) -> None:
        topics, jobs = self.cluster.topics, self.cluster.jobs
        for letter in "abcx":
            topics.ensure(f"raw_{letter}", 2)
            for number in range(ROWS):
                self.produce(letter, number, number + 1)
        for table in self.base.tables.values():
            topics.ensure(table.physical, 2, {"cleanup.policy": "compact"})
        for table in self.base.tables.values():
            for statement in table.dml:
                others = dict.fromkeys(statement.statement.outputs, copy_records)
                others.pop(table.physical)
                jobs.start(
                    statement.name, inputs=statement.statement.inputs, output=table.physical, others=others
                )
        for connector in self.base.connectors:
            self.cluster.connectors.put_config(connector.name, {**connector.config, "name": connector.name})
        self.cluster.run(rounds=6)
        self.cluster.clock.advance(3600)
        for wire in self.cluster.wires.values():
            wire.calls.clear()
