"""The decision of a person."""

from collections.abc import Collection, Iterable
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context

APPROVABLE = "pass"

DECISION_KEY = "decision"
"""The XCom key of what was answered; none where somebody set the task to success by hand."""


class ApproveReleaseOperator(ApprovalOperator):
    """Ask a person for Approve or Reject. Approve skips the rollback, Reject everything but the rollback.

    :param roll_back_task: full id of the task that takes green down again.
    :param auto_approve: approve without asking where every table passes; a warning or a failure is for a
        person to judge.
    :param verdict: the worst verdict of the comparison.
    """

    template_fields: Collection[str] = ("subject", "body", "auto_approve", "verdict")

    def __init__(
        self, *, roll_back_task: str, auto_approve: bool | str = False, verdict: Any = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.roll_back_task = roll_back_task
        self.auto_approve = auto_approve
        self.verdict = verdict

    def execute(self, context: Context) -> Any:
        """Ask, or approve at once where that was wished for."""
        if str(self.auto_approve).lower() == "true":
            if self.verdict == APPROVABLE:
                self.log.info(
                    "Approved without asking: auto_approve is set, the comparison says %s", self.verdict
                )
                return self._approved(context, {"chosen_options": [self.APPROVE]})
            self.log.warning(
                "auto_approve is set, but the comparison says %s: a person is to judge",
                self.verdict or "nothing",
            )
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Act on the answer."""
        options, user = event.get("chosen_options"), event.get("responded_by_user")
        self.log.info(
            "%s, answered by %s", " ".join(options or ["No answer"]), user or "the default at the time limit"
        )
        # What the method returns is lost: skipping ends the task.
        context["ti"].xcom_push(key=DECISION_KEY, value=" ".join(options or []))
        answer = super().execute_complete(context, event)
        return self._approved(context, answer) if options == [self.APPROVE] else answer

    def skip(self, ti: Any, tasks: Iterable[Any]) -> None:
        """Skip ``tasks``, never the rollback: a rejected green is to be removed."""
        super().skip(ti, [task for task in tasks if task.task_id != self.roll_back_task])

    def _approved(self, context: Context, answer: Any) -> Any:
        # Not by way of the method above, which spares exactly this task.
        super().skip(context["ti"], [self.dag.get_task(self.roll_back_task)])
        return answer
