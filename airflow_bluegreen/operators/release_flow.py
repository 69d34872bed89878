"""The steps around a deployment that happen in git alone: a release is started, and finished."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from airflow_bluegreen.operators.outcome import task_outcome

if TYPE_CHECKING:
    from airflow_bluegreen.actions.branches import Clone
    from airflow_bluegreen.actions.start_release import Planner


class StartReleaseOperator(BaseOperator):
    """Cut ``release/<version>`` and commit the next versions of its tables there; its effects are the XCom.

    Run again it plans what was committed on the branch since, and changes nothing where nothing was.

    :param project: path of the git clone, or of a folder in it.
    :param version: the tag that the release will have.
    :param environment: a name under ``environments:`` in bluegreen.yaml: the versions follow what is live
        there. Empty: they follow the newest release on main.
    :param since: plan over this ref or date instead.
    :param git_conn_id: a connection of the git provider; else the environment's ``connections: git``, else
        the worker's own git credentials.
    :param push: whether the remote that ``git.remote`` names gets the branch.
    """

    template_fields: Sequence[str] = ("project", "version", "environment", "since", "git_conn_id")
    ui_color = "#e8f0fe"

    def __init__(
        self,
        *,
        project: str,
        version: str,
        environment: str = "",
        since: str | None = None,
        git_conn_id: str = "",
        push: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.version = version
        self.environment = environment
        self.since = since
        self.git_conn_id = git_conn_id
        self.push = push

    def execute(self, context: Context) -> dict[str, Any]:
        """Start it, or go on with it."""
        from airflow_bluegreen.actions.start_release import start_release
        from airflow_bluegreen.core.branching import effect_lines, effects_json
        from airflow_bluegreen.hooks.git import open_clone

        with task_outcome(self.log):
            clone = open_clone(
                self.project, environment=self.environment, git_conn_id=self.git_conn_id, push=self.push
            )
            effects = start_release(clone, self.version, self._planner(clone), self.log.info)
            for line in effect_lines(effects):
                self.log.info(line)
            return effects_json(effects)

    def _planner(self, clone: "Clone") -> "Planner":
        from airflow_bluegreen.actions.start_release import planner_over_git, planner_over_ledger
        from airflow_bluegreen.hooks.platform import open_site

        since = self.since or None
        if not self.environment:
            return planner_over_git(clone.repository, since)
        platform = open_site(self.project, self.environment, "HEAD").platform
        return planner_over_ledger(platform, self.environment, clone.repository, since)


class FinishReleaseOperator(BaseOperator):
    """Merge the release's branch, tag it, delete the branch, all or nothing; its effects are the XCom.

    :param project: path of the git clone, or of a folder in it.
    :param version: the release.
    :param environment: a name under ``environments:`` in bluegreen.yaml in which the release must be live;
        empty not to ask.
    :param git_conn_id: a connection of the git provider; else the environment's ``connections: git``, else
        the worker's own git credentials.
    :param push: whether the remote that ``git.remote`` names is changed too.
    """

    template_fields: Sequence[str] = ("project", "version", "environment", "git_conn_id")
    ui_color = "#e6f4ea"

    def __init__(
        self,
        *,
        project: str,
        version: str,
        environment: str = "",
        git_conn_id: str = "",
        push: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.version = version
        self.environment = environment
        self.git_conn_id = git_conn_id
        self.push = push

    def execute(self, context: Context) -> dict[str, Any]:
        """Finish it; what an earlier try has done stays as it is."""
        from airflow_bluegreen.actions.finish_release import finish_release
        from airflow_bluegreen.core.branching import effect_lines, effects_json
        from airflow_bluegreen.hooks.git import open_clone

        with task_outcome(self.log):
            clone = open_clone(
                self.project, environment=self.environment, git_conn_id=self.git_conn_id, push=self.push
            )
            self._refuse_unless_live(clone)
            effects = finish_release(clone, self.version, self.log.info)
            for line in effect_lines(effects):
                self.log.info(line)
            return effects_json(effects)

    def _refuse_unless_live(self, clone: "Clone") -> None:
        from airflow_bluegreen.actions.list_releases import find_release, refuse_unless_live
        from airflow_bluegreen.hooks.platform import open_site

        if self.environment:
            releases = open_site(self.project, self.environment, "HEAD").platform.releases
            commit = find_release(clone.repository, clone.settings, self.version)
            refuse_unless_live(releases.records(), clone.settings, self.version, commit)
