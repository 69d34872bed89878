"""A SQL gateway in memory: checks that names exist, starts jobs on the fake cluster."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_bluegreen.core.model import JobIdentity, Submission
from airflow_bluegreen.exceptions import StatementError
from tests.fakes.flink_query import answer
from tests.fakes.flink_rest import FakeJobs, Transform, copy_records
from tests.fakes.kafka import FakeTopics
from tests.fakes.schema_registry import FakeSchemas
from tests.fakes.wire import Wire

_NAME = r"((?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|\w+))*)"
_CREATED = re.compile(rf"CREATE\s+(?:TABLE|VIEW|TEMPORARY\s+VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.I)
_TARGET = re.compile(rf"INSERT\s+INTO\s+{_NAME}", re.I)
_READ = re.compile(rf"\b(?:FROM|JOIN)\s+{_NAME}", re.I)
_WITH = re.compile(rf"(?:\bWITH\s*\(|,)\s*{_NAME}\s*(?:\([^()]*\))?\s*AS\s*\(", re.I)
_ALTERED = re.compile(rf"ALTER\s+TABLE\s+{_NAME}\s+SET\s*\((.*)\)", re.I | re.S)
_OPTION = re.compile(r"'([^']+)'\s*=\s*'([^']*)'")
_OFFSET = re.compile(r"partition:(\d+),offset:(\d+)")


def _bare(name: str) -> str:
    return name.replace("`", "").rsplit(".", 1)[-1]


class FakeGateway:
    """Implements ``ports.SqlGateway``.

    ``transforms`` maps the topic that a job writes to what it does with a record; without one it copies.
    ``parallelism`` maps such topics to how wide the statement runs.
    ``operators`` maps it to the kinds of operators that are planned between its sink and its sources.
    ``rejections`` maps a piece of SQL text to the message with which statements that hold it are refused.
    Without ``takes_keys`` it is a server that gives jobs ids of its own.
    """

    def __init__(self, jobs: FakeJobs, schemas: FakeSchemas | None = None) -> None:
        self.cluster = jobs
        self.schemas = schemas or FakeSchemas()
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self.transforms: dict[str, Transform] = {}
        self.rejections: dict[str, str] = {}
        self.takes_keys = True
        self.parallelism: dict[str, int] = {}
        self.operators: dict[str, tuple[str, ...]] = {}

    def explain(self, catalog: Sequence[str], sql: str, *, details: Sequence[str] = ()) -> str:
        with self.wire.call("explain", tuple(catalog), sql):
            inputs, outputs = self._planned(catalog, sql)
            mode = ", changelogMode=[I]" if "CHANGELOG_MODE" in details else ""
            nodes = []
            for output in outputs:
                nodes.append(f"Sink(table=[default_catalog.default_database.{output}], fields=[k]{mode})")
                nodes += [f"+- {kind}(select=[k]{mode})" for kind in self.operators.get(output, ())]
                nodes += [
                    f"+- TableSourceScan(table=[[default_catalog, default_database, {name}]]{mode})"
                    for name in inputs
                ]
            plan = "== Optimized Physical Plan ==\n" + "\n".join(nodes)
            if "JSON_EXECUTION_PLAN" in details:
                wide = [
                    {"id": 1, "type": f"Sink: {output}[1]", "parallelism": self.parallelism.get(output, 1)}
                    for output in outputs
                ]
                plan += f"\n\n== Physical Execution Plan ==\n{json.dumps({'nodes': wide}, indent=2)}"
            return plan

    def query(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        settings: Mapping[str, str] | None = None,
    ) -> tuple[tuple[Any, ...], ...]:
        with self.wire.call("query", tuple(catalog), sql, job_name):
            for piece, message in self.rejections.items():
                if piece in sql or any(piece in text for text in catalog):
                    raise StatementError(message)
            return answer(self.cluster.topics, self.schemas, catalog, sql)

    def job_key(self, identity: JobIdentity, number: int = 0) -> str:
        return hashlib.sha256(f"{identity} {number}".encode()).hexdigest()[:32]

    def submit(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        identity: JobIdentity,
        number: int = 0,
        properties: Mapping[str, str] | None = None,
        restore_path: str | None = None,
    ) -> Submission:
        key = self.job_key(identity, number)
        with self.wire.call("submit", tuple(catalog), sql, job_name, identity, restore_path):
            inputs, (output, *others) = self._planned(catalog, sql)
            if key in self.cluster.all or key in self.cluster.forgotten:
                return Submission(job_id=key, fresh=False)
            starts, bounds, group = _scans(catalog, self.cluster.topics)
            job = self.cluster.start(
                job_name,
                job_id=key if self.takes_keys else None,
                inputs=inputs,
                output=output,
                identity=identity,
                transform=self.transforms.get(output, copy_records),
                sql=sql,
                restore_path=restore_path,
                others={other: self.transforms.get(other, copy_records) for other in others},
                starts=starts,
                bounds=bounds,
                group=group,
            )
        return Submission(job_id=job.job_id, fresh=True)

    def _planned(self, catalog: Sequence[str], sql: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Topics read and topics written, as the DDL of the session names them."""
        for piece, message in self.rejections.items():
            if piece in sql or any(piece in text for text in catalog):
                raise StatementError(message)
        topics = {name: found.get("topic", name) for name, found in _declared(catalog).items()}
        targets = [_bare(name) for name in _TARGET.findall(sql)]
        if not targets:
            raise StatementError("SQL parse failed: no INSERT INTO")
        local = {_bare(name) for name in _WITH.findall(sql)}
        read = [name for name in dict.fromkeys(map(_bare, _READ.findall(sql))) if name not in local]
        missing = [name for name in (*targets, *read) if name not in topics]
        if missing:
            raise StatementError(f"SQL validation failed: Object '{missing[0]}' not found")
        return tuple(topics[name] for name in read), tuple(topics[name] for name in targets)


def _declared(catalog: Sequence[str]) -> dict[str, dict[str, str]]:
    """The options of every table of the session, later ALTER TABLE … SET over those of its CREATE TABLE."""
    options: dict[str, dict[str, str]] = {}
    for text in catalog:
        created, altered = _CREATED.search(text), _ALTERED.match(text)
        if altered:
            if _bare(altered[1]) not in options:
                raise StatementError(f"SQL validation failed: Table '{_bare(altered[1])}' does not exist")
            options[_bare(altered[1])].update(_OPTION.findall(altered[2]))
        elif created:
            options[_bare(created[1])] = dict(_OPTION.findall(text))
        elif not text.startswith("SET "):
            raise StatementError(f"SQL parse failed: {text.splitlines()[0]!r} is no CREATE TABLE")
    return options


def _scans(
    catalog: Sequence[str],
    topics: FakeTopics,
) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], int] | None, str]:
    """Where the sources begin and end, None for no end, and their consumer group."""
    options = _declared(catalog)
    starts, bounds, group = {}, {}, ""
    for name, found in options.items():
        topic = found.get("topic", name)
        group = found.get("properties.group.id", group)
        for key, into in (
            ("scan.startup.specific-offsets", starts),
            ("scan.bounded.specific-offsets", bounds),
        ):
            pairs = _OFFSET.findall(found.get(key, ""))
            into.update({(topic, int(part)): int(offset) for part, offset in pairs})
        if found.get("scan.bounded.mode") == "latest-offset" and topic in topics.names():
            bounds.update(topics.end_offsets(topic))
    bounded = any("scan.bounded.mode" in found for found in options.values())
    return starts, bounds if bounded else None, group
