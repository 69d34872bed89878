from pathlib import Path

import pytest

from airflow_bluegreen.cli.session import endpoints_from, open_session, project_settings
from airflow_bluegreen.core.model import ServerAccess
from airflow_bluegreen.exceptions import ConfigurationError
from tests.fakes.git import FakeRepository

VARIABLES = {
    "BLUEGREEN_FLINK_GATEWAY_URL": "http://gateway",
    "BLUEGREEN_FLINK_URL": "http://flink",
    "BLUEGREEN_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "BLUEGREEN_KAFKA_CONNECT_URL": "http://connect",
    "BLUEGREEN_SCHEMA_REGISTRY_URL": "http://registry",
}
TWO = "project: retail\nenvironments:\n  local: {}\n  production: {row_count_tolerance: 0.1}\n"


def test_endpoints_from_the_environment() -> None:
    endpoints = endpoints_from(VARIABLES)
    assert (endpoints.gateway_url, endpoints.kafka) == ("http://gateway", {"bootstrap.servers": "kafka:9092"})
    assert endpoints.gateway_auth is None


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(
        ConfigurationError, match="not set: BLUEGREEN_FLINK_URL, BLUEGREEN_SCHEMA_REGISTRY_URL"
    ):
        endpoints_from({**VARIABLES, "BLUEGREEN_FLINK_URL": "", "BLUEGREEN_SCHEMA_REGISTRY_URL": ""})


def test_logins() -> None:
    endpoints = endpoints_from(
        {
            **VARIABLES,
            "BLUEGREEN_KAFKA_CONNECT_USER": "ada",
            "BLUEGREEN_KAFKA_CONNECT_PASSWORD": "secret",
            "BLUEGREEN_KAFKA_USER": "key",
            "BLUEGREEN_KAFKA_PASSWORD": "hidden",
        }
    )
    assert endpoints.connect_auth == ServerAccess(user="ada", password="secret")
    assert endpoints.kafka["security.protocol"] == "SASL_SSL"
    assert endpoints.kafka["sasl.password"] == "hidden"
    assert "secret" not in repr(endpoints)


def test_certificates_tokens_and_proxies() -> None:
    endpoints = endpoints_from(
        {
            **VARIABLES,
            "BLUEGREEN_SCHEMA_REGISTRY_TOKEN": "t-1",
            "BLUEGREEN_SCHEMA_REGISTRY_CA_FILE": "/pem/ca",
            "BLUEGREEN_SCHEMA_REGISTRY_PROXY": "http://proxy",
            "BLUEGREEN_SCHEMA_REGISTRY_TIMEOUT": "7.5",
            "BLUEGREEN_FLINK_USER": "flink",
        }
    )
    assert endpoints.registry_auth == ServerAccess(
        token="t-1", ca_file="/pem/ca", proxy="http://proxy", timeout_s=7.5
    )
    assert endpoints.flink_auth == ServerAccess(user="flink")
    with pytest.raises(ConfigurationError, match="BLUEGREEN_FLINK_TIMEOUT is soon"):
        endpoints_from({**VARIABLES, "BLUEGREEN_FLINK_TIMEOUT": "soon"})


def test_the_only_environment_need_not_be_named() -> None:
    repository = FakeRepository({"bluegreen.yaml": "project: retail\nenvironments:\n  local: {}\n"})
    assert project_settings(repository, None, "main")[1].name == "local"


def test_one_of_several_must_be_named() -> None:
    repository = FakeRepository({"bluegreen.yaml": TWO})
    name, profile = project_settings(repository, "production", "main")
    assert (name, profile.row_count_tolerance) == ("retail", 0.1)
    with pytest.raises(ConfigurationError, match="Name one with --environment: local, production"):
        project_settings(repository, None, "main")
    with pytest.raises(ConfigurationError, match="no environment staging"):
        project_settings(repository, "staging", "main")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no folder"):
        open_session(tmp_path / "nowhere", None, "main")


def test_the_lake_is_optional_and_its_password_is_not_shown() -> None:
    assert endpoints_from(VARIABLES).lake_url == ""
    endpoints = endpoints_from({**VARIABLES, "BLUEGREEN_LAKE_URL": "postgresql+psycopg://me:hidden@db/lake"})
    assert endpoints.lake_url.endswith("@db/lake")
    assert "hidden" not in repr(endpoints)
