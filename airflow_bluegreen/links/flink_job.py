"""The link from a deployed statement to its job in Flink's web interface."""

from typing import Any

from airflow.sdk import BaseOperatorLink


class FlinkJobLink(BaseOperatorLink):
    """Flink's page of the job that the task deployed."""

    @property
    def name(self) -> str:
        """The label of the button."""
        return "Flink job"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The URL that the operator noted; Airflow asks for it in the same process at the task's end."""
        return str(operator.job_url)
