"""The command line: every command with its arguments, options and defaults, as its functions declare them."""

import inspect
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from typer.models import ArgumentInfo, CommandInfo, OptionInfo

from airflow_bluegreen.cli.root import COMMANDS
from tests.docs.reference.telling import code, table, told


def commands() -> Iterator[tuple[str, CommandInfo]]:
    """Every command by what one types, such as ``release start``, in the order of the help."""
    for name, lazy in COMMANDS.items():
        own = import_module(lazy.module).app
        if own.registered_callback and not lazy.member:
            yield name, CommandInfo(callback=own.registered_callback.callback)
        for command in own.registered_commands:
            said = command.name or command.callback.__name__.replace("_", "-")
            if not lazy.member:
                yield f"{name} {said}", command
            elif said == name or len(own.registered_commands) == 1:
                yield name, command


def command_reference() -> str:
    """A section for each command."""
    return "\n".join(_section(name, command) for name, command in commands())


def options_of(command: CommandInfo) -> frozenset[str]:
    """Every way to write an option of a command."""
    ways = (
        way.split()[0]
        for info, name, parameter in _parameters(command)
        if isinstance(info, OptionInfo)
        for way in _ways(info, name, parameter)
    )
    return frozenset(part for way in ways for part in way.split("/"))


def _section(name: str, command: CommandInfo) -> str:
    text = told(command.callback).text or command.help or ""
    rows = [
        [_name(info, way, parameter), info.help or "", _default(info, parameter)]
        for info, way, parameter in _parameters(command)
    ]
    options = table(["argument or option", "meaning", "default"], rows) if rows else ""
    return f"### bluegreen {name}\n\n{text}\n\n{options}"


def _parameters(command: CommandInfo) -> Iterator[tuple[ArgumentInfo | OptionInfo, str, inspect.Parameter]]:
    callback: Any = command.callback
    hints = get_type_hints(callback, include_extras=True)
    for name, parameter in inspect.signature(callback).parameters.items():
        for info in getattr(hints[name], "__metadata__", ()):
            if isinstance(info, ArgumentInfo | OptionInfo) and not info.hidden:
                yield info, name, parameter.replace(annotation=get_args(hints[name])[0])


def _ways(info: OptionInfo, name: str, parameter: inspect.Parameter) -> tuple[str, ...]:
    # Within Annotated, typer keeps the first way to write it where a default would be.
    first = (info.default,) if isinstance(info.default, str) else ()
    if said := (*first, *(info.param_decls or ())):
        return said
    way = f"--{name.replace('_', '-')}"
    return (f"{way}/--no-{way[2:]}",) if parameter.annotation is bool else (way,)


def _name(info: ArgumentInfo | OptionInfo, name: str, parameter: inspect.Parameter) -> str:
    if isinstance(info, ArgumentInfo):
        shown = info.metavar or name.upper()
        needed = parameter.default is inspect.Parameter.empty
        return code(shown if needed or shown.startswith("[") else f"[{shown}]")
    ways = ", ".join(_ways(info, name, parameter))
    return code(ways if parameter.annotation is bool else f"{ways} {info.metavar or _metavar(parameter)}")


def _metavar(parameter: inspect.Parameter) -> str:
    kind = next(
        one for one in (get_args(parameter.annotation) or (parameter.annotation,)) if one is not NoneType
    )
    kind = next(iter(get_args(kind)), kind)
    if issubclass(kind, StrEnum):
        return "|".join(kind)
    return {Path: "PATH", int: "NUMBER", float: "NUMBER"}.get(kind, "TEXT")


def _default(info: ArgumentInfo | OptionInfo, parameter: inspect.Parameter) -> str:
    if parameter.default is inspect.Parameter.empty:
        return "needed"
    if parameter.default in (None, False, ""):
        return ""
    if parameter.default is True:
        return "yes"
    return code(parameter.default)
