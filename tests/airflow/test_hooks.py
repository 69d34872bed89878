"""Connections: what they stand for, what their hooks say when a server is not there."""

import json

import pytest
from airflow.sdk import Connection

from airflow_bluegreen.core.model import LakeSettings, Profile, ServerAccess
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.get_provider_info import get_provider_info
from airflow_bluegreen.hooks.flink_sql_gateway import FlinkSqlGatewayHook, jobmanager_access_of
from airflow_bluegreen.hooks.kafka_connect import KafkaConnectHook
from airflow_bluegreen.hooks.platform import endpoints_from_connections, lake_url_of
from airflow_bluegreen.hooks.schema_registry import SchemaRegistryHook
from airflow_bluegreen.hooks.urls import access_of, url_of

# Nobody listens on port 9 of this machine.
NOBODY = {"host": "127.0.0.1", "port": 9, "schema": "http"}


def connect(monkeypatch: pytest.MonkeyPatch, conn_id: str, **fields: object) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"host": "flink", "port": 8083}, "http://flink:8083"),
        ({"host": "flink", "schema": "https"}, "https://flink"),
        ({"host": "https://flink.test/gateway/"}, "https://flink.test/gateway"),
        (
            {"host": "reg", "port": 81, "extra": '{"base_path": "/apis/ccompat/v7/"}'},
            "http://reg:81/apis/ccompat/v7",
        ),
    ],
)
def test_url_of_a_connection(fields: dict[str, object], url: str) -> None:
    assert url_of(Connection(conn_id="c", conn_type="kafka_connect", **fields)) == url  # type: ignore[arg-type]


def test_a_connection_without_host_says_where_to_enter_it() -> None:
    with pytest.raises(ConfigurationError, match=r"connection c has no host.*Admin > Connections"):
        url_of(Connection(conn_id="c", conn_type="kafka_connect"))


def test_credentials_only_with_a_login() -> None:
    named = access_of(Connection(conn_id="c", conn_type="x", login="me", password="pw"))
    assert named == ServerAccess(user="me", password="pw")
    assert access_of(Connection(conn_id="c", conn_type="x", password="pw")) == ServerAccess()


def test_what_the_form_asks_for_reaches_the_client() -> None:
    form = {
        "token": "t-1",
        "ca_file": "/pem/ca",
        "certificate_file": "/pem/me",
        "key_file": "/pem/key",
        "key_password": "kp",
        "proxy": "http://proxy:3128",
        "timeout": 7.5,
    }
    fields = get_provider_info()["connection-types"][1]["conn-fields"]
    assert set(form) == set(fields) - {"base_path"}
    access = access_of(Connection(conn_id="c", conn_type="kafka_connect", extra=json.dumps(form)))
    assert access == ServerAccess(
        token="t-1",
        ca_file="/pem/ca",
        certificate_file="/pem/me",
        key_file="/pem/key",
        key_password="kp",
        proxy="http://proxy:3128",
        timeout_s=7.5,
    )


@pytest.mark.parametrize("timeout", ["soon", 0, -1, "nan", "inf"])
def test_a_timeout_that_is_none(timeout: object) -> None:
    extra = json.dumps({"timeout": timeout})
    with pytest.raises(ConfigurationError, match=r"connection c: timeout is .* no number of seconds"):
        access_of(Connection(conn_id="c", conn_type="kafka_connect", extra=extra))


def test_the_jobmanager_gets_the_gateways_credentials_only_where_it_asks_for_them() -> None:
    def jobmanager(**more: object) -> ServerAccess:
        extra = json.dumps({"token": "t-1", "ca_file": "/pem/ca", **more})
        return jobmanager_access_of(
            Connection(conn_id="c", conn_type="flink_sql_gateway", login="me", password="pw", extra=extra)
        )

    assert jobmanager() == ServerAccess(ca_file="/pem/ca")
    assert jobmanager(jobmanager_auth=True) == ServerAccess(
        user="me", password="pw", token="t-1", ca_file="/pem/ca"
    )


