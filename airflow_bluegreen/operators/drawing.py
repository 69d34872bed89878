"""The snapshot that the release DAG is drawn from, written anew by a task."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context

from airflow_bluegreen.operators.outcome import task_outcome


class DrawSnapshotOperator(BaseOperator):
    """Draw the lineage of all that may be released, and write it where it differs from what the file holds.

    Drawn are HEAD and the main branch, what is live or in progress, open release branches, and the release
    tags not older than what is live. A branch that cannot be read is left out, with a warning that says why.
    The number of tables is the task's XCom.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml, whose ledger is asked.
    :param snapshot: the file; readers see the old one or the new one, never a part.
    """

    template_fields: Sequence[str] = ("project", "environment", "snapshot")
    ui_color = "#e8f0fe"

    def __init__(self, *, project: str, environment: str, snapshot: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.snapshot = snapshot

    def execute(self, context: Context) -> int:
        """Draw, say what changed, write."""
        from airflow_bluegreen.hooks.platform import open_site
        from airflow_bluegreen.snapshot import draw_snapshot, read_snapshot, refs_to_draw, save_snapshot

        with task_outcome(self.log):
            platform = open_site(self.project, self.environment, "HEAD").platform
            refs = refs_to_draw(platform.repository, platform.releases.records())
            drawn = draw_snapshot(platform.repository, refs, self.log.warning)
            before = read_snapshot(Path(self.snapshot))
            known = before.tables.keys() if before else set()
            for what, tables in (("new", drawn.tables.keys() - known), ("gone", known - drawn.tables.keys())):
                if tables:
                    self.log.info("%s: %s", what, ", ".join(sorted(tables)))
            if drawn != before:
                save_snapshot(drawn, Path(self.snapshot))
            state = "as it was" if drawn == before else "written"
            self.log.info(
                "%s is %s: %d tables of %s", self.snapshot, state, len(drawn.tables), ", ".join(drawn.refs)
            )
            return len(drawn.tables)
