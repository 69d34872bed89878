"""A SQL gateway in memory: checks that names exist, starts jobs on the fake cluster."""

import json
import re
from collections.abc import Sequence

from airflow_bluegreen.core.model import JobIdentity
from airflow_bluegreen.exceptions import StatementError
from tests.fakes.flink_rest import FakeJobs, Transform, copy_records
from tests.fakes.wire import Wire

_NAME = r"((?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|\w+))*)"
_CREATED = re.compile(rf"CREATE\s+(?:TABLE|VIEW|TEMPORARY\s+VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.I)
_TARGET = re.compile(rf"INSERT\s+INTO\s+{_NAME}", re.I)
_READ = re.compile(rf"\b(?:FROM|JOIN)\s+{_NAME}", re.I)
_WITH = re.compile(rf"(?:\bWITH\s*\(|,)\s*{_NAME}\s*(?:\([^()]*\))?\s*AS\s*\(", re.I)
_TOPIC = re.compile(r"'topic'\s*=\s*'([^']*)'")


def _bare(name: str) -> str:
    return name.replace("`", "").rsplit(".", 1)[-1]


class FakeGateway:
    """Implements ``ports.SqlGateway``.

    ``transforms`` maps the topic that a job writes to what it does with a record; without one it copies.
    ``parallelism`` maps such topics to how wide the statement runs.
    ``rejections`` maps a piece of SQL text to the message with which statements that hold it are refused.
    """

    def __init__(self, jobs: FakeJobs) -> None:
        self.cluster = jobs
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self.transforms: dict[str, Transform] = {}
        self.rejections: dict[str, str] = {}
        self.parallelism: dict[str, int] = {}

    def explain(self, catalog: Sequence[str], sql: str, *, details: Sequence[str] = ()) -> str:
        with self.wire.call("explain", tuple(catalog), sql):
            inputs, outputs = self._planned(catalog, sql)
            scans = ", ".join(inputs)
            sinks = "".join(f"\nSink(table=[{output}])\n+- TableSourceScan({scans})" for output in outputs)
            plan = f"== Optimized Execution Plan =={sinks}"
            if "JSON_EXECUTION_PLAN" in details:
                nodes = [
                    {"id": 1, "type": f"Sink: {output}[1]", "parallelism": self.parallelism.get(output, 1)}
                    for output in outputs
                ]
                plan += f"\n\n== Physical Execution Plan ==\n{json.dumps({'nodes': nodes}, indent=2)}"
            return plan

    def submit(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        identity: JobIdentity,
        restore_path: str | None = None,
    ) -> str:
        with self.wire.call("submit", tuple(catalog), sql, job_name, identity, restore_path):
            inputs, (output, *others) = self._planned(catalog, sql)
            job = self.cluster.start(
                job_name,
                inputs=inputs,
                output=output,
                identity=identity,
                transform=self.transforms.get(output, copy_records),
                sql=sql,
                restore_path=restore_path,
                others={other: self.transforms.get(other, copy_records) for other in others},
            )
        return job.job_id

    def _planned(self, catalog: Sequence[str], sql: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Topics read and topics written, as the DDL of the session names them."""
        for piece, message in self.rejections.items():
            if piece in sql or any(piece in text for text in catalog):
                raise StatementError(message)
        topics = {}
        for text in catalog:
            created = _CREATED.search(text)
            if created is None:
                raise StatementError(f"SQL parse failed: {text.splitlines()[0]!r} is no CREATE TABLE")
            topic = _TOPIC.search(text)
            topics[_bare(created[1])] = topic[1] if topic else _bare(created[1])
        targets = [_bare(name) for name in _TARGET.findall(sql)]
        if not targets:
            raise StatementError("SQL parse failed: no INSERT INTO")
        local = {_bare(name) for name in _WITH.findall(sql)}
        read = [name for name in dict.fromkeys(map(_bare, _READ.findall(sql))) if name not in local]
        missing = [name for name in (*targets, *read) if name not in topics]
        if missing:
            raise StatementError(f"SQL validation failed: Object '{missing[0]}' not found")
        return tuple(topics[name] for name in read), tuple(topics[name] for name in targets)
