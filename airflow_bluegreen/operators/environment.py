"""The page of an environment, written by tasks: the API server has no way to Kafka, Flink or git."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from airflow_bluegreen.operators.outcome import task_outcome

if TYPE_CHECKING:
    from airflow_bluegreen.core.model import Profile
    from airflow_bluegreen.ports import Platform


class LookAtEnvironmentOperator(BaseOperator):
    """Look at what is live, what differs from it and what is kept, and write the environment's page.

    Nothing else is written anywhere. What differs is a warning in the log and fails nothing.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    """

    template_fields: Sequence[str] = ("project", "environment")
    ui_color = "#e8f0fe"

    def __init__(self, *, project: str, environment: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment

    def execute(self, context: Context) -> str:
        """Look; where the page is is the XCom."""
        from airflow_bluegreen.hooks.platform import open_site

        with task_outcome(self.log):
            site = open_site(self.project, self.environment, "HEAD")
            return _write(self, site.platform, site.profile)


def renew_page(task: Any, platform: "Platform", profile: "Profile") -> None:
    """Write the environment's page after a task has changed what it shows.

    What was done is done: a page that cannot be written is a warning, and the next look writes it.

    :param task: the operator, with ``project`` and ``environment``.
    """
    try:
        _write(task, platform, profile)
    except Exception as error:  # noqa: BLE001 - object storage raises what it likes
        task.log.warning("The page of %s was not renewed: %s", task.environment, error)


def _write(task: Any, platform: "Platform", profile: "Profile") -> str:
    from airflow_bluegreen.actions.environment import look_at_environment
    from airflow_bluegreen.hooks.environment_pages import write_environment_page
    from airflow_bluegreen.hooks.settings import rollback_dag_of
    from airflow_bluegreen.report import environment_page
    from airflow_bluegreen.report.environment import headline

    state = look_at_environment(
        platform, profile, project=Path(task.project).name, environment=task.environment
    )
    told = headline(state)
    task.log.info("%s. %s", told.text, told.detail)
    for line in (state.trouble, *(f"{one.what}. {one.remedy}" for one in state.drift or ())):
        if line:
            task.log.warning(line)
    page = environment_page(state, rollback_dag=rollback_dag_of(task.environment))
    return write_environment_page(task.dag_id, state.project, state.environment, page, clone=task.project)
