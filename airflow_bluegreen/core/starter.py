"""The first ``bluegreen.yaml`` of a project: every setting with a line on what it is for.

Settings that are as they would be without the file are written as comments.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import yaml

from airflow_bluegreen.core.configuration import Configuration
from airflow_bluegreen.core.layout import Layout
from airflow_bluegreen.core.model import GitSettings, Profile

_HEAD = """\
# How `bluegreen` reads this repository. What is commented out says what holds without it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What the file says beside the settings.

    ``excluded`` is why a file is left out, by its path; ``remote`` a remote that releases could be pushed to;
    ``style`` how the tables' options are written.
    """

    excluded: Mapping[str, str] = field(default_factory=dict)
    remote: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """A key with its value as YAML text, which may go over several lines."""

    key: str
    value: str
    why: str
    active: bool

    def lines(self, indent: str) -> list[str]:
        """The remark and the setting, commented out where it is not active."""
        first, *rest = f"{self.key}:{'' if self.value[:1] == chr(10) else ' '}{self.value}".split("\n")
        mark = "" if self.active else "# "
        return [f"{indent}# {self.why}", *(f"{indent}{mark}{line}" for line in (first, *rest))]


def starter_file(configuration: Configuration, remarks: Remarks) -> str:
    """The text of a ``bluegreen.yaml`` that says what the configuration says.

    Of the environments it holds what the command recognises: dialect and external tables.
    """
    default = Configuration()
    top = [
        _text("project", configuration.project, None, "Names the ledger's topic: bluegreen.ledger.<project>"),
        _text(
            "release_tags", configuration.release_tags, default.release_tags, "The git tags that are releases"
        ),
    ]
    blocks = [
        *(setting.lines("") for setting in top),
        _section("git", _git(configuration.git, remarks)),
        _section("layout", _layout(configuration.layout, remarks)),
        _setting_prune(configuration).lines(""),
        _sample(
            "start", "auto", "Copy blue's rows where that gives what a rebuild would; else rebuild"
        ).lines(""),
        _environments(configuration.profiles.values(), remarks),
    ]
    return "\n".join([_HEAD, *("\n".join(block) + "\n" for block in blocks)])


def _git(git: GitSettings, remarks: Remarks) -> list[_Setting]:
    default = GitSettings()
    remote = remarks.remote or "origin"
    return [
        _text("flow", git.flow.value, default.flow.value, "git-flow: cut from develop; main-only: from main"),
        _text("main", git.main, default.main, "The branch that releases are merged into"),
        _text("develop", git.develop, default.develop, "The branch that git-flow cuts releases from"),
        _text("release_branch", git.release_branch, default.release_branch, "The branch of a release"),
        _text(
            "remote", remote, remote, "Releases are pushed there once this is set; nothing is pushed without"
        ),
    ]


def _layout(layout: Layout, remarks: Remarks) -> list[_Setting]:
    default = Layout()
    kinds = "".join(f"\n  {_quoted(name)}: {kind}" for name, kind in sorted(layout.kinds.items()))
    left_out = "".join(
        f"\n  - {_quoted(glob)}" + (f"  # {_one_line(why)}" if (why := remarks.excluded.get(glob)) else "")
        for glob in layout.exclude
    )
    return [
        _Setting(
            key="statements",
            value=f"[{', '.join(map(_quoted, layout.statements))}]",
            why="The files that hold statements; ** crosses folders",
            active=layout.statements != default.statements,
        ),
        _Setting(
            key="exclude",
            value=left_out or " []".strip(),
            why="Files to leave out; take a line away when its file is mended",
            active=bool(layout.exclude),
        ),
        _Setting(
            key="kinds",
            value=kinds,
            why="Folder to the kind of the tables below it",
            active=dict(layout.kinds) != dict(default.kinds),
        ),
        _Setting(
            key="nested_products",
            value=json.dumps(layout.nested_products),
            why="Whether every folder between kind and table is part of the product",
            active=layout.nested_products,
        ),
    ]


def _setting_prune(configuration: Configuration) -> _Setting:
    return _text(
        "prune",
        "columns" if configuration.prune else "none",
        "none",
        "columns: readers that a change provably cannot reach keep their jobs",
    )


def _environments(profiles: Iterable[Profile], remarks: Remarks) -> list[str]:
    lines = ["# Where releases go: rename it, and add others like it", "environments:"]
    for profile in profiles:
        lines += [f"  {_quoted(profile.name)}:", *_environment(profile, remarks)]
    return lines


def _environment(profile: Profile, remarks: Remarks) -> list[str]:
    style = f" ({_one_line(remarks.style)})" if remarks.style else ""
    settings = [
        _text("dialect", profile.dialect, None, f"open-source: for Apache Flink; confluent: as it is{style}"),
        _text(
            "external_tables",
            profile.external_tables or "environments/production/external/*.sql",
            None if profile.external_tables else "environments/production/external/*.sql",
            "The files that declare the tables which are read and not created here",
        ),
        _sample(
            "table_options",
            '{properties.bootstrap.servers: "{kafka.bootstrap.servers}"}',
            "Options added to every table",
        ),
        _sample(
            "table_options_by_kind", '{source: {scan.parallelism: "4"}}', "The same for tables of one kind"
        ),
        _sample(
            "connector_config", '{tasks.max: "2"}', "Laid under the configuration of every sink connector"
        ),
        _sample("connections", "{kafka: kafka_default}", "Airflow connections; <server>_default without"),
        _sample(
            "row_count_tolerance", "0.0", "Share of rows that may be on one side only when filters changed"
        ),
        _sample("source_compatibility", "FULL_TRANSITIVE", "What a new schema of a raw topic must keep to"),
    ]
    return [line for setting in settings for line in setting.lines("    ")]


def _section(name: str, settings: list[_Setting]) -> list[str]:
    """A section without an active setting is commented out with its name: empty it would be refused."""
    active = any(setting.active for setting in settings)
    lines = [line for setting in settings for line in setting.lines("  ")]
    return [f"{'' if active else '# '}{name}:", *lines]


def _text(key: str, value: str, default: str | None, why: str) -> _Setting:
    """``default`` None for what is always written."""
    return _Setting(key=key, value=_quoted(value), why=why, active=value != default)


def _sample(key: str, value: str, why: str) -> _Setting:
    return _Setting(key=key, value=value, why=why, active=False)


def _quoted(text: str) -> str:
    """The text as YAML, bare where it can be, escaped where it must be."""
    if text.replace("-", "").replace("_", "").isalnum() and text.isascii() and text[0].isalpha():
        return text if yaml.safe_load(text) == text else json.dumps(text)
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)
    return quoted.removesuffix("\n")


def _one_line(text: str) -> str:
    """What may stand in a YAML comment."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
