"""Operators, DAG factories, triggers, hooks and links: what the provider tells Airflow that it brings."""

import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import BaseOperator

from airflow_bluegreen import dag_factory
from airflow_bluegreen.dag_factory.dags import release_params
from airflow_bluegreen.dag_factory.release_group import WaitSettings
from airflow_bluegreen.get_provider_info import get_provider_info
from tests.docs.reference.telling import code, table, told

_AIRFLOWS_OWN = frozenset({"kwargs", "self"})
_SAID_ELSEWHERE = {
    "dag_id": "id of the DAG.",
    "group_id": "id of the group.",
    "path": "the file to write.",
    "project": "path of the git clone, or of a folder in it, on the workers.",
    "snapshot": "the file to draw the tables from; by default `[bluegreen] snapshot_path`.",
    "tags": "tags of the DAG in Airflow.",
}
"""What needs no word in the docstring."""


def operator_reference() -> str:
    """A section for each operator, in the order of the provider's modules."""
    return "\n".join(_operator(kind) for kind in classes("operators", "Operator"))


def factory_reference() -> str:
    """A section for each function that makes DAGs and groups of tasks."""
    functions: Iterator[Callable[..., Any]] = (getattr(dag_factory, name) for name in dag_factory.__all__)
    return "\n".join([*(_callable(one) for one in functions), _callable(WaitSettings)])


def params_reference() -> str:
    """The params of a release DAG, as its form shows them."""
    params = release_params()
    return table(
        ["param", "form", "meaning", "default"],
        (
            [
                code(name),
                str(param.schema.get("title", name)),
                str(param.description or "") + ".",
                "none" if param.value in (None, []) else code(str(param.value)),
            ]
            for name, param in params.items()
        ),
    )


def parts_reference() -> str:
    """Triggers, hooks and buttons, a line each."""
    info = get_provider_info()
    links = [_loaded(path) for path in info["extra-links"]]
    rows = [
        *(["trigger", kind] for kind in classes("triggers", "Trigger")),
        *(["hook", kind] for kind in classes("hooks", "Hook")),
        *(["button", kind] for kind in links),
        *(["plugin", _loaded(one["plugin-class"])] for one in info["plugins"]),
    ]
    return table(
        ["part", "class", "what it is"],
        ([part, code(_path(kind)), " ".join(told(kind).text.split())] for part, kind in rows),
    )


def classes(part: str, ending: str) -> Iterator[type]:
    """The classes of the provider's modules of one part whose names end so."""
    for entry in get_provider_info()[part]:
        for name in entry["python-modules"]:
            module = import_module(name)
            for kind in vars(module).values():
                if inspect.isclass(kind) and kind.__module__ == name and kind.__name__.endswith(ending):
                    yield kind


def _operator(kind: Any) -> str:
    links = [type(link).__name__ for link in kind.operator_extra_links]
    lines = [
        f"Templates: {', '.join(code(field) for field in kind.template_fields)}.",
        f"Buttons: {', '.join(f'*{_button(link)}*' for link in kind.operator_extra_links)}." if links else "",
    ]
    return f"{_callable(kind)}\n{' '.join(filter(None, lines))}\n"


def _button(link: Any) -> str:
    return str(link.name)


def _callable(thing: Any) -> str:
    said = told(thing)
    rows = [
        [code(name), said.params.get(name) or _SAID_ELSEWHERE.get(name, ""), _default(thing, parameter)]
        for name, parameter in inspect.signature(thing).parameters.items()
        if name in said.params or name not in _AIRFLOWS_OWN
    ]
    parameters = "\n" + table(["parameter", "meaning", "default"], rows) if rows else ""
    raises = "".join(f"\nRaises `{name}`: {text}\n" for name, text in said.raises.items())
    return f"### {thing.__name__}\n\n`{_path(thing)}`\n\n{said.text}\n{parameters}{raises}"


def _default(thing: Any, parameter: inspect.Parameter) -> str:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return ""
    if parameter.default is inspect.Parameter.empty:
        return "needed"
    if parameter.name == "deferrable" and issubclass(thing, BaseOperator):
        return "Airflow's"
    if parameter.default in (None, "", ()):
        return "none"
    if isinstance(parameter.default, timedelta):
        return _span(parameter.default)
    return code(repr(parameter.default).strip("'"))


def _span(time: timedelta) -> str:
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours} hours" if not minutes else f"{minutes + 60 * hours} minutes"


def _path(kind: Any) -> str:
    module = kind.__module__
    if module.startswith("airflow_bluegreen.dag_factory.") and hasattr(dag_factory, kind.__name__):
        module = "airflow_bluegreen.dag_factory"
    return f"{module}.{kind.__name__}"


def _loaded(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
