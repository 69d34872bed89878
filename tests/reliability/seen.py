"""Everything that is there of one project, without what differs from run to run, and blue in full detail."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import httpx
from confluent_kafka.admin import AdminClient

from airflow_bluegreen.core.model import Job, ReleaseRecord
from airflow_bluegreen.ports import Platform
from tests.reliability.project import Names

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Jobs (name → state, and identity), topics, subjects, connectors and ledger of one project."""

    jobs: Tree
    topics: Tree
    subjects: Tree
    connectors: Tree
    ledger: Tree

    @classmethod
    def now(cls, platform: Platform, names: Names) -> "Seen":
        """Look at everything. Two jobs of one name make an entry with a list of two."""
        jobs: dict[str, list[Any]] = {}
        for job in _jobs(platform, names):
            identity = asdict(job.identity) if job.identity else None
            jobs.setdefault(job.name, []).append((str(job.state), identity))
        connectors = platform.connectors
        found = {name: connectors.connector(name) for name in connectors.connectors() if names.owns(name)}
        return cls(
            jobs=jobs,
            topics=_topics(platform, names),
            subjects=_subjects(platform, names),
            connectors={
                name: {"state": state.state, "config": dict(state.config or {})}
                for name, state in found.items()
                if state
            },
            ledger={record.release: steady(record) for record in platform.releases.records()},
        )

    def with_phases_only(self) -> "Seen":
        """The same, and of the ledger nothing but the phase of each release."""
        return replace(self, ledger={name: record["phase"] for name, record in self.ledger.items()})

    def differences(self, wanted: "Seen") -> list[str]:
        """What is not as wanted, a line each; empty when all is the same."""
        return [
            f"{part.name} {key}: {getattr(self, part.name).get(key, 'absent')},"
            f" wanted {getattr(wanted, part.name).get(key, 'absent')}"
            for part in fields(self)
            for key in sorted({*getattr(self, part.name), *getattr(wanted, part.name)})
            if getattr(self, part.name).get(key) != getattr(wanted, part.name).get(key)
        ]


def steady(record: ReleaseRecord) -> dict[str, Any]:
    """What of a ledger record must be the same however often its release was interrupted.

    Times, offsets and paths of savepoints differ; that they are there must not.
    """
    return {
        "phase": str(record.phase),
        "commit": record.commit,
        "base": record.base_release,
        "rewrite": record.rewrite_sha,
        "markers": sorted({(marker.act, marker.subject) for marker in record.markers}),
        "connectors_before": {
            state.name: (state.state, dict(state.config) if state.config else None, sorted(state.offsets))
            for state in record.connectors_before
        },
        "savepoints": sorted(record.savepoints),
        "tables": sorted((planned.table, planned.blue, planned.green) for planned in record.plan.tables),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Blue:
    """What of blue nobody may touch: job ids with their restarts, topics, connectors."""

    jobs: Mapping[str, tuple[str, str]]
    restarts: Mapping[str, int]
    topics: Tree
    connectors: Tree

    @classmethod
    def now(cls, platform: Platform, names: Names) -> "Blue":
        mine = [job for job in _jobs(platform, names) if _table(job) in names.blue]
        sink = platform.connectors.connector(names.sink("fact"))
        return cls(
            jobs={job.name: (job.job_id, str(job.state)) for job in mine},
            restarts={job.name: platform.jobs.health(job.job_id).restarts for job in mine},
            topics={
                name: topic
                for name, topic in _topics(platform, names).items()
                if name in names.blue or name == names.raw
            },
            connectors={"fact": (sink.state, dict(sink.config or {})) if sink else "absent"},
        )


def _jobs(platform: Platform, names: Names) -> list[Job]:
    return [job for job in platform.jobs.jobs() if names.owns(job.name)]


def _table(job: Job) -> str:
    return job.identity.table if job.identity else ""


def _topics(platform: Platform, names: Names) -> dict[str, Any]:
    admin = AdminClient(dict(platform.endpoints.kafka))
    mine = [name for name in admin.list_topics(timeout=30).topics if names.owns(name)]
    found = {name: platform.topics.topic(name) for name in mine}
    return {name: (topic.partitions, dict(topic.config)) for name, topic in found.items() if topic}


def _subjects(platform: Platform, names: Names) -> dict[str, Any]:
    subjects = httpx.get(f"{platform.endpoints.registry_url}/subjects", timeout=30).raise_for_status().json()
    return {name: len(platform.schemas.versions(name)) for name in subjects if names.owns(name)}
