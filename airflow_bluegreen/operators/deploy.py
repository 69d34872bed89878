"""Deploying one statement of one table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator, Context

from airflow_bluegreen.exceptions import BluegreenError, RefusedError
from airflow_bluegreen.links.flink_job import FlinkJobLink
from airflow_bluegreen.operators.outcome import skip_untouched, task_outcome

if TYPE_CHECKING:
    from airflow_bluegreen.core.model import JobIdentity, Plan, Submission, TaskLineage
    from airflow_bluegreen.hooks.plan_site import PlanSite
    from airflow_bluegreen.ports import Jobs, SqlGateway


class WatchedGateway:
    """A SQL gateway that remembers the jobs started through it: a killed task stops those alone."""

    def __init__(self, gateway: "SqlGateway") -> None:
        self._gateway = gateway
        self._closed = False
        self.started: list[str] = []

    def explain(self, catalog: Sequence[str], sql: str, *, details: Sequence[str] = ()) -> str:
        """As the gateway does."""
        return self._gateway.explain(catalog, sql, details=details)

    def query(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        settings: Mapping[str, str] | None = None,
    ) -> tuple[tuple[Any, ...], ...]:
        """As the gateway does."""
        return self._gateway.query(catalog, sql, job_name=job_name, settings=settings)

    def job_key(self, identity: "JobIdentity", number: int = 0) -> str:
        """As the gateway does."""
        return self._gateway.job_key(identity, number)

    def submit(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        identity: "JobIdentity",
        number: int = 0,
        properties: Mapping[str, str] | None = None,
        restore_path: str | None = None,
    ) -> "Submission":
        """As the gateway does. Raises RefusedError once the task was killed."""
        if self._closed:
            raise RefusedError(f"the task was killed before {job_name} was started", remedy="Clear the task")
        # Before it is sent: killed while the answer is outstanding, the task must stop the job all the same.
        self.started.append(self._gateway.job_key(identity, number))
        submission = self._gateway.submit(
            catalog,
            sql,
            job_name=job_name,
            identity=identity,
            number=number,
            properties=properties,
            restore_path=restore_path,
        )
        if submission.job_id not in self.started:
            self.started.append(submission.job_id)
        return submission

    def stop_started(self, jobs: "Jobs") -> tuple[str, ...]:
        """Start nothing more and cancel what was started; returns the job ids."""
        self._closed = True
        for job_id in self.started:
            jobs.cancel(job_id)
        return tuple(self.started)


class DeployFlinkStatementOperator(BaseOperator):
    """Deploy the DDL or the DML of one table of the plan.

    A job that runs this very statement already is adopted, so that a retry submits nothing twice. The ids
    of the jobs are the task's XCom. Killed, the task stops the jobs that this try started and no others.
    Among the rendered fields of the task are ``sql``, the rewritten SQL that it deploys, and ``why``, the
    reason for which its table is in the release.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param table: logical name of the table; the task skips itself if the plan leaves it alone.
    :param statement: ``ddl`` creates the topic, ``dml`` starts the job or jobs that fill it.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan", "table", "sql", "why")
    template_fields_renderers = {"plan": "json", "sql": "sql"}  # noqa: RUF012 - Airflow declares it so
    ui_color = "#d5f0dd"
    operator_extra_links = (FlinkJobLink(),)

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        plan: str,
        table: str,
        statement: Literal["ddl", "dml"],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.table = table
        self.statement = statement
        self.sql = ""
        self.why = ""
        self.job_url = ""
        self._brokers = ""
        self._job_ids: list[str] = []
        self._watched: WatchedGateway | None = None
        self._jobs: Jobs | None = None

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render, and read from the plan what the task's view shows of its statement."""
        from airflow_bluegreen.core.documents import from_json
        from airflow_bluegreen.core.explain import why_in_words
        from airflow_bluegreen.core.model import Plan

        super().render_template_fields(context, jinja_env)
        try:
            planned = from_json(Plan, self.plan).table(self.table)
        except BluegreenError:
            return  # execute() says what is wrong with the plan
        if planned is None or planned.green is None:
            return
        deployed = [planned.ddl] if self.statement == "ddl" else planned.dml
        self.sql = "\n\n".join(one.sql for one in deployed if one is not None)
        self.why = why_in_words(planned)

    def execute(self, context: Context) -> list[str]:
        """Provision the topic, or find or start the jobs."""
        from airflow_bluegreen.actions.provision import provision
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log):
            work = open_plan_site(self.project, self.environment, self.plan)
            skip_untouched(work.plan, self.table)
            if self.statement == "ddl":
                provision(work.platform, work.plan, self.table, work.profile, self.log.info)
            else:
                self._deploy(work)
        self._brokers = work.platform.endpoints.brokers
        return list(self._job_ids)

    def _deploy(self, work: "PlanSite") -> None:
        from airflow_bluegreen.actions.deploy import deploy

        self._watched, self._jobs = WatchedGateway(work.platform.gateway), work.platform.jobs
        platform = replace(work.platform, gateway=self._watched)
        jobs = deploy(platform, work.plan, self.table, work.profile, self.log.info)
        if jobs:
            if self.why:
                self.log.info("%s is here because: %s", self.table, self.why)
            self.job_url = f"{platform.endpoints.flink_url}/#/job/running/{jobs[0].job_id}/overview"
            self.log.info("Its page in Flink: %s", self.job_url)
        self._job_ids = [job.job_id for job in jobs]

    def on_kill(self) -> None:
        """Stop what this try started; jobs that it found running are not its own."""
        if self._watched is None or self._jobs is None:
            return
        try:
            for job_id in self._watched.stop_started(self._jobs):
                self.log.info("Stopped job %s, which this try had started", job_id)
        except BluegreenError as error:
            self.log.error(str(error))

    def get_openlineage_facets_on_start(self) -> Any:
        """The release and the SQL; which Kafka that is about is known when its connection is open."""
        return self._lineage()

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The topics that the statement reads and writes, column by column, and its Flink jobs."""
        return self._lineage()

    def _lineage(self) -> Any:
        from airflow_bluegreen.operators.lineage_facets import facets

        source = self.job_url.partition("/#/")[0]
        return facets(self.plan, self._deployed, brokers=self._brokers, jobs=self._job_ids, job_source=source)

    def _deployed(self, plan: "Plan") -> "TaskLineage | None":
        from airflow_bluegreen.core.datasets import deployed_lineage

        planned = plan.table(self.table)
        if planned is None or planned.green is None:
            return None
        ddl = (planned.ddl,) if planned.ddl else ()
        return deployed_lineage(plan, planned, ddl if self.statement == "ddl" else planned.dml)
