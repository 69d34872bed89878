"""How an error of a release ends its task: one line that says all, and a retry only where one may help."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from airflow_bluegreen.exceptions import BluegreenError, RefusedError


@contextmanager
def task_outcome(log: Any, *, advice: str = "") -> Iterator[None]:
    """Turn a :class:`~airflow_bluegreen.exceptions.BluegreenError` into the outcome of the running task.

    The message stands in the log before anything else and without the stack, which is logged at debug
    level. A RefusedError fails the task for good, since a retry would be refused again; everything else may
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
        log.debug("Where it was raised:", exc_info=error)
        outcome = AirflowFailException if isinstance(error, RefusedError) else AirflowException
        raise outcome(str(error)) from None
