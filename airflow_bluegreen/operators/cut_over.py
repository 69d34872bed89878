"""The steps after the approval. None of them rolls back by itself: from here on a person decides."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator, Context

from airflow_bluegreen.links.pages import ConnectorsLink
from airflow_bluegreen.operators.environment import renew_page
from airflow_bluegreen.operators.outcome import task_outcome

ADVICE = (
    "The cut-over has begun, so nothing is rolled back by itself. Once the cause is mended, clear this "
    "task and it goes on where it stopped. To go back to blue, run the rollback DAG with this release, or: "
    "bluegreen roll-back"
)


class CutOverOperator(BaseOperator):
    """Move sink connectors and readers from blue to green.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#ffe0d1"
    operator_extra_links = (ConnectorsLink(),)

    def __init__(self, *, project: str, environment: str, plan: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.connectors_url = ""
        self._brokers = ""

    def execute(self, context: Context) -> None:
        """Cut over, or go on with a cut-over that stopped half-way."""
        from airflow_bluegreen.actions.cut_over import cut_over
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log, advice=ADVICE):
            work = open_plan_site(self.project, self.environment, self.plan)
            self.connectors_url = f"{work.platform.endpoints.connect_url}/connectors?expand=status"
            cut_over(work.platform, work.plan, work.profile, self.log.info)
        self._brokers = work.platform.endpoints.brokers

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The topics that the sinks read from now on, and what each of them read before."""
        from airflow_bluegreen.core.datasets import cut_over_lineage
        from airflow_bluegreen.operators.lineage_facets import facets

        return facets(self.plan, cut_over_lineage, brokers=self._brokers)


class RetireBlueOperator(BaseOperator):
    """Stop the blue jobs with savepoints; their topics and savepoints stay for a rollback.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#d6e6ff"

    def __init__(self, *, project: str, environment: str, plan: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self._brokers = ""

    def execute(self, context: Context) -> None:
        """Stop them."""
        from airflow_bluegreen.actions.horizon import rollback_horizon
        from airflow_bluegreen.actions.ledger import current
        from airflow_bluegreen.actions.retire import retire
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log, advice=ADVICE):
            work = open_plan_site(self.project, self.environment, self.plan)
            retire(work.platform, work.plan, self.log.info)
            record = current(work.platform, work.plan.release.ref)
            self.log.info(str(rollback_horizon(work.platform, record, work.profile)))
        self._brokers = work.platform.endpoints.brokers

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The topics that no job fills any more."""
        from airflow_bluegreen.core.datasets import retired_lineage
        from airflow_bluegreen.operators.lineage_facets import facets

        return facets(self.plan, retired_lineage, brokers=self._brokers)


class ConfirmReleaseOperator(BaseOperator):
    """Check that every planned table runs as planned, and make the release the live one.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#d5f0dd"

    def __init__(self, *, project: str, environment: str, plan: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan

    def execute(self, context: Context) -> None:
        """Check, then write it to the ledger."""
        from airflow_bluegreen.actions.confirm import confirm
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log, advice=ADVICE):
            work = open_plan_site(self.project, self.environment, self.plan)
            confirm(work.platform, work.plan, work.profile, self.log.info)
        renew_page(self, work.platform, work.profile)
