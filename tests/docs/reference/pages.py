"""Which part of which page is written by what."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from airflow_bluegreen.core.published import plan_schema
from tests.docs.reference.commands import command_reference
from tests.docs.reference.connections import connection_reference, defaults_reference, options_reference
from tests.docs.reference.errors import messages_reference, tree
from tests.docs.reference.operators import (
    factory_reference,
    operator_reference,
    params_reference,
    parts_reference,
)
from tests.docs.reference.regions import filled, names_of
from tests.docs.reference.settings import schema_text, settings

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"

PARTS: Mapping[str, Callable[[], str]] = {
    "airflow-options": options_reference,
    "commands": command_reference,
    "connection-defaults": defaults_reference,
    "connections": connection_reference,
    "dags": factory_reference,
    "error-messages": messages_reference,
    "error-tree": tree,
    "operators": operator_reference,
    "parts": parts_reference,
    "release-params": params_reference,
    "settings": settings,
    "settings-checks": partial(settings, "comparison", "defaults"),
    "settings-comparison": partial(settings, "comparison"),
    "settings-environment": partial(settings, "environments", "*"),
    "settings-expected": partial(settings, "comparison", "defaults", "expected", "[]"),
    "settings-git": partial(settings, "git"),
    "settings-groups": partial(settings, "comparison", "defaults", "groups", "[]"),
    "settings-integration": partial(settings, "integration_test"),
    "settings-integration-source": partial(settings, "integration_test", "sources", "*"),
    "settings-lake": partial(settings, "environments", "*", "lake"),
    "settings-layout": partial(settings, "layout"),
    "settings-start": partial(settings, "start"),
    "settings-window": partial(settings, "environments", "*", "window"),
    "settings-tolerance": partial(settings, "comparison", "defaults", "tolerance"),
}


def pages() -> dict[str, str]:
    """Every file of docs/reference that is written from the code, in whole or in part, as it should be."""
    found = {page.name: page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("*.md"))}
    return {
        **{name: filled(text, PARTS) for name, text in found.items() if names_of(text)},
        "bluegreen.schema.json": schema_text(),
        "plan.schema.json": plan_schema(),
    }
