"""How errors end a task."""

import traceback

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from airflow_bluegreen.exceptions import OutcomeUnknownError, SqlSyntaxError, TransientError, Where
from airflow_bluegreen.operators.outcome import task_outcome

SYNTAX = SqlSyntaxError("no FROM", where=Where(path="dml.int_3.sql", line=3), remedy="Mend the statement")


class Log:
    def __init__(self) -> None:
        self.errors: list[str] = []
        self.folded: list[str] = []

    def error(self, line: str) -> None:
        self.errors.append(line)

    def info(self, line: str, *arguments: object) -> None:
        self.folded.append(line % arguments if arguments else line)


def test_a_refusal_is_not_tried_again_and_says_file_line_and_remedy() -> None:
    log = Log()
    with pytest.raises(AirflowFailException) as caught, task_outcome(log):
        raise SYNTAX
    assert log.errors == ["dml.int_3.sql:3: no FROM. Mend the statement"]
    assert str(caught.value) == log.errors[0]


@pytest.mark.parametrize("error", [TransientError("no answer"), OutcomeUnknownError("no answer to POST")])
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    with pytest.raises(AirflowException) as caught, task_outcome(Log()):
        raise error
    assert not isinstance(caught.value, AirflowFailException)


def test_where_it_was_raised_follows_folded_and_not_in_what_airflow_logs_of_it() -> None:
    log = Log()

    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
        raise SYNTAX

    with pytest.raises(AirflowFailException) as caught, task_outcome(log):
        deep(20)
    assert (log.folded[0], log.folded[-1]) == ("::group::Where it was raised", "::endgroup::")
    assert any(", in deep" in line for line in log.folded)
    assert any("Previous line repeated" in line for line in log.folded)
    assert "deep" not in "".join(traceback.format_exception(caught.value))


def test_advice_follows_the_error() -> None:
    log = Log()
    with pytest.raises(AirflowFailException), task_outcome(log, advice="Go back"):
        raise SYNTAX
    assert log.errors[1] == "Go back"


def test_other_errors_keep_their_stack() -> None:
    with pytest.raises(ZeroDivisionError), task_outcome(Log()):
        1 / 0  # noqa: B018
