import pytest

from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.exceptions import ConfigurationError
from tests.fakes.platform import ENDPOINTS


def filled(text: str, **variables: str) -> str:
    return fill({"option": text}, ENDPOINTS, known={"connector.name": "sink-1"}, variables=variables)[
        "option"
    ]


def test_built_in_names() -> None:
    assert filled("{kafka.bootstrap.servers}") == "kafka.test:9092"
    assert filled("{schema.registry.url}/x") == "http://registry.test/x"
    assert filled("/data/{connector.name}.txt") == "/data/sink-1.txt"


def test_variables_of_the_environment() -> None:
    assert filled("{sink.directory}/x", BLUEGREEN_VAR_SINK_DIRECTORY="/data") == "/data/x"


def test_what_nothing_defines_is_named_with_its_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"\{sink\.directory\}.*Set BLUEGREEN_VAR_SINK_DIRECTORY"):
        filled("{sink.directory}/x")


@pytest.mark.parametrize("text", ["${file:secrets.properties:key}", r"a\d{3}", "{}", '{"a": 1}', "{UPPER}"])
def test_other_braces_stay(text: str) -> None:
    assert filled(text) == text
