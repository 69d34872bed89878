"""The link from a deployed statement to its job in Flink's web interface."""

from typing import Any

from airflow.sdk import BaseOperatorLink

FLINK_JOB_KEY = "flink_job_link"


class FlinkJobLink(BaseOperatorLink):
    """Flink's page of the job that the task deployed."""

    @property
    def name(self) -> str:
        """The label of the button."""
        return "Flink job"

    @property
    def xcom_key(self) -> str:
        """Where the task leaves the URL."""
        return FLINK_JOB_KEY

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Empty: the URL is known only once the task has left it in XCom."""
        return ""
