"""Comparing green with blue, and telling what was found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context, conf
from airflow.sdk.bases.notifier import BaseNotifier

from airflow_bluegreen.links.report import ReportLink, report_url
from airflow_bluegreen.notifications.release import tell
from airflow_bluegreen.operators.outcome import skip_untouched, task_outcome

if TYPE_CHECKING:
    from airflow_bluegreen.actions.reading_watch import Stop
    from airflow_bluegreen.core.model import Plan, TableComparison, TaskLineage

BODY_KEY = "body"
VERDICT_KEY = "verdict"
FAILED = "fail"


class CompareBlueGreenOperator(BaseOperator):
    """Compare a green table with its blue one; the comparison is the task's XCom, as JSON.

    A difference does not fail the task: a person, or ``auto_approve``, decides on all of them together.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param table: logical name of the table; the task skips itself if the plan leaves it alone.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan", "table")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#efe3ff"

    def __init__(self, *, project: str, environment: str, plan: str, table: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.table = table
        self._brokers = ""
        self._comparison = ""
        self._stop: Stop | None = None

    def execute(self, context: Context) -> str:
        """Compare."""
        from airflow_bluegreen.actions.compare import compare
        from airflow_bluegreen.actions.reading_watch import ReadingWatch, Stop
        from airflow_bluegreen.core.documents import to_json
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log):
            work = open_plan_site(self.project, self.environment, self.plan)
            skip_untouched(work.plan, self.table)
            say, self._stop = self.log.info, Stop()
            watch = ReadingWatch(
                clock=work.platform.clock, say=say, settings=work.profile.comparing, stop=self._stop
            )
            found = compare(work.platform, work.plan, self.table, work.profile, say, watch)
        self._brokers, self._comparison = work.platform.endpoints.brokers, to_json(found)
        return self._comparison

    def on_kill(self) -> None:
        """Let the comparison end at the next batch of records; what it has read is kept for the next try."""
        if self._stop is not None:
            self._stop.ask()

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Blue and green, and the checks as assertions about green."""
        from airflow_bluegreen.core.datasets import compared_lineage
        from airflow_bluegreen.operators.lineage_facets import facets

        def compared(plan: "Plan") -> "TaskLineage | None":
            planned = plan.table(self.table)
            return compared_lineage(plan, planned) if planned and planned.green else None

        return facets(self.plan, compared, brokers=self._brokers, comparison=self._comparison)


class ReportOperator(BaseOperator):
    """Write the comparison report of the run, and the text on which a person decides.

    The report is an HTML page in ``[bluegreen] report_path``, shown as a tab of the run, with the same as
    JSON and Markdown beside it. XCom ``body`` holds the text, ``verdict`` the worst verdict of all tables.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param cost: what the release costs, as JSON; empty where nobody could tell.
    :param deploy_group: id of the task group that holds the tables' tasks.
    :param verdict_failed: told when a table fails.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan", "cost")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#efe3ff"
    operator_extra_links = (ReportLink(),)

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        plan: str,
        cost: str = "",
        deploy_group: str = "deploy",
        verdict_failed: Sequence[BaseNotifier] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.cost = cost
        self.deploy_group = deploy_group
        self.verdict_failed = verdict_failed

    def execute(self, context: Context) -> str:
        """Write the page; where it is is the task's XCom."""
        from airflow_bluegreen.actions.horizon import horizon_in_words
        from airflow_bluegreen.actions.ledger import note_compared
        from airflow_bluegreen.hooks.plan_site import open_plan_site
        from airflow_bluegreen.operators.report_page import comparisons_of_run, cost_of, write_report

        task_instance: Any = context["ti"]
        with task_outcome(self.log):
            work = open_plan_site(self.project, self.environment, self.plan)
            comparisons = comparisons_of_run(work.plan, task_instance, self.deploy_group)
            note_compared(work.platform, work.plan.release.ref, comparisons)
            written = write_report(work, task_instance, comparisons, cost=cost_of(self.cost))
            way_back = horizon_in_words(work.platform, work.plan, work.profile)
        body = f"{written.markdown}\n\n{way_back}\n"
        task_instance.xcom_push(key=BODY_KEY, value=body)
        verdict = _worst(comparisons)
        task_instance.xcom_push(key=VERDICT_KEY, value=verdict)
        for line in body.splitlines():
            self.log.info(line)
        page = report_url(task_instance.dag_id, task_instance.run_id)
        base = conf.get("api", "base_url", fallback="").rstrip("/")
        self.log.info("The whole report is in the tab Blue/green report of this run: %s%s", base, page)
        if verdict == FAILED:
            tell(self.verdict_failed, context, self.log)
        return written.address


def _worst(comparisons: "Sequence[TableComparison]") -> str:
    from airflow_bluegreen.core.model import worst_of

    return str(worst_of(comparison.verdict for comparison in comparisons))
