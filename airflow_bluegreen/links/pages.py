"""Links from a task to pages elsewhere that it noted while it ran: a commit, the connectors."""

from typing import Any

from airflow.sdk import BaseOperatorLink


class CommitLink(BaseOperatorLink):
    """The page of the commit with the rewritten SQL, where the remote is at a git host."""

    @property
    def name(self) -> str:
        """The label of the button."""
        return "Git commit"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The URL that the operator noted; Airflow asks for it in the same process at the task's end."""
        return str(operator.commit_url)


class ConnectorsLink(BaseOperatorLink):
    """What Kafka Connect says of its connectors and their tasks. It does not show their configuration."""

    @property
    def name(self) -> str:
        """The label of the button."""
        return "Connectors"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The URL that the operator noted; Airflow asks for it in the same process at the task's end."""
        return str(operator.connectors_url)
