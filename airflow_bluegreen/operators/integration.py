"""Testing a release on synthetic records."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.sdk import BaseOperator, Context, conf

from airflow_bluegreen.operators.outcome import task_outcome
from airflow_bluegreen.triggers.integration import IntegrationTestTrigger, read_event
from airflow_bluegreen.triggers.looking import Broken

if TYPE_CHECKING:
    from airflow_bluegreen.actions.integration.preparing import Asked, Trial
    from airflow_bluegreen.actions.integration.running import Progress
    from airflow_bluegreen.core.model import IntegrationResult, Plan
    from airflow_bluegreen.hooks.platform import Site

Done = TypeVar("Done")

RESULT_KEY = "result"
_GRACE = timedelta(minutes=5)
_ENDED_BY_SIGTERM = 143


class IntegrationTestOperator(BaseOperator):
    """Test a release on synthetic records, apart from everything that runs; fails when a check fails.

    XCom ``result`` holds what was found, as ``bluegreen integration-test --json`` prints it. A retry starts
    over; what an earlier try left is removed first.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: tag, branch or commit.
    :param base: what it is compared with; empty for what is live.
    :param select: tables to test, as selectors; empty for what ``bluegreen.yaml`` says, else the release's.
    :param records: records for each source; None for what ``bluegreen.yaml`` says.
    :param seed: chooses the records; None for what ``bluegreen.yaml`` says.
    :param timeout: how long all statements together may take.
    :param poll_interval: seconds between two looks.
    :param deferrable: wait in the triggerer; the default is Airflow's ``[operators] default_deferrable``.
    """

    template_fields: Sequence[str] = ("project", "environment", "release", "base", "select")
    ui_color = "#fde8c8"

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        release: str,
        base: str = "",
        select: Sequence[str] = (),
        records: int | None = None,
        seed: int | None = None,
        timeout: timedelta = timedelta(minutes=30),
        poll_interval: float = 2.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.release = release
        self.base = base
        self.select = select
        self.records = records
        self.seed = seed
        self.timeout = timeout
        self.poll_interval = poll_interval
        self.deferrable = deferrable
        self._busy = False

    def execute(self, context: Context) -> None:
        """Test here, or begin, and hand the waits to the triggerer."""
        from airflow_bluegreen.actions.integration.preparing import prepare
        from airflow_bluegreen.actions.integration.trial_run import begin, run_to_the_end

        with task_outcome(self.log):
            site, plan, asked = self._opened()
            trial = prepare(site.platform, plan, site.profile, asked)

            def begun() -> "Progress":
                progress = begin(site.platform, trial, self.log.info)
                if self.deferrable:
                    return self._advanced(site, trial, progress)
                seconds = self.timeout.total_seconds()
                return run_to_the_end(site.platform, trial, progress, self.log.info, timeout_s=seconds)

            progress = self._removing(site, trial.name, begun)
            self._go_on(context, site, trial, progress)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> None:
        """Start what can go on by now, and wait again, or judge."""
        from airflow_bluegreen.actions.integration.preparing import name_of, prepare
        from airflow_bluegreen.actions.integration.running import Progress, refuse_moved
        from airflow_bluegreen.actions.integration.trial_run import late
        from airflow_bluegreen.core.documents import from_json

        with task_outcome(self.log):
            site, plan, asked = self._opened()

            def moved() -> "tuple[Trial, Progress]":
                seen = read_event(event)
                if isinstance(seen, Broken):
                    raise seen.as_error()
                progress = from_json(Progress, seen.progress)
                trial = prepare(site.platform, plan, site.profile, asked)
                refuse_moved(trial, progress)
                if not seen.ended:
                    raise late(trial, progress, self.timeout.total_seconds())
                return trial, self._advanced(site, trial, progress)

            name = name_of(site.platform, plan, site.profile, asked)
            self._go_on(context, site, *self._removing(site, name, moved))

    def on_kill(self) -> None:
        """End what this task is doing, so that the test is removed on the way out; a retry starts over.

        Airflow calls this in a signal handler, and then lets the task go on until it is killed for good some
        seconds later: it would make again what was removed here.
        """
        if self._busy:
            raise SystemExit(_ENDED_BY_SIGTERM)

    @contextmanager
    def _ended_by_kill(self) -> Iterator[None]:
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _opened(self) -> "tuple[Site, Plan, Asked]":
        from airflow_bluegreen.actions.integration.preparing import Asked
        from airflow_bluegreen.actions.read_release import plan_release
        from airflow_bluegreen.hooks.platform import open_site

        site = open_site(self.project, self.environment, self.release)
        plan = plan_release(
            site.platform, environment=self.environment, release=self.release, base=self.base or None
        )
        return site, plan, Asked(select=tuple(self.select), seed=self.seed, records=self.records)

    def _advanced(self, site: "Site", trial: "Trial", progress: "Progress") -> "Progress":
        """Start what can go on; a server that is away for a moment does not cost the whole test."""
        from airflow_bluegreen.actions.integration.running import advance
        from airflow_bluegreen.actions.polling import patiently

        say = self.log.info
        return patiently(lambda: advance(site.platform, trial, progress, say), site.platform.clock, say)

    def _removing(self, site: "Site", name: str, act: Callable[[], Done]) -> Done:
        from airflow_bluegreen.actions.integration.trial_run import removed_on_error

        with self._ended_by_kill(), removed_on_error(site.platform, name, self.log.info):
            return act()

    def _go_on(self, context: Context, site: "Site", trial: "Trial", progress: "Progress") -> None:
        from airflow_bluegreen.actions.integration.running import is_over
        from airflow_bluegreen.actions.integration.trial_run import conclude, refuse_failure

        if not is_over(trial, progress):
            self._wait(site, trial, progress)
        result = self._removing(site, trial.name, lambda: conclude(site.platform, trial, self.log.info))
        self._tell(context, result)
        refuse_failure(result)

    def _wait(self, site: "Site", trial: "Trial", progress: "Progress") -> None:
        from airflow_bluegreen.actions.polling import now_ms
        from airflow_bluegreen.core.documents import to_json

        passed = timedelta(milliseconds=now_ms(site.platform.clock) - progress.began_ms)
        left = max(self.timeout - passed, timedelta())
        trigger = IntegrationTestTrigger(
            project=self.project,
            environment=self.environment,
            release=trial.plan.release.sha,
            progress=to_json(progress),
            timeout_s=left.total_seconds(),
            poll_s=self.poll_interval,
        )
        self.defer(trigger=trigger, method_name="execute_complete", timeout=left + _GRACE)

    def _tell(self, context: Context, result: "IntegrationResult") -> None:
        from airflow_bluegreen.core.synthetic.as_json import integration_json

        for table in result.tables:
            self.log.info("%s: %s", table.table, table.verdict)
            for check in table.checks:
                self.log.info("  %s: %s, %s", check.check, check.verdict, check.detail)
        task_instance: Any = context["ti"]
        task_instance.xcom_push(key=RESULT_KEY, value=integration_json(result))
