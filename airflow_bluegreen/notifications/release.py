"""A notifier that knows what a release is about, and hands it to any other notifier."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow.sdk import conf
from airflow.sdk.bases.notifier import BaseNotifier

from airflow_bluegreen.links.report import report_url

if TYPE_CHECKING:
    from airflow.sdk import Context

ReleaseEvent = Literal["approval_needed", "verdict_failed", "cut_over_done", "rolled_back", "window_missed"]
EVENTS: tuple[ReleaseEvent, ...] = get_args(ReleaseEvent)

DETAIL = "bluegreen_detail"
"""The key of the context under which an operator says more of an event."""

SUBJECTS: Mapping[ReleaseEvent, str] = {
    "approval_needed": "waits for approval",
    "verdict_failed": "failed the comparison",
    "cut_over_done": "is cut over",
    "rolled_back": "was rolled back",
    "window_missed": "missed its window",
}
_OF_THE_COMPARISON = ("approval_needed", "verdict_failed")


class ReleaseNotifier(BaseNotifier):
    """Tell of an event of a release: the plan, or the verdict, is the message.

    The templates of this notifier and of those in ``to`` may use ``bluegreen``, a mapping with ``event``,
    ``release``, ``environment``, ``plan`` and ``report`` (Markdown), ``verdict``, ``detail``, ``url`` (of the
    report of the run); those of ``to`` also ``subject`` and ``message``, as they were rendered here.

    :param event: which event it is for.
    :param to: notifiers that take it to people, such as those of the Slack or SMTP provider. Without any it
        is written into the log of the task.
    :param environment: the environment to name.
    :param plan_task: full id of the task that planned the release in this run; empty where there is none.
    :param report_task: full id of the task that wrote the report; empty where there is none.
    :param subject: one line; by default what has happened.
    :param message: by default the report where the event is about the comparison, else the plan.
    """

    template_fields: Sequence[str] = ("subject", "message")

    def __init__(
        self,
        *,
        event: ReleaseEvent,
        to: Sequence[BaseNotifier] = (),
        environment: str = "",
        plan_task: str = "plan",
        report_task: str = "report",
        subject: str = "{{ bluegreen.subject }}",
        message: str = "{{ bluegreen.message }}",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.event = event
        self.to = to
        self.environment = environment
        self.plan_task = plan_task
        self.report_task = report_task
        self.subject = subject
        self.message = message

    def __call__(self, *args: Any) -> None:
        """Gather what is to be told, render, and tell it. A notifier of ``to`` that fails is logged only."""
        context: Any = dict(args[0])
        context["bluegreen"] = self._gathered(context)
        super().__call__(context)

    def notify(self, context: "Context") -> None:
        """Hand it on, or log it."""
        told: dict[str, Any] = dict(context)
        told["bluegreen"] = {**told["bluegreen"], "subject": self.subject, "message": self.message}
        if not self.to:
            for line in (self.subject, *self.message.splitlines()):
                self.log.info(line)
        tell(self.to, told, self.log)

    def _gathered(self, context: Mapping[str, Any]) -> dict[str, Any]:
        from airflow_bluegreen.core.documents import from_json
        from airflow_bluegreen.core.explain import plan_markdown
        from airflow_bluegreen.core.model import Plan

        instance = context["ti"]
        text = _left(instance, self.plan_task, "plan")
        plan = from_json(Plan, text) if text else None
        detail = str(context.get(DETAIL, ""))
        found = {
            "event": self.event,
            "release": plan.release.ref if plan else getattr(context.get("task"), "release", ""),
            "environment": plan.environment if plan else self.environment,
            "plan": plan_markdown(plan) if plan else "",
            "report": _left(instance, self.report_task, "body"),
            "verdict": _left(instance, self.report_task, "verdict"),
            "detail": detail,
            "url": _page(instance),
        }
        about = found["report"] if self.event in _OF_THE_COMPARISON else found["plan"]
        return {
            **found,
            "subject": f"Release {found['release']} in {found['environment']} {SUBJECTS[self.event]}",
            "message": "\n\n".join(part for part in (detail, about, found["url"]) if part),
        }


def tell(notifiers: Sequence[BaseNotifier], context: Any, log: Any, *, detail: str = "") -> None:
    """Call each notifier; what one of them raises is logged, since a message is no reason to stop a release.

    :param detail: what more there is to say.
    """
    for notifier in notifiers:
        try:
            # One that is told of several events is rendered in place by Airflow, once and for all.
            copy(notifier)({**context, DETAIL: detail or context.get(DETAIL, "")})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is about the message
            log.warning("%s could not tell: %s", type(notifier).__name__, error)


def _left(instance: Any, task_id: str, key: str) -> str:
    left = instance.xcom_pull(task_ids=task_id, key=key) if task_id else None
    return left if isinstance(left, str) else ""


def _page(instance: Any) -> str:
    base = str(conf.get("api", "base_url", fallback="")).rstrip("/")
    return f"{base}{report_url(instance.dag_id, instance.run_id)}" if base else ""
