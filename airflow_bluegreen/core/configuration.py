"""``bluegreen.yaml``: what a project says about itself and its environments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from airflow_bluegreen.core import comparison_section, integration_section, window_section
from airflow_bluegreen.core.comparison_section import comparison_settings, engine_settings
from airflow_bluegreen.core.environment_section import Environment, Lake, Server, lake_settings
from airflow_bluegreen.core.integration_section import integration_settings
from airflow_bluegreen.core.layout import KINDS, Layout
from airflow_bluegreen.core.model import (
    ComparisonSettings,
    Flow,
    GitSettings,
    IntegrationSettings,
    Profile,
    Start,
    StartSettings,
)
from airflow_bluegreen.exceptions import ConfigurationError, Where

FILE_NAME = "bluegreen.yaml"

BranchName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The file's content; a project without the file has these defaults."""

    project: str = "project"
    release_tags: str = "v*"
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    git: GitSettings = field(default_factory=GitSettings)
    layout: Layout = field(default_factory=Layout)
    prune: bool = False
    start: StartSettings = field(default_factory=StartSettings)
    comparison: ComparisonSettings = field(default_factory=ComparisonSettings)
    integration: IntegrationSettings = field(default_factory=IntegrationSettings)


class _Closed(BaseModel):
    # Built when it is needed: many projects have no such file.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class _Git(_Closed):
    flow: Literal["git-flow", "main-only"] = "main-only"
    """``git-flow``: releases are cut from ``develop`` and merged into ``main`` and back; ``main-only``: cut
    from ``main`` and merged into it.
    """
    main: BranchName = "main"
    """Name of that branch."""
    develop: BranchName = "develop"
    """Name of that branch."""
    release_branch: Annotated[str, Field(pattern=r"^[^{}]*\{version\}[^{}]*$")] = "release/{version}"
    """The branch of a release, with ``{version}``."""
    remote: BranchName | None = None
    """The remote, by its name in the clone, that releases and rewritten SQL are pushed to; without it nothing
    is pushed.
    """


Glob = Annotated[str, Field(pattern=r"^[^/]")]
SqlGlob = Annotated[str, Field(pattern=r"^[^/].*\.sql$")]
"""A glob below the project's root."""


class _Layout(_Closed):
    statements: Annotated[list[SqlGlob], Field(min_length=1)] = list(Layout().statements)
    """Globs of the files that hold statements; DDL and DML may share a file."""
    exclude: list[Glob] = Field(default_factory=list)
    """Globs of files to leave out."""
    kinds: dict[str, Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]] = Field(
        default_factory=lambda: dict(KINDS)
    )
    """Folder, or path of folders (``models/staging``), to the kind of the tables below it; the longest path
    counts. What is given replaces the default, which is ``sources: source``, ``intermediates: intermediate``,
    ``dimensions: dimension``, ``facts: fact``, ``views: view``.
    """
    nested_products: bool = False
    """Every folder between the kind's and the table's is part of the product (``sales/emea``), not only the
    first.
    """


Strategy = Annotated[Start, Field(strict=False)]


class _Start(_Closed):
    default: Strategy = Start.REBUILD
    """How green tables come by their history. ``start: auto`` is short for ``start: {default: auto}``."""
    kinds: dict[str, Strategy] = Field(default_factory=dict)
    """The same for a kind of tables."""
    tables: dict[str, Strategy] = Field(default_factory=dict)
    """The same for single tables by their logical names; it counts before that of their kind."""
    otherwise: Literal["refuse", "rebuild"] = "refuse"
    """What to do where the start that is asked for cannot be had."""


def _in_full(asked: object) -> object:
    """``start: auto`` is short for ``start: {default: auto}``."""
    return {"default": asked} if isinstance(asked, str) else asked


