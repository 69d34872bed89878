"""One version in one place: the containers run what the processes run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_bluegreen.stack import configs, versions

COMPOSE = Path(__file__).parents[2] / "docker-compose.yaml"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text()))


def test_the_compose_file_is_valid() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("service", "image"),
    [
        ("kafka", f"apache/kafka:{versions.KAFKA}"),
        ("connect", f"apache/kafka:{versions.KAFKA}"),
        ("registry", f"apicurio/apicurio-registry:{versions.APICURIO}"),
        ("jobmanager", f"flink:{versions.FLINK}"),
        ("taskmanager", f"flink:{versions.FLINK}"),
        ("gateway", f"flink:{versions.FLINK}"),
        ("postgres", f"postgres:{versions.POSTGRES.rpartition('.')[0]}"),
    ],
)
def test_images_have_the_versions_of_the_stack(compose: dict[str, Any], service: str, image: str) -> None:
    assert compose["services"][service]["image"] == image


@pytest.mark.parametrize(
    ("source", "coordinate"),
    [
        ("flink-jars", versions.FLINK_JARS.single[1]),
        ("flink-jars", versions.FLINK_JARS.single[2]),
        ("connect-jars", versions.AVRO_CONVERTER_JARS.resolved[0]),
        *(
            (f"{name}-jars", coordinate)
            for name, jars in versions.OPTIONAL_PLUGINS.items()
            for coordinate in (*jars.resolved, *jars.single)
        ),
    ],
)
def test_fetched_jars_have_the_versions_of_the_stack(
    compose: dict[str, Any], source: str, coordinate: str
) -> None:
    group, name, version = coordinate.split(":")
    wanted = f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>"
    assert wanted in compose["configs"][source]["content"]


@pytest.mark.parametrize("plugin", sorted(versions.OPTIONAL_PLUGINS))
def test_optional_plugins_come_with_their_profile_and_connect_waits_for_them(
    compose: dict[str, Any], plugin: str
) -> None:
    fetching = compose["services"][f"{plugin}-jars"]
    assert fetching["profiles"] == [plugin]
    assert f"/jars/connect/{plugin}" in str(fetching["command"])
    assert fetching["configs"][0]["source"] == f"{plugin}-jars"
    waits = compose["services"]["connect"]["depends_on"][f"{plugin}-jars"]
    assert waits == {"condition": "service_completed_successfully", "required": False}
    content = compose["configs"][f"{plugin}-jars"]["content"]
    jars = versions.OPTIONAL_PLUGINS[plugin]
    assert content.count("<dependency>") == len(jars.resolved) + len(jars.single)
    for group in jars.provided:
        assert content.count(f"<exclusion><groupId>{group}</groupId>") == len(jars.resolved)


def test_without_a_profile_there_is_no_lake(compose: dict[str, Any]) -> None:
    optional = {name for name, service in compose["services"].items() if "profiles" in service}
    assert optional == {"iceberg-jars", "jdbc-jars", "postgres"}


def test_ports_are_published_on_the_loopback_interface_only(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert len(published) == 6
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_jobs_behave_alike_in_containers(compose: dict[str, Any]) -> None:
    for service in ("jobmanager", "taskmanager", "gateway"):
        properties = yaml.safe_load(compose["services"][service]["environment"]["FLINK_PROPERTIES"])
        assert {key: properties.get(key) for key in configs.FLINK_JOBS} == configs.FLINK_JOBS


def test_the_broker_behaves_alike_in_containers(compose: dict[str, Any]) -> None:
    environment = compose["services"]["kafka"]["environment"]
    for key, value in configs.KAFKA_BROKER.items():
        assert environment[f"KAFKA_{key.replace('.', '_').upper()}"] == str(value)


def test_connect_behaves_alike_in_containers(compose: dict[str, Any]) -> None:
    lines = compose["configs"]["connect-worker"]["content"].splitlines()
    local = configs.connect_properties(port=1, kafka_port=2, registry_port=3, plugins=(Path("plugins"),))
    own_places = ("bootstrap.servers", "listeners", "rest.", "plugin.")
    for line in local.splitlines():
        if not line.startswith(own_places) and "registry.url" not in line:
            assert line in lines
