"""The provider's description against Airflow's own schemas, and against what the package has."""

import json
import re
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from airflow.providers_manager import ProvidersManager
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime
from jsonschema import Draft7Validator

from airflow_bluegreen.get_provider_info import get_provider_info
from airflow_bluegreen.hooks import settings

INFO = get_provider_info()


def import_string(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def schema(name: str) -> dict[str, Any]:
    text: dict[str, Any] = json.loads((files("airflow") / name).read_text())
    return text


def test_airflows_schema_accepts_it() -> None:
    errors = [
        error.message for error in Draft7Validator(schema("provider_info.schema.json")).iter_errors(INFO)
    ]
    assert errors == []


def test_the_stricter_schema_accepts_the_connection_forms() -> None:
    part = schema("provider.yaml.schema.json")["properties"]["connection-types"]
    errors = [error.message for error in Draft7Validator(part).iter_errors(INFO["connection-types"])]
    assert errors == []


@pytest.mark.parametrize("room", ["hooks", "operators", "triggers"])
def test_every_module_that_it_names_can_be_imported(room: str) -> None:
    named = [module for entry in INFO[room] for module in entry["python-modules"]]
    assert [import_module(module).__name__ for module in named] == named


@pytest.mark.parametrize(
    "path",
    [
        *INFO["extra-links"],
        *INFO["cli"],
        *INFO["notifications"],
        *(each["hook-class-name"] for each in INFO["connection-types"]),
        *(each["plugin-class"] for each in INFO["plugins"]),
    ],
)
def test_every_class_that_it_names_exists(path: str) -> None:
    assert import_string(path).__name__ == path.rpartition(".")[2]


def defined(room: str, pattern: str) -> dict[str, str]:
    """Class → module, of the classes of a room that look like this."""
    folder = Path(import_module(f"airflow_bluegreen.{room}").__path__[0])
    return {
        name: f"airflow_bluegreen.{room}.{path.stem}"
        for path in sorted(folder.glob("*.py"))
        for name in re.findall(pattern, path.read_text(), re.MULTILINE)
    }


@pytest.mark.parametrize(
    ("room", "pattern"),
    [
        ("operators", r"^class (\w+Operator)\("),
        ("triggers", r"^class (\w+Trigger)\("),
        ("hooks", r"^class (\w+Hook)\("),
    ],
)
def test_every_module_that_users_meet_is_named(room: str, pattern: str) -> None:
    named = {module for entry in INFO[room] for module in entry["python-modules"]}
    found = set(defined(room, pattern).values())
    assert found
    assert found - named == set()


def test_every_link_is_named() -> None:
    assert {f"{module}.{name}" for name, module in defined("links", r"^class (\w+Link)\(").items()} == set(
        INFO["extra-links"]
    )


def test_every_option_that_is_read_is_described() -> None:
    read = set(re.findall(r'SECTION, "(\w+)"', Path(settings.__file__).read_text()))
    read |= set(re.findall(r'_required\("(\w+)"', Path(settings.__file__).read_text()))
    assert read
    assert read <= set(INFO["config"]["bluegreen"]["options"])


def test_the_entry_point_loads_the_plugin_that_is_named() -> None:
    (entry,) = (
        one for one in entry_points(group="airflow.plugins") if one.module.startswith("airflow_bluegreen")
    )
    assert entry.value.replace(":", ".") == INFO["plugins"][0]["plugin-class"]
    assert entry.load().name == INFO["plugins"][0]["name"]


def test_every_integration_is_described() -> None:
    described = {each["integration-name"] for each in INFO["integrations"]}
    used = {entry["integration-name"] for room in ("hooks", "operators", "triggers") for entry in INFO[room]}
    assert used == described


@pytest.mark.parametrize("entry", INFO["connection-types"], ids=lambda entry: entry["connection-type"])
def test_hook_and_connection_type_agree(entry: dict[str, Any]) -> None:
    hook = import_string(entry["hook-class-name"])
    assert (hook.conn_type, hook.hook_name) == (entry["connection-type"], entry["hook-name"])


def test_airflow_finds_the_provider_and_its_forms() -> None:
    manager = ProvidersManager()  # type: ignore[no-untyped-call]
    assert "airflow-bluegreen" in manager.providers
    runtime = ProvidersManagerTaskRuntime()  # type: ignore[no-untyped-call]
    assert {"flink_sql_gateway", "kafka_connect", "schema_registry"} <= set(runtime.hooks)
    assert "extra__flink_sql_gateway__jobmanager_url" in manager.connection_form_widgets
    assert manager.field_behaviours["schema_registry"]["relabeling"]["login"] == "User"
