"""What stands in the documentation's blocks of code and is not run is read by what would read it.

Sessions (```` ```console ````) are run, see ``test_examples.py``. Python is run too. Commands for a cluster
are held against the command line's own options, configuration against its model, the rest against its own
grammar.
"""

import configparser
import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

from airflow_bluegreen.core.configuration import File, read_configuration
from airflow_bluegreen.core.connectors import read_connectors
from airflow_bluegreen.core.expectations import read_suite
from airflow_bluegreen.core.sql import parse
from airflow_bluegreen.get_provider_info import get_provider_info
from tests.docs.markdown import PAGES, ROOT, Block, blocks, blocks_of, without_blocks
from tests.docs.reference.commands import commands, options_of
from tests.docs.reference.settings import schema

COMMANDS = dict(commands())
LANGUAGES = {"console", "ini", "json", "jsonl", "python", "sh", "sql", "text", "yaml", ""}
"""Blocks without a language are drawings and output."""
SPANS = [
    (page.relative_to(ROOT), span)
    for page in PAGES
    for span in re.findall(r"`(bluegreen [^`]+)`", without_blocks(page.read_text(encoding="utf-8")))
]


def wrong(command: str) -> str:
    """What the command line would say against a command of ours; nothing for one that it takes."""
    words = shlex.split(command.replace("…", "X"), comments=True)[1:]
    if any("|" in word and word[0] != "-" for word in words[:2]):
        *before, choice = words[: 1 if "|" in words[0] else 2]
        return "; ".join(
            filter(None, (wrong(" ".join(["bluegreen", *before, x])) for x in choice.split("|")))
        )
    if words[:1] in (["COMMAND"], ["--version"], ["--help"]):
        return ""
    named = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in COMMANDS), "")
    if not named:
        group = any(name.startswith(f"{words[0]} ") for name in COMMANDS) if words else True
        return "" if group and len(words) < 2 else f"no such command: {command}"
    known = options_of(COMMANDS[named]) | {"--help", "-h"}
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    unknown = sorted(set(given) - known)
    return f"{named} has no {', '.join(unknown)}" if unknown else ""


def ours(script: str) -> list[str]:
    """The commands of a script that are ours, each on one line."""
    joined = script.replace("\\\n", " ")
    return [
        part.strip().replace("$step", "deploy")
        for line in joined.splitlines()
        for part in re.findall(r"(?:^|&& |; |; do |\$\(|=\S+ )(bluegreen [^;&|)#]*)", line.strip())
    ]


def test_every_language_is_one_that_is_looked_at() -> None:
    assert {block.language for block in blocks()} <= LANGUAGES


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_scripts_use_what_there_is(block: Block) -> None:
    subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
    assert [found for found in map(wrong, ours(block.text)) if found] == []
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^(?:[A-Z_]+=\S+ )?make (\S+)", block.text, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for named in re.findall(r"airflow-bluegreen\[([\w,-]+)\]", block.text):
        assert set(named.split(",")) <= set(extras)
    for module in re.findall(r"python -m ((?:airflow_bluegreen|benchmarks)\S*)", block.text):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists()


@pytest.mark.parametrize("page", sorted({page for page, _ in SPANS}), ids=str)
def test_commands_in_the_text_are_ours(page: Path) -> None:
    own = [" ".join(span.split()) for where, span in SPANS if where == page]
    assert [found for found in map(wrong, own) if found] == []


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_configuration_is_read(block: Block) -> None:
    content = yaml.safe_load(block.text)
    if set(content) & set(File.model_fields):
        read_configuration(block.text, block.page)
        # Editors take a day for a text, as YAML 1.2 does.
        jsonschema.validate(json.loads(json.dumps(content, default=str)), schema())


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_files_of_the_project_are_read(block: Block) -> None:
    content = json.loads(block.text)
    if "expectations" in content:
        assert read_suite(block.text, block.page)
    elif "config" in content:
        assert read_connectors({"connector.x.json": block.text})


def test_lines_of_records_are_read() -> None:
    records = [json.loads(line) for block in blocks("jsonl") for line in block.text.splitlines()]
    assert all(isinstance(record, dict) for record in records)


def test_sql_is_understood() -> None:
    assert [str(block) for block in blocks("sql") if not parse(block.text, block.page)] == []


@pytest.mark.parametrize("block", blocks("ini"), ids=str)
def test_options_of_airflow_are_ours(block: Block) -> None:
    found = configparser.ConfigParser()
    found.read_string(block.text)
    for option in found["bluegreen"]:
        assert option in get_provider_info()["config"]["bluegreen"]["options"]


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_runs(block: Block) -> None:
    exec(compile(block.text, str(block), "exec"), {"__name__": "example"})


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("bluegreen status --check", ""),
        ("bluegreen release start v1 --dry-run", ""),
        ("bluegreen stack", ""),
        ("bluegreen stack up|down", ""),
        ("bluegreen stack up|dwon", "no such command: bluegreen stack dwon"),
        ("bluegreen status --chekc", "status has no --chekc"),
        ("bluegreen statsu", "no such command: bluegreen statsu"),
        ("bluegreen release strat v1", "no such command: bluegreen release strat v1"),
    ],
)
def test_what_the_command_line_would_say(command: str, said: str) -> None:
    assert wrong(command) == said


def test_commands_of_a_script_are_found() -> None:
    script = (
        'A=1 bluegreen stack up && eval "$(bluegreen stack env)"  # bluegreen no\n'
        "for step in deploy retire; do bluegreen $step \\\n  --release v1; done\n"
    )
    assert ours(script) == ["bluegreen stack up", "bluegreen stack env", "bluegreen deploy    --release v1"]


def test_blocks_know_their_line() -> None:
    (block,) = blocks_of("a\n\n```sh\necho\n```\n", "page.md")
    assert (block.language, block.text, str(block)) == ("sh", "echo\n", "page.md:3")
