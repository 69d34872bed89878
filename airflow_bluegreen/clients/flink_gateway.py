"""Flink's SQL gateway (REST API v3, Flink 1.20 and later): checks statements, starts jobs and answers
queries.

A session's catalog is in memory, so every call has a session of its own: its tables are created through
``configure-session``, which answers when a statement is done (five tables in less than 0.2 s on a warm
gateway), and the session is deleted whatever happens. No session lives long enough to need heartbeats: asking
for a result is a sign of life, too. A gateway that was restarted in between has forgotten sessions and
operations; what changes nothing is done again then, in a new session.

A job's id is made from its identity and given to Flink, whose dispatcher takes an id once: two submissions at
the same instant, or one that is repeated because its answer was lost, are one job. The option is an internal
one of Flink's; where it is ignored the caller finds two jobs of one identity and keeps the older.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from airflow_bluegreen.clients.http import HttpServer, wait_until
from airflow_bluegreen.clients.java_errors import root_cause
from airflow_bluegreen.core.model import JobIdentity, ServerAccess, Submission
from airflow_bluegreen.exceptions import BluegreenError, OutcomeUnknownError, StatementError, TransientError

log = logging.getLogger(__name__)

SUBMIT_SECONDS = 180.0
EXPLAIN_SECONDS = 60.0
QUERY_SECONDS = 6 * 3600.0
PATIENCE_SECONDS = 15.0
"""A gateway that is restarted is back within some seconds."""
_HEAD_ENDS = re.compile(r"\(|;|\b(?:SELECT|WITH|VALUES|AS)\b", re.I)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
# What a gateway that was restarted in between says of sessions and operations it no longer has.
_FORGOTTEN = re.compile(r"Session '[^']*' does not exist|Can not find the submitted operation")
_BATCH = {"execution.runtime-mode": "batch"}
_JOB_ID = "$internal.pipeline.job-id"
_DUPLICATE = re.compile(r"DuplicateJobSubmissionException|Job has already been submitted")

Answer = TypeVar("Answer")


def job_parameters(identity: JobIdentity) -> str:
    """A job's identity as the value of ``pipeline.global-job-parameters``.

    Written as JSON, which Flink reads as a YAML flow mapping: its own ``a:b,c:d`` form breaks at values that
    hold a colon and a space, quoted or not.
    """
    return json.dumps({f"bluegreen.{name}": getattr(identity, name) for name in JobIdentity.__slots__})


class FlinkGateway:
    """Implements ``ports.SqlGateway``.

    :param url: of the gateway, without the API version.
    :param auth: how it is entered; None where everybody may.
    :param patience: seconds in which what changes nothing is tried again when the gateway cannot be reached.
    """

    def __init__(
        self,
        url: str,
        auth: ServerAccess | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience = patience
        self._server = HttpServer("Flink SQL gateway", url, auth=auth, timeout=60.0, transport=transport)

    def close(self) -> None:
        self._server.close()

    def explain(self, catalog: Sequence[str], sql: str, *, details: Sequence[str] = ()) -> str:
        """Flink's plan of a DML over the tables that ``catalog`` (CREATE TABLE texts) declares.

        :param details: ``CHANGELOG_MODE``, ``JSON_EXECUTION_PLAN``, ``ESTIMATED_COST`` or ``PLAN_ADVICE``.

        Raises StatementError with Flink's reason as one line, TransientError when the gateway cannot be
        reached.
        """
        explain = " ".join(["EXPLAIN", ", ".join(details), ""]) if details else "EXPLAIN "

        def explained() -> str:
            with self._session(catalog) as session, _harmless():
                operation = self._send(session, f"{explain}{sql}", {}, of=sql)
                pages = self._pages(operation, EXPLAIN_SECONDS, of=sql, prefix=len(explain))
                return "\n".join(str(row["fields"][0]) for page in pages for row in page["results"]["data"])

        return self._patiently(explained)

    def query(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        settings: Mapping[str, str] | None = None,
    ) -> tuple[tuple[Any, ...], ...]:
        """Run a bounded query in batch mode and return its rows, their cells as JSON has them.

        Deleting the session ends the query's job, if it still runs. Raises StatementError with Flink's reason
        as one line, TransientError when the gateway cannot be reached, OutcomeUnknownError when no row came
        for :data:`QUERY_SECONDS`.
        """
        config = {**_BATCH, **(settings or {}), "pipeline.name": job_name}

        def answered() -> tuple[tuple[Any, ...], ...]:
            with self._session(catalog) as session:
                with _harmless():
                    operation = self._send(session, sql, config, of=sql)
                rows = self._rows(f"{operation}/result", of=sql)
                return tuple(tuple(row["fields"]) for row in rows)

        return self._patiently(answered)

    def _rows(self, results: str, *, of: str) -> Iterator[dict[str, Any]]:
        """The rows of a query to their end; a page may be empty although others follow."""
        token = 0

        def look() -> dict[str, Any] | None:
            nonlocal token
            body = _body(self._server.read(f"{results}/{token}", params={"rowFormat": "JSON"}), of, prefix=0)
            if body.get("resultType") == "NOT_READY":
                return None
            token += 1
            return body if body.get("resultType") == "EOS" or body["results"]["data"] else None

        while True:
            page = wait_until(look, seconds=QUERY_SECONDS, what=f"Flink SQL gateway: {_head(of)}")
            if page.get("resultType") == "EOS":
                return
            yield from page["results"]["data"]

    def job_key(self, identity: JobIdentity, number: int = 0) -> str:
        """The id of the job of that identity and number: 32 hex digits."""
        text = json.dumps([*(getattr(identity, name) for name in JobIdentity.__slots__), number])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

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
        """Start the DML as a job that carries its identity; its id has 32 hex digits.

        Where Flink has or had a job of that identity and number, it is told and nothing is started.

        :param properties: Flink's settings for this statement alone.
        :param restore_path: savepoint or retained checkpoint to start from.

        Raises StatementError when Flink refuses it, TransientError when it was certainly not sent, and
        OutcomeUnknownError when the answer did not come: look for the job before submitting it again.
        """
        key = self.job_key(identity, number)
        config = {
            **(properties or {}),
            "pipeline.name": job_name,
            "pipeline.global-job-parameters": job_parameters(identity),
            _JOB_ID: key,
        }
        if restore_path is not None:
            config["execution.state-recovery.path"] = restore_path

        def submitted() -> str:
            with self._session(catalog) as session:
                operation = self._send(session, sql, config, of=sql)
                try:
                    body = next(self._pages(operation, SUBMIT_SECONDS, of=sql))
                except TransientError as error:
                    raise OutcomeUnknownError(
                        f"job {job_name} was submitted and the gateway went away: {error.what}",
                        remedy="Look among the jobs of the cluster before submitting it again",
                    ) from error
                return str(body.get("jobID") or body["results"]["data"][0]["fields"][0])

        try:
            return Submission(job_id=self._patiently(submitted), fresh=True)
        except _DuplicateJob:
            return Submission(job_id=key, fresh=False)

    def _patiently(self, act: Callable[[], Answer]) -> Answer:
        """Do it again, for a while, when it fails with TransientError: then it has changed nothing."""
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_delay(self._patience),
            wait=wait_exponential(multiplier=0.5, max=4.0),
            reraise=True,
        )
        return retrying(act)

    @contextmanager
    def _session(self, catalog: Sequence[str]) -> Iterator[str]:
        """A session whose catalog holds those tables."""
        with _harmless():
            session = f"/v3/sessions/{self._post('/v3/sessions', {})['sessionHandle']}"
        try:
            with _harmless():
                for statement in catalog:
                    self._post(f"{session}/configure-session", {"statement": statement}, of=statement)
            yield session
        finally:
            self._delete(session)

    def _delete(self, session: str) -> None:
        """A session that cannot be deleted now runs into the gateway's idle timeout."""
        try:
            self._server.write("DELETE", session)
        except BluegreenError as error:
            log.warning("session not deleted: %s", error)

    def _send(self, session: str, sql: str, config: Mapping[str, str], *, of: str) -> str:
        body = {"statement": sql, "executionConfig": dict(config)}
        answer = self._post(f"{session}/statements", body, of=of, prefix=len(sql) - len(of))
        return f"{session}/operations/{answer['operationHandle']}"

    def _pages(self, operation: str, seconds: float, *, of: str, prefix: int = 0) -> Iterator[dict[str, Any]]:
        """The pages of results to their end, each waited for; at least one."""
        token = 0
        while True:
            body = self._page(f"{operation}/result/{token}", seconds, of=of, prefix=prefix)
            if body.get("resultType") == "EOS" and token:
                return
            yield body
            if body.get("resultType") == "EOS" or not body.get("nextResultUri"):
                return
            token += 1

    def _page(self, path: str, seconds: float, *, of: str, prefix: int) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            body = _body(self._server.read(path, params={"rowFormat": "JSON"}), of, prefix=prefix)
            return None if body.get("resultType") == "NOT_READY" else body

        return wait_until(look, seconds=seconds, what=f"Flink SQL gateway: {_head(of)}", longest=0.25)

    def _post(
        self, path: str, json: Mapping[str, object], *, of: str = "", prefix: int = 0
    ) -> dict[str, Any]:
        return _body(self._server.write("POST", path, json=json), of, prefix=prefix)


