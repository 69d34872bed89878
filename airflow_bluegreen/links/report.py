"""The link from a task to the comparison report of its run."""

from typing import Any
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

REPORT_PREFIX = "/bluegreen"


def report_url(dag_id: str, run_id: str) -> str:
    """The report page of a run, relative to Airflow's web interface."""
    return f"{REPORT_PREFIX}/report/{quote(dag_id, safe='')}/{quote(run_id, safe='')}"


class ReportLink(BaseOperatorLink):
    """The comparison report of the run."""

    @property
    def name(self) -> str:
        """The label of the button."""
        return "Blue/green report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The page, which says so where there is no report yet."""
        return report_url(ti_key.dag_id, ti_key.run_id)
