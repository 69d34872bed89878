"""Connection types and Airflow's options, from what the provider tells Airflow."""

from typing import Any

from airflow_bluegreen.get_provider_info import get_provider_info
from airflow_bluegreen.hooks.platform import DEFAULT_CONNECTIONS
from tests.docs.reference.telling import code, in_markdown, table

_STANDARD = ("host", "port", "schema", "login", "password")
_LABELS = {"host": "Host", "port": "Port", "login": "Login", "password": "Password", "schema": "Schema"}


def connection_reference() -> str:
    """A section for each connection type: its fields in the form, and their keys in the extra."""
    return "\n".join(_section(one) for one in get_provider_info()["connection-types"])


def defaults_reference() -> str:
    """The connection of each server where bluegreen.yaml names no other."""
    return table(
        ["server, as in `connections:`", "connection"],
        ([code(server), code(name)] for server, name in DEFAULT_CONNECTIONS.items()),
    )


def options_reference() -> str:
    """Airflow's section ``[bluegreen]``."""
    options = get_provider_info()["config"]["bluegreen"]["options"]
    return table(
        ["option", "environment variable", "meaning", "default", "example"],
        (
            [
                code(name),
                code(f"AIRFLOW__BLUEGREEN__{name.upper()}"),
                in_markdown(_escaped(option["description"])),
                code(option["default"]) or "none",
                code(option["example"]),
            ]
            for name, option in options.items()
        ),
    )


def _section(kind: dict[str, Any]) -> str:
    form = kind["ui-field-behaviour"]
    rows = [
        [
            f"*{form['relabeling'].get(name, _LABELS[name])}*",
            code(name),
            _example(form["placeholders"].get(name)),
        ]
        for name in _STANDARD
        if name not in form["hidden-fields"]
    ]
    rows += [
        [f"*{field['label']}*", f"extra: `{name}`", _sentence(field.get("description", ""))]
        for name, field in kind["conn-fields"].items()
    ]
    heading = (
        f"### {kind['hook-name']}\n\nType `{kind['connection-type']}`, hook `{kind['hook-class-name']}`.\n\n"
    )
    return heading + table(["field of the form", "key", "meaning"], rows)


def _example(value: str | None) -> str:
    return f"such as `{value}`" if value else ""


def _sentence(text: str) -> str:
    return f"{text}." if text else ""


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")
