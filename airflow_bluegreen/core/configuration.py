"""``bluegreen.yaml``: what a project says about itself and its environments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from airflow_bluegreen.core import comparison_section, integration_section, window_section
from airflow_bluegreen.core.comparison_section import comparison_settings, engine_settings
from airflow_bluegreen.core.durations import read_duration
from airflow_bluegreen.core.integration_section import integration_settings
from airflow_bluegreen.core.layout import KINDS, Layout
from airflow_bluegreen.core.model import (
    ComparisonSettings,
    Flow,
    GitSettings,
    IntegrationSettings,
    LakeSettings,
    Profile,
    Start,
    StartSettings,
)
from airflow_bluegreen.core.schema_compatibility import Compatibility
from airflow_bluegreen.exceptions import ConfigurationError, Where

FILE_NAME = "bluegreen.yaml"

Texts = dict[str, str]
BranchName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]*$")]
Server = Literal["flink_gateway", "kafka", "kafka_connect", "schema_registry", "git", "lake"]
"""What an environment can name a connection for."""
Duration = Annotated[float, BeforeValidator(read_duration)]
"""Written as ``10m``, kept in seconds."""

_DEFAULT = Profile(name="")


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


Statements = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class _Lake(_Closed):
    prepare: Statements | None = None
    point: Statements | None = None
    unpoint: Statements | None = None
    discard: Statements | None = None
    show: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _both_ways(self) -> "_Lake":
        if (self.point is None) != (self.unpoint is None):
            raise ValueError("point and unpoint go together: a rollback takes new names away again")
        if self.show is not None and self.point is None:
            raise ValueError("show goes with point: without it no name is meant to stand for anything")
        return self


class _Environment(_Closed):
    dialect: Literal["open-source", "confluent"] = "open-source"
    table_options: Texts = Field(default_factory=dict)
    table_options_by_kind: dict[str, Texts] = Field(default_factory=dict)
    external_tables: str = ""
    connector_config: Texts = Field(default_factory=dict)
    connections: dict[Server, str] = Field(default_factory=dict)
    row_count_tolerance: Annotated[float, Field(ge=0, le=1)] = 0.0
    source_compatibility: Annotated[Compatibility, Field(strict=False)] = Compatibility.FULL_TRANSITIVE
    schema_compatibility: Annotated[Compatibility, Field(strict=False)] = Compatibility.BACKWARD
    observation: Duration = _DEFAULT.observation
    rollback_window: Duration = _DEFAULT.rollback_window
    when_busy: Literal["refuse", "wait"] = "refuse"
    lake: _Lake | None = None
    window: window_section.Section | None = None


class _Git(_Closed):
    flow: Literal["git-flow", "main-only"] = "main-only"
    main: BranchName = "main"
    develop: BranchName = "develop"
    release_branch: Annotated[str, Field(pattern=r"^[^{}]*\{version\}[^{}]*$")] = "release/{version}"
    remote: BranchName | None = None


Glob = Annotated[str, Field(pattern=r"^[^/]")]
SqlGlob = Annotated[str, Field(pattern=r"^[^/].*\.sql$")]
"""A glob below the project's root."""


class _Layout(_Closed):
    statements: Annotated[list[SqlGlob], Field(min_length=1)] = list(Layout().statements)
    exclude: list[Glob] = Field(default_factory=list)
    kinds: dict[str, Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]] = Field(
        default_factory=lambda: dict(KINDS)
    )
    nested_products: bool = False


Strategy = Annotated[Start, Field(strict=False)]


class _Start(_Closed):
    default: Strategy = Start.REBUILD
    kinds: dict[str, Strategy] = Field(default_factory=dict)
    tables: dict[str, Strategy] = Field(default_factory=dict)
    otherwise: Literal["refuse", "rebuild"] = "refuse"


def _in_full(asked: object) -> object:
    """``start: auto`` is short for ``start: {default: auto}``."""
    return {"default": asked} if isinstance(asked, str) else asked


class _File(_Closed):
    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = "project"
    release_tags: Annotated[str, Field(min_length=1)] = "v*"
    layout: _Layout = Field(default_factory=_Layout)
    prune: Literal["none", "columns"] = "none"
    accepted_schema_changes: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    environments: dict[str, _Environment] = Field(default_factory=dict)
    git: _Git = Field(default_factory=_Git)
    start: Annotated[_Start, BeforeValidator(_in_full)] = Field(default_factory=_Start)
    comparison: comparison_section.Section = Field(default_factory=comparison_section.Section)
    integration_test: integration_section.Section = Field(default_factory=integration_section.Section)


def read_configuration(text: str, path: str = FILE_NAME) -> Configuration:
    """The configuration that a ``bluegreen.yaml`` holds. Raises ConfigurationError with file and line."""
    node = _compose(text, path)
    content = yaml.safe_load(text) if node else None
    if node is None or content is None:
        return Configuration()
    try:
        parsed = _File.model_validate(content)
    except ValidationError as error:
        raise _refusal(error, node, path) from error
    accepted = tuple(parsed.accepted_schema_changes)
    profiles = {
        name: Profile(
            name=name,
            **environment.model_dump(exclude={"lake", "window"}),
            lake=_lake(environment.lake) if environment.lake else None,
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


def _lake(lake: _Lake) -> LakeSettings:
    given = lake.model_dump(exclude_none=True)
    show = given.pop("show", "")
    return LakeSettings(**{name: tuple(statements) for name, statements in given.items()}, show=show)


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
        return sorted(_Lake.model_fields)
    if loc[2:3] == ("window",):
        return sorted(window_section.Section.model_fields)
    if loc[0] == "integration_test" and len(loc) > 1:
        return integration_section.known(len(loc) - 1)
    if loc[0] == "comparison" and len(loc) > 1:
        return comparison_section.known(loc)
    sections: dict[str, type[BaseModel]] = {
        "environments": _Environment,
        "git": _Git,
        "layout": _Layout,
        "start": _Start,
    }
    model = sections.get(str(loc[0]), _File) if len(loc) > 1 else _File
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
