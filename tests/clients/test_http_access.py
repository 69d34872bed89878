"""Entering servers that ask for something: credentials, certificates, a proxy on the way."""

from base64 import b64encode
from pathlib import Path

import pytest

from airflow_bluegreen.clients.http import HttpServer
from airflow_bluegreen.clients.kafka_connect import KafkaConnect
from airflow_bluegreen.core.model import ServerAccess
from airflow_bluegreen.exceptions import ConfigurationError, TransientError
from tests.clients.guarded_server import KEY_PASSWORD, Certificates, certificates, serving


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("pem"))


@pytest.mark.parametrize(
    ("access", "header"),
    [
        (ServerAccess(), ""),
        (ServerAccess(user="ada", password="pw"), f"Basic {b64encode(b'ada:pw').decode()}"),
        (ServerAccess(token="t-1"), "Bearer t-1"),
        (ServerAccess(token="t-1", user="ada", password="pw"), "Bearer t-1"),
    ],
    ids=["nobody", "basic", "bearer", "bearer before basic"],
)
def test_credentials(access: ServerAccess, header: str) -> None:
    with serving() as server:
        assert KafkaConnect(server.url, access).connectors() == ()
    assert server.seen == [("/connectors", header)]


def test_a_certificate_of_an_own_authority(pem: Certificates) -> None:
    with serving(pem.server_context()) as server:
        trusting = ServerAccess(ca_file=str(pem.ca), token="t-1")
        assert KafkaConnect(server.url, trusting).connectors() == ()
        with pytest.raises(ConfigurationError, match=r"not trusted: .*CA file"):
            HttpServer("Kafka Connect", server.url).read("/connectors")
        with pytest.raises(ConfigurationError, match="not trusted"):
            HttpServer("Kafka Connect", server.url).write("PUT", "/connectors")
    assert server.seen == [("/connectors", "Bearer t-1")]


def test_a_server_that_asks_for_our_certificate(pem: Certificates) -> None:
    with serving(pem.server_context(wants_client=True)) as server:
        stranger = ServerAccess(ca_file=str(pem.ca))
        with pytest.raises(TransientError, match="cannot be reached"):
            HttpServer("Kafka Connect", server.url, auth=stranger).read("/connectors")
        known = ServerAccess(
            ca_file=str(pem.ca),
            certificate_file=str(pem.client),
            key_file=str(pem.client_key),
            key_password=KEY_PASSWORD,
        )
        assert KafkaConnect(server.url, known).connectors() == ()


def test_by_way_of_a_proxy() -> None:
    with serving() as proxy:
        access = ServerAccess(proxy=proxy.url, user="ada", password="pw")
        assert KafkaConnect("http://connect.test:8083", access).connectors() == ()
    assert [target for target, _ in proxy.seen] == ["http://connect.test:8083/connectors"]


def test_a_proxy_that_is_no_address_does_not_show_its_password() -> None:
    access = ServerAccess(proxy="ftp://me:not-for-logs@proxy")
    with pytest.raises(ConfigurationError, match="proxy whose address cannot be used") as caught:
        HttpServer("Kafka Connect", "http://connect.test", auth=access).read("/connectors")
    assert "not-for-logs" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_files_that_are_not_there_or_no_certificates(pem: Certificates, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"/nowhere/ca.pem.*no such file"):
        HttpServer("S", "https://s.test", auth=ServerAccess(ca_file="/nowhere/ca.pem")).read("/")
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    with pytest.raises(ConfigurationError, match=r"text\.pem.*cannot be read.*It must be PEM"):
        HttpServer("S", "https://s.test", auth=ServerAccess(ca_file=str(text))).read("/")
    wrong = ServerAccess(
        certificate_file=str(pem.client), key_file=str(pem.client_key), key_password="another"
    )
    with pytest.raises(ConfigurationError, match="password must be the key's"):
        HttpServer("S", "https://s.test", auth=wrong).read("/")


def test_nothing_secret_is_shown() -> None:
    access = ServerAccess(
        user="ada",
        password="hidden-1",
        token="hidden-2",
        key_password="hidden-3",
        proxy="http://me:hidden-4@p",
    )
    assert "hidden" not in repr(access)
    assert "ada" in repr(access)
