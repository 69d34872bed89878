"""How an error of a release ends its task: one line that says all, and a retry only where one may help."""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from airflow_bluegreen.exceptions import BluegreenError, RefusedError
from airflow_bluegreen.operators.log_groups import log_group

if TYPE_CHECKING:
    from airflow_bluegreen.core.model import Plan


@contextmanager
def task_outcome(log: Any, *, advice: str = "") -> Iterator[None]:
    """Turn a :class:`~airflow_bluegreen.exceptions.BluegreenError` into the outcome of the running task.

    The message, with cause and remedy, stands in the log before anything else; the stack follows it, folded.
    A RefusedError fails the task for good, since a retry would be refused again; everything else may
    be retried.

    :param log: the task's logger.
    :param advice: a further line that is logged when the block fails, such as how to go back.
    :raises AirflowFailException: the block raised a RefusedError.
    :raises AirflowException: it raised another BluegreenError.
    """
    try:
        yield
    except BluegreenError as error:
        log.error(str(error))
        if advice:
            log.error(advice)
        log_group(log, "Where it was raised", "".join(format_exception(error)).splitlines())
        outcome = AirflowFailException if isinstance(error, RefusedError) else AirflowException
        raise outcome(str(error)) from None


def skip_untouched(plan: "Plan", table: str) -> None:
    """Let the running task skip itself if the release deploys nothing for its table.

    ``plan`` skips such tasks before they start; one that was cleared comes here.

    :param table: logical name.
    :raises AirflowSkipException: the plan has no green version of such a table.
    """
    planned = plan.table(table)
    if planned is None or planned.green is None:
        raise AirflowSkipException(f"Release {plan.release.ref} deploys nothing for table {table}")
