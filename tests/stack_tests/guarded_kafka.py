"""A broker of the test's own that asks for a login and has an authorizer."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from socket import socket

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from airflow_bluegreen.stack.artifacts import cache_directory, install
from airflow_bluegreen.stack.configs import LOGGING, kafka_properties, properties
from airflow_bluegreen.stack.free_ports import HOST, pick_ports
from airflow_bluegreen.stack.java import find_java
from airflow_bluegreen.stack.kafka_storage import format_storage
from airflow_bluegreen.stack.status import silent

_START_SECONDS = 120
_PASSWORD = "not-a-secret"
_LOGINS = " ".join(f'user_{name}="{_PASSWORD}"' for name in ("admin", "release"))
_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"


class GuardedKafka:
    """``admin`` may do everything, ``release`` what it is granted."""

    def __init__(self, port: int) -> None:
        self.port = port

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient(self.conf("admin"))

    def conf(self, user: str) -> dict[str, str]:
        return {
            "bootstrap.servers": f"{HOST}:{self.port}",
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanisms": "PLAIN",
            "sasl.username": user,
            "sasl.password": _PASSWORD,
        }

    def grant(self, name: str, *operations: str, prefix: bool = False) -> None:
        """Allow ``release`` these operations on a topic, or on all whose names begin so."""
        pattern = ResourcePatternType.PREFIXED if prefix else ResourcePatternType.LITERAL
        bindings = [
            AclBinding(
                ResourceType.TOPIC,
                name,
                pattern,
                "User:release",
                "*",
                AclOperation[operation],
                AclPermissionType.ALLOW,
            )
            for operation in operations
        ]
        for answer in self._admin.create_acls(bindings, request_timeout=20).values():
            answer.result()

    def answers(self) -> bool:
        """Whether the broker takes requests; librdkafka complains loudly of a port that is closed."""
        with socket() as probe:
            if probe.connect_ex((HOST, self.port)) != 0:
                return False
        try:
            self._admin.list_topics(timeout=2)
        except KafkaException:
            return False
        return True


@contextmanager
def guarded_kafka(directory: Path) -> Iterator[GuardedKafka]:
    """Start it in a directory of its own; it has ended afterwards."""
    java, installed = find_java(), install(cache_directory(), silent)
    ports = pick_ports(("kafka", "controller"))
    format_storage(java, installed, directory / "data")
    settings = kafka_properties(
        port=ports["kafka"], controller_port=ports["controller"], data=directory / "data"
    )
    (directory / "server.properties").write_text(settings + _guarded(ports["kafka"], ports["controller"]))
    (directory / "log4j2.properties").write_text(LOGGING)
    command = [str(java), "-Xmx384m", f"-Dlog4j2.configurationFile={directory}/log4j2.properties"]
    command += [
        "-cp",
        ":".join(map(str, installed.kafka)),
        "kafka.Kafka",
        str(directory / "server.properties"),
    ]
    with (directory / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            kafka = GuardedKafka(ports["kafka"])
            deadline = time.monotonic() + _START_SECONDS
            while not kafka.answers():
                assert process.poll() is None, (directory / "log").read_text()[-3000:]
                assert time.monotonic() < deadline, "the broker did not answer"
                time.sleep(0.2)
            yield kafka
        finally:
            kafka.__dict__.pop("_admin", None)  # it would go on calling for the broker
            process.terminate()
            process.wait(30)


def _guarded(port: int, controller: int) -> str:
    """What overrides the local stack's configuration: the last of two lines counts."""
    return properties(
        {
            "listeners": f"SASL_PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"SASL_PLAINTEXT://{HOST}:{port}",
            "listener.security.protocol.map": "SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
                f'{_MODULE} required username="admin" password="{_PASSWORD}" {_LOGINS};'
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The controller's listener asks for no login.
            "super.users": "User:admin;User:ANONYMOUS",
        }
    )