class File(_Closed):
    """What ``bluegreen.yaml`` may hold."""

    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = "project"
    """Name of the project; it names the ledger's topic, ``bluegreen.ledger.<project>``."""
    release_tags: Annotated[str, Field(min_length=1)] = "v*"
    """Glob of the tags that are releases; the base of a first release is the nearest such tag before it."""
    layout: _Layout = Field(default_factory=_Layout)
    """Where the files lie."""
    prune: Literal["none", "columns"] = "none"
    """``columns``: readers that a change provably cannot reach stay with blue."""
    accepted_schema_changes: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Tables whose incompatible change of schema is intended: by physical name for this version only, by
    logical name for every one.
    """
    environments: dict[str, Environment] = Field(default_factory=dict)
    """The environments, by their names."""
    git: _Git = Field(default_factory=_Git)
    """Branches and remote."""
    start: Annotated[_Start, BeforeValidator(_in_full, json_schema_input_type=Strategy | _Start)] = Field(
        default_factory=_Start
    )
    """How green tables come by their history."""
    comparison: comparison_section.Section = Field(default_factory=comparison_section.Section)
    """How green is compared with blue, and where."""
    integration_test: integration_section.Section = Field(default_factory=integration_section.Section)
    """How a release is tested on synthetic records."""


def read_configuration(text: str, path: str = FILE_NAME) -> Configuration:
    """The configuration that a ``bluegreen.yaml`` holds. Raises ConfigurationError with file and line."""
    node = _compose(text, path)
    content = yaml.safe_load(text) if node else None
    if node is None or content is None:
        return Configuration()
    try:
        parsed = File.model_validate(content)
    except ValidationError as error:
        raise _refusal(error, node, path) from error
    accepted = tuple(parsed.accepted_schema_changes)
    profiles = {
        name: Profile(
            name=name,
            **environment.model_dump(exclude={"lake", "window"}),
            lake=lake_settings(environment.lake),
            window=window_section.window_settings(environment.window) if environment.window else None,
            accepted_schema_changes=accepted,
            comparing=engine_settings(parsed.comparison),
        )
        for name, environment in parsed.environments.items()
    }
    settings = parsed.git.model_dump()
    layout = parsed.layout
    return Configuration(
        project=parsed.project,
        release_tags=parsed.release_tags,
        profiles=profiles,
        git=GitSettings(**{**settings, "flow": Flow(settings["flow"])}),
        layout=Layout(
            statements=tuple(layout.statements),
            exclude=tuple(layout.exclude),
            kinds=layout.kinds,
            nested_products=layout.nested_products,
        ),
        prune=parsed.prune == "columns",
        start=_start(parsed.start),
        comparison=comparison_settings(parsed.comparison),
        integration=integration_settings(parsed.integration_test),
    )


def _start(asked: _Start) -> StartSettings:
    return StartSettings(
        default=asked.default,
        by_kind=asked.kinds,
        by_table=asked.tables,
        or_rebuild=asked.otherwise == "rebuild",
    )


def _compose(text: str, path: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Where(path=path, line=mark.line + 1, column=mark.column + 1) if mark else Where(path=path)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigurationError(f"not valid YAML: {problem}", where=where, remedy="Mend the file") from error
    return node


def _refusal(error: ValidationError, node: yaml.Node, path: str) -> ConfigurationError:
    first = error.errors()[0]
    loc = tuple(part for part in first["loc"] if part != "[key]")
    key = ".".join(str(part) for part in loc) or "the file"
    others = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden" or loc != first["loc"]:
        what, remedy = f"unknown setting {key}", f"Known here: {', '.join(_known(loc))}"
    elif first["type"] == "string_type":
        what, remedy = f"{key} is not a text", "Put the value in quotes"
    else:
        what, remedy = f"{key}: {first['msg'][:1].lower()}{first['msg'][1:]}", "Mend the value"
    return ConfigurationError(what + others, where=_place(node, loc, path), remedy=remedy)


def _known(loc: Sequence[int | str]) -> list[str]:
    if loc[2:3] == ("connections",):
        return list(get_args(Server))
    if loc[2:3] == ("lake",):
        return sorted(Lake.model_fields)
    if loc[2:3] == ("window",):
        return sorted(window_section.Section.model_fields)
    if loc[0] == "integration_test" and len(loc) > 1:
        return integration_section.known(len(loc) - 1)
    if loc[0] == "comparison" and len(loc) > 1:
        return comparison_section.known(loc)
    sections: dict[str, type[BaseModel]] = {
        "environments": Environment,
        "git": _Git,
        "layout": _Layout,
        "start": _Start,
    }
    model = sections.get(str(loc[0]), File) if len(loc) > 1 else File
    return sorted(model.model_fields)


def _place(node: yaml.Node, loc: Sequence[int | str], path: str) -> Where:
    """The line of the innermost key of ``loc`` that the file has."""
    line = node.start_mark.line
    for part in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
            continue
        if not isinstance(node, yaml.MappingNode):
            break
        found = next((pair for pair in node.value if pair[0].value == part), None)
        if found is None:
            break
        line, node = found[0].start_mark.line, found[1]
    return Where(path=path, line=line + 1)
