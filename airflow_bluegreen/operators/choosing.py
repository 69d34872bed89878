"""The step before all others: which release this run is for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context, SkipMixin

from airflow_bluegreen.operators.outcome import task_outcome
from airflow_bluegreen.operators.table_tasks import downstream_in_release

if TYPE_CHECKING:
    from airflow_bluegreen.actions.choosing import Choice


class ChooseReleaseOperator(BaseOperator, SkipMixin):
    """Say which release the run is for; it is the task's XCom. Without one, everything after it is skipped.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: tag or branch; empty for the newest release tag that is not live, or for what is live in
        ``promote_from``.
    :param promote_from: the environment that releases pass before: only what is live there is taken.
    """

    template_fields: Sequence[str] = ("project", "environment", "release", "promote_from")
    ui_color = "#e8f0fe"
    inherits_from_skipmixin = True

    def __init__(
        self, *, project: str, environment: str, release: str = "", promote_from: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.release = release
        self.promote_from = promote_from

    def execute(self, context: Context) -> str:
        """Choose; a release that was asked for is taken as it is."""
        if self.release and not self.promote_from:
            self.log.info("release %s was asked for", self.release)
            return self.release
        with task_outcome(self.log):
            choice = self._choice()
        self.log.info(choice.why)
        if choice.release is None:
            self.skip(context["ti"], downstream_in_release(self))
        return choice.release or ""

    def _choice(self) -> "Choice":
        from airflow_bluegreen.actions.choosing import choose_newest, choose_promoted, confirm_promoted
        from airflow_bluegreen.hooks.platform import open_site

        platform = open_site(self.project, self.environment, "HEAD").platform
        if not self.promote_from:
            return choose_newest(platform, self.environment)
        before = open_site(self.project, self.promote_from, "HEAD").platform.releases
        if self.release:
            return confirm_promoted(platform.repository, self.release, before, self.promote_from)
        return choose_promoted(platform, self.environment, before, self.promote_from)