@pytest.mark.parametrize(
    ("hook", "conn_id", "extra"),
    [
        (FlinkSqlGatewayHook, "flink_gateway_default", {"jobmanager_url": "http://127.0.0.1:9"}),
        (KafkaConnectHook, "kafka_connect_default", {}),
        (SchemaRegistryHook, "schema_registry_default", {}),
    ],
)
def test_connection_test_tells_of_a_server_that_does_not_answer(
    hook: type[FlinkSqlGatewayHook], conn_id: str, extra: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, conn_id, conn_type=hook.conn_type, extra=extra, **NOBODY)
    worked, message = hook().test_connection()
    assert not worked
    assert "127.0.0.1:9" in message


def test_constructing_a_hook_asks_for_no_connection() -> None:
    assert (
        KafkaConnectHook("there_is_no_such_connection").kafka_connect_conn_id == "there_is_no_such_connection"
    )


class TestEndpoints:
    @pytest.fixture(autouse=True)
    def connections(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connect(
            monkeypatch,
            "my_gateway",
            conn_type="flink_sql_gateway",
            host="gateway",
            port=8083,
            login="flink",
            password="not-for-logs",
            extra={"jobmanager_url": "http://jobmanager:8081/"},
        )
        connect(monkeypatch, "kafka_default", conn_type="kafka", extra={"bootstrap.servers": "kafka:9092"})
        connect(monkeypatch, "kafka_connect_default", conn_type="kafka_connect", host="connect", port=8083)
        connect(monkeypatch, "schema_registry_default", conn_type="schema_registry", host="registry")

    profile = Profile(name="prod", connections={"flink_gateway": "my_gateway"})

    def test_come_from_the_connections_that_the_profile_names(self) -> None:
        endpoints = endpoints_from_connections(self.profile)
        assert endpoints.gateway_url == "http://gateway:8083"
        assert endpoints.flink_url == "http://jobmanager:8081"
        assert endpoints.kafka == {"bootstrap.servers": "kafka:9092"}
        assert endpoints.connect_url == "http://connect:8083"
        assert endpoints.registry_url == "http://registry"
        assert endpoints.gateway_auth == ServerAccess(user="flink", password="not-for-logs")
        assert endpoints.flink_auth == ServerAccess()

    def test_do_not_show_passwords(self) -> None:
        assert "not-for-logs" not in repr(endpoints_from_connections(self.profile))

    def test_a_password_that_was_read_is_masked_from_then_on(self) -> None:
        from airflow.sdk.log import redact  # type: ignore[attr-defined]

        endpoints_from_connections(self.profile)
        assert "not-for-logs" not in str(redact("the password is not-for-logs"))

    def test_a_missing_connection_names_the_setting(self) -> None:
        profile = Profile(name="prod", connections={"flink_gateway": "my_gateway", "kafka": "nowhere"})
        with pytest.raises(ConfigurationError, match=r"no connection nowhere.*prod: connections: kafka"):
            endpoints_from_connections(profile)

    def test_the_jobmanager_must_be_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connect(monkeypatch, "my_gateway", conn_type="flink_sql_gateway", host="gateway")
        with pytest.raises(ConfigurationError, match=r"my_gateway has no JobManager URL.*jobmanager_url"):
            endpoints_from_connections(self.profile)

    def test_kafka_must_have_servers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connect(monkeypatch, "kafka_default", conn_type="kafka", extra={"group.id": "x"})
        with pytest.raises(ConfigurationError, match=r"kafka_default has no bootstrap\.servers"):
            endpoints_from_connections(self.profile)


LAKE = Profile(name="local", lake=LakeSettings())


def test_no_lake_needs_no_connection() -> None:
    assert lake_url_of(Profile(name="local")) == ""


def test_the_lakes_address_is_in_the_connections_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "lake_default", conn_type="generic", extra={"sqlalchemy_url": "trino://t:8080/lake"})
    assert lake_url_of(LAKE) == "trino://t:8080/lake"
    connect(monkeypatch, "mine", conn_type="generic", extra={"sqlalchemy_url": "duckdb:///x"})
    assert (
        lake_url_of(Profile(name="local", lake=LakeSettings(), connections={"lake": "mine"})) == "duckdb:///x"
    )


def test_a_lake_without_an_address_says_what_to_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"no connection lake_default.*connections: lake"):
        lake_url_of(LAKE)
    connect(monkeypatch, "lake_default", conn_type="no_such_provider", host="h")
    with pytest.raises(ConfigurationError, match="connection lake_default has no address for SQLAlchemy"):
        lake_url_of(LAKE)
