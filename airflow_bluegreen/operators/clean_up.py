"""After the rollback window: what retired versions left behind is listed by one task and deleted by the
next.
"""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator, Context

from airflow_bluegreen.operators.outcome import task_outcome


class ListLeftoversOperator(BaseOperator):
    """List what retired versions left behind, and why what has to stay does; the list is the XCom, as JSON.

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
        """List; nothing is changed."""
        from airflow_bluegreen.actions.clean_up import list_leftovers
        from airflow_bluegreen.core.documents import to_json
        from airflow_bluegreen.core.retirement import LeftoverList
        from airflow_bluegreen.hooks.platform import open_site

        with task_outcome(self.log):
            site = open_site(self.project, self.environment, "HEAD")
            return to_json(LeftoverList(items=list_leftovers(site.platform, site.profile, self.log.info)))


class DeleteLeftoversOperator(BaseOperator):
    """Delete for good what was listed and still may be deleted, each with a marker in the ledger before.

    While a release is in progress nothing is deleted, and the task fails.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param listed: the list as JSON.
    """

    template_fields: Sequence[str] = ("project", "environment", "listed")
    template_fields_renderers = {"listed": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#ffe0d1"

    def __init__(self, *, project: str, environment: str, listed: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.listed = listed

    def execute(self, context: Context) -> list[str]:
        """Delete; the names are the XCom."""
        from airflow_bluegreen.actions.clean_up import delete_leftovers
        from airflow_bluegreen.core.documents import from_json
        from airflow_bluegreen.core.retirement import LeftoverList
        from airflow_bluegreen.hooks.platform import open_site

        with task_outcome(self.log):
            listed = from_json(LeftoverList, self.listed).items
            if not any(not one.kept for one in listed):
                self.log.info("nothing to delete")
                return []
            site = open_site(self.project, self.environment, "HEAD")
            done = delete_leftovers(site.platform, site.profile, listed, self.log.info)
            return [one.name for one in done]
