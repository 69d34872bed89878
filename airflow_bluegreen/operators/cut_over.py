"""The steps after the approval. None of them rolls back by itself: from here on a person decides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk import BaseOperator, Context, conf
from airflow.sdk.bases.notifier import BaseNotifier

from airflow_bluegreen.assets import RELEASES, assets_of
from airflow_bluegreen.core.model import ReleaseWindow
from airflow_bluegreen.links.pages import ConnectorsLink
from airflow_bluegreen.notifications.release import tell
from airflow_bluegreen.operators.environment import renew_page
from airflow_bluegreen.operators.outcome import task_outcome
from airflow_bluegreen.triggers.looking import FIRST_LOOK_SECONDS

if TYPE_CHECKING:
    from airflow_bluegreen.hooks.plan_site import PlanSite

ADVICE = (
    "The cut-over has begun, so nothing is rolled back by itself. Once the cause is mended, clear this "
    "task and it goes on where it stopped. To go back to blue, run the rollback DAG with this release, or: "
    "bluegreen roll-back"
)


class CutOverOperator(BaseOperator):
    """Move sink connectors and readers from blue to green, in the release window of the environment.

    Outside of it the cut-over waits for the next opening, or fails, as the window says. One that has begun
    goes on at any time.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param window: when it may begin; None: as the environment says in bluegreen.yaml.
    :param ignore_window: begin at any time, a template.
    :param window_missed: told when the window is closed.
    :param deferrable: wait in the triggerer; the default is Airflow's ``[operators] default_deferrable``.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan", "ignore_window")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#ffe0d1"
    operator_extra_links = (ConnectorsLink(),)

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        plan: str,
        window: ReleaseWindow | None = None,
        ignore_window: bool | str = False,
        window_missed: Sequence[BaseNotifier] = (),
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.window = window
        self.ignore_window = ignore_window
        self.window_missed = window_missed
        self.deferrable = deferrable
        self.connectors_url = ""
        self._brokers = ""

    def execute(self, context: Context) -> None:
        """Cut over, or go on with a cut-over that stopped half-way; wait for the window before it begins."""
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log):
            work = open_plan_site(self.project, self.environment, self.plan)
            opening = self._opening(work, context)
        if opening is not None:
            # A task that is resumed at once may be failed by Airflow.
            soon = datetime.now(tz=UTC) + timedelta(seconds=FIRST_LOOK_SECONDS)
            self.defer(trigger=DateTimeTrigger(moment=max(opening, soon)), method_name="execute_in_window")
        self._cut_over(work)

    def execute_in_window(self, context: Context, event: Any = None) -> None:
        """Go on when the window has opened; where it has closed again meanwhile, wait once more."""
        self.execute(context)

    def _opening(self, work: "PlanSite", context: Context) -> datetime | None:
        """When to begin; None for now. Without a triggerer the wait is over when this returns."""
        from airflow_bluegreen.actions.windows import (
            await_window,
            closed_in_words,
            opens_at,
            refuse_where_stopped,
        )

        window, release = self.window or work.profile.window, work.plan.release.ref
        if window is None or str(self.ignore_window).lower() == "true":
            return None
        opening = opens_at(work.platform, release, window)
        if opening is None:
            return None
        closed = closed_in_words(window, opening)
        tell(self.window_missed, context, self.log, detail=f"{closed}: the cut-over {_does(window)}.")
        refuse_where_stopped(window, opening)
        if self.deferrable:
            self.log.info("%s; waiting", closed)
            return opening
        await_window(work.platform, release, window, self.log.info)
        return None

    def _cut_over(self, work: "PlanSite") -> None:
        from airflow_bluegreen.actions.cut_over import cut_over

        with task_outcome(self.log, advice=ADVICE):
            self.connectors_url = f"{work.platform.endpoints.connect_url}/connectors?expand=status"
            cut_over(work.platform, work.plan, work.profile, self.log.info)
        self._brokers = work.platform.endpoints.brokers

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The topics that the sinks read from now on, and what each of them read before."""
        from airflow_bluegreen.core.datasets import cut_over_lineage
        from airflow_bluegreen.operators.lineage_facets import facets

        return facets(self.plan, cut_over_lineage, brokers=self._brokers)


def _does(window: ReleaseWindow) -> str:
    return "waits" if window.outside == "wait" else "has stopped"


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

    Then the assets of the release and of its tables have events, see :mod:`airflow_bluegreen.assets`.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#d5f0dd"

    def __init__(self, *, project: str, environment: str, plan: str, **kwargs: Any) -> None:
        super().__init__(outlets=[*kwargs.pop("outlets", ()), RELEASES], **kwargs)
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
        events = context["outlet_events"][RELEASES]
        for asset, extra in assets_of(work.plan):
            events.add(asset, extra=extra)
        renew_page(self, work.platform, work.profile)
