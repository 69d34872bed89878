"""The ledger's name; what it does is in the contract suite."""

import pytest

from airflow_bluegreen.clients.release_store import KafkaReleaseStore
from airflow_bluegreen.exceptions import ConfigurationError


def test_the_ledger_is_named_after_the_project() -> None:
    assert KafkaReleaseStore({}, "retail-1", "prod").topic == "bluegreen.ledger.retail-1"


@pytest.mark.parametrize("project", ["", "my project", "a/b", "ä"])
def test_a_project_that_cannot_name_a_topic_is_refused(project: str) -> None:
    with pytest.raises(ConfigurationError, match=r"bluegreen\.yaml"):
        KafkaReleaseStore({}, project, "prod")
