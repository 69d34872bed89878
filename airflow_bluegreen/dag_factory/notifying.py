"""Who is told of what: the notifiers of a DAG, each behind one that knows the release."""

from collections.abc import Mapping, Sequence

from airflow.sdk.bases.notifier import BaseNotifier

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.notifications.release import EVENTS, ReleaseEvent, ReleaseNotifier

Notify = Mapping[ReleaseEvent, Sequence[BaseNotifier]]
Told = Mapping[ReleaseEvent, list[BaseNotifier]]


def told_of(notify: Notify, environment: str, *, plan_task: str = "", report_task: str = "") -> Told:
    """For every event what to call: one :class:`ReleaseNotifier`, or nothing where nobody is to be told.

    :param notify: event → notifiers; an empty list writes to the log of the task.
    :raises ConfigurationError: there is no such event.
    """
    unknown = sorted(notify.keys() - set(EVENTS))
    if unknown:
        raise ConfigurationError(
            f"notify: no event {', '.join(unknown)}", remedy=f"There are: {', '.join(EVENTS)}"
        )
    return {
        event: [
            ReleaseNotifier(
                event=event,
                to=notify[event],
                environment=environment,
                plan_task=plan_task,
                report_task=report_task,
            )
        ]
        if event in notify
        else []
        for event in EVENTS
    }
