"""The provider's description against Airflow's own schemas, and against what the package has."""

import json
from importlib import import_module
from importlib.resources import files
from typing import Any

import pytest
from airflow.providers_manager import ProvidersManager
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime
from jsonschema import Draft7Validator

from airflow_bluegreen.get_provider_info import get_provider_info

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
        *(each["hook-class-name"] for each in INFO["connection-types"]),
        *(each["plugin-class"] for each in INFO["plugins"]),
    ],
)
def test_every_class_that_it_names_exists(path: str) -> None:
    assert import_string(path).__name__ == path.rpartition(".")[2]


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
