"""``bluegreen.yaml``: its JSON schema, and the tables of its settings, which are read from that schema."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from airflow_bluegreen.core import (
    comparison_section,
    configuration,
    environment_section,
    integration_section,
    window_section,
)
from airflow_bluegreen.core.durations import PATTERN, in_words
from tests.docs.reference.telling import attribute_docs, code, in_markdown, table

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TITLE = "bluegreen.yaml of airflow-bluegreen"
_PLAIN = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`", "number": "number"}


def schema() -> Schema:
    """What editors and checks of YAML files take."""
    found = configuration.File.model_json_schema()
    # Models of one name in several modules are told apart by these.
    models = {model.__name__: model for model in _models()} | {
        f"{model.__module__}.{model.__name__}".replace(".", "__"): model for model in _models()
    }
    for name, part in [("File", found), *found["$defs"].items()]:
        _mend(part, attribute_docs(models[name]) if name in models else {})
    return {"$schema": _DIALECT, "title": _TITLE, **_public(found)}


def schema_text() -> str:
    """The file docs/reference/bluegreen.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def settings(*path: str) -> str:
    """The table of the settings below a path of keys: ``*`` for any name, ``[]`` for an item of a list."""
    whole = schema()
    part: Schema = whole
    for key in path:
        part = _resolved(_inner(part, key), whole)
    return table(["setting", "value", "meaning", "default"], _rows(part, whole, ""))


def _inner(part: Schema, key: str) -> Schema:
    match key:
        case "*":
            found = part["additionalProperties"]
        case "[]":
            found = part["items"]
        case _:
            found = part["properties"][key]
    return dict(found)


def _rows(part: Schema, whole: Schema, prefix: str) -> Iterator[list[str]]:
    for name, entry in part["properties"].items():
        own = _resolved(entry, whole)
        yield [
            f"`{prefix}{name}`",
            _kind(own, whole),
            in_markdown(own.get("description", "")),
            _default(own.get("default")),
        ]


def _resolved(entry: Schema, whole: Schema) -> Schema:
    """The entry with what it refers to; of a choice with null, the other one."""
    if "anyOf" in entry:
        real = [one for one in entry["anyOf"] if one.get("type") != "null"]
        return {**_resolved(real[-1], whole), **{k: v for k, v in entry.items() if k != "anyOf"}}
    if "$ref" in entry:
        return {**whole["$defs"][entry["$ref"].rsplit("/", 1)[-1]], **entry}
    return entry


def _kind(entry: Schema, whole: Schema) -> str:
    if "enum" in entry:
        return ", ".join(f"`{one}`" for one in entry["enum"])
    if entry.get("pattern") == PATTERN:
        return "duration"
    match entry.get("type"):
        case "array":
            return f"list of {_plural(_kind(_resolved(entry['items'], whole), whole))}"
        case "object" if "properties" in entry:
            return "section"
        case "object":
            names = [code(name) for name in entry.get("propertyNames", {}).get("enum", ())]
            of = _kind(_resolved(entry["additionalProperties"], whole), whole)
            return f"{of} for {', '.join(names) or 'each name'}"
        case kind:
            return _PLAIN[str(kind)] + _bounds(entry)


def _plural(kind: str) -> str:
    return kind if kind.startswith("`") else f"{kind}s"


def _bounds(entry: Schema) -> str:
    low, high = entry.get("minimum"), entry.get("maximum")
    if low is None and high is None:
        return ""
    return f" from {low:,}" if high is None else f" {low} to {high}"


def _default(value: Any) -> str:
    if isinstance(value, list | dict):
        items = value if isinstance(value, list) else [f"{key}: {kind}" for key, kind in value.items()]
        return ", ".join(f"`{item}`" for item in items) or "none"
    return code(json.dumps(value) if isinstance(value, bool) else value) or "none"


def _models() -> Iterator[type[BaseModel]]:
    for module in (
        configuration,
        environment_section,
        comparison_section,
        integration_section,
        window_section,
    ):
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, BaseModel) and thing is not BaseModel:
                yield thing


def _mend(part: Schema, docs: dict[str, str]) -> None:
    """Texts from the code, defaults as a person writes them, no titles."""
    part.pop("title", None)
    if "description" in part:
        part["description"] = in_markdown(" ".join(part["description"].split()))
    for name, entry in part.get("properties", {}).items():
        entry.pop("title", None)
        if name in docs:
            entry["description"] = in_markdown(docs[name])
        _mend_default(entry)


def _mend_default(entry: Schema) -> None:
    if "pattern" in entry and isinstance(entry.get("default"), int | float):
        is_duration = entry["pattern"] == PATTERN
        entry["default"] = in_words(entry["default"]) if is_duration else f"{entry['default'] >> 20} MiB"
    if re.fullmatch(r"\d\d:\d\d:00", str(entry.get("default"))):
        entry["default"] = entry["default"][:5]
    entry.pop("ge", None)
    if entry.get("default", "") in ("", None, "0s"):
        entry.pop("default", None)


def _public(part: Any) -> Any:
    """Our classes by names that say what they are, without modules and the underscore of what nobody
    imports.
    """
    text = re.sub(
        r"airflow_bluegreen__core__(\w+?)_section__(Section)\b",
        lambda found: f"{found[1].title().replace('_', '')}{found[2]}",
        json.dumps(part),
    )
    return json.loads(re.sub(r'"(#/\$defs/)?_(\w+)"', r'"\1\2Section"', text))
