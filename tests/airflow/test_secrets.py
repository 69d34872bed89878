"""What connections hold in secret, where a server says it aloud. Whole runs: test_local_airflow."""

import logging

import pytest
from airflow.sdk.exceptions import AirflowException
from airflow.sdk.log import redact  # type: ignore[attr-defined]

from airflow_bluegreen.core.model import Profile
from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.hooks.platform import endpoints_from_connections
from airflow_bluegreen.operators.outcome import task_outcome
from tests.airflow.secret_site import SECRET, all_secrets, secret_connections


@pytest.fixture(autouse=True)
def connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in secret_connections().items():
        monkeypatch.setenv(name, value)


def test_every_secret_that_a_server_quotes_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    secrets = all_secrets()
    assert len(secrets) == 17
    with pytest.raises(AirflowException) as caught, task_outcome(logging.getLogger("task")):
        raise TransientError(f"cannot connect with {' and '.join(secrets)}")
    # What Airflow does to all that a task logs, and to the error that ends it.
    told = [str(redact(record.getMessage())) for record in caplog.records] + [str(redact(str(caught.value)))]
    assert [line for line in told if "cannot connect with" in line]
    assert [line for line in told if SECRET in line] == []


def test_no_record_of_ours_shows_them() -> None:
    endpoints = endpoints_from_connections(Profile(name="local"))
    assert SECRET not in repr(endpoints)