class _DuplicateJob(StatementError):
    """Flink has, or had, a job of the id that was asked for."""


@contextmanager
def _harmless() -> Iterator[None]:
    """What is sent in here leaves nothing behind, so that a lost answer only means trying again."""
    try:
        yield
    except OutcomeUnknownError as error:
        raise TransientError(error.what) from error


def _head(sql: str) -> str:
    """The beginning of a statement, to name it in a message: ``INSERT INTO int_3``."""
    beginning = _HEAD_ENDS.split(_COMMENT.sub(" ", sql), maxsplit=1)[0]
    return " ".join(beginning.split()) or "the session"


def _body(response: httpx.Response, sql: str, *, prefix: int) -> dict[str, Any]:
    """The body of an answer. Raises StatementError with the root cause if it is an error."""
    if response.is_success:
        return dict(response.json())
    try:
        errors = [str(error) for error in response.json()["errors"]]
    except (ValueError, KeyError, TypeError):
        errors = [f"status {response.status_code}: {response.text[:200]}"]
    if any(_DUPLICATE.search(error) for error in errors):
        raise _DuplicateJob(f"Flink has a job of that id already: {_head(sql)}")
    if any(_FORGOTTEN.search(error) for error in errors):
        raise TransientError(f"the Flink SQL gateway was restarted during {_head(sql)}")
    raise StatementError(f"Flink refuses {_head(sql)}: {root_cause(errors, prefix=prefix)}")
