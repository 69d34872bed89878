"""The parts of the reference that come from the code say what the code says."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from airflow_bluegreen.core.configuration import read_configuration
from airflow_bluegreen.exceptions import ConfigurationError
from tests.docs.reference.commands import commands
from tests.docs.reference.errors import messages, messages_reference
from tests.docs.reference.operators import classes
from tests.docs.reference.pages import PARTS, REFERENCE, pages
from tests.docs.reference.regions import filled, names_of
from tests.docs.reference.settings import schema
from tests.docs.reference.telling import attribute_docs, told

WRITTEN = pages()


@pytest.mark.parametrize("name", WRITTEN)
def test_file_is_up_to_date(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == WRITTEN[name], "run: make reference"


def test_every_part_stands_in_a_page() -> None:
    assert sorted(name for text in WRITTEN.values() for name in names_of(text)) == sorted(PARTS)


def test_a_part_is_replaced_and_the_rest_stays() -> None:
    page = "before\n<!-- begin x: written by `make reference` -->\nold\n<!-- end x -->\nafter\n"
    once = filled(page, {"x": lambda: "new\n"})
    assert once == "before\n<!-- begin x: written by `make reference` -->\n\nnew\n\n<!-- end x -->\nafter\n"
    assert filled(once, {"x": lambda: "new\n"}) == once


def test_a_part_that_nobody_writes_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("<!-- begin x: written by `make reference` -->\n<!-- end x -->", {})


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_setting_is_described() -> None:
    whole = schema()
    sections = {"": whole, **whole["$defs"]}
    bare = [
        f"{section}.{name}"
        for section, part in sections.items()
        for name, entry in part.get("properties", {}).items()
        if not entry.get("description")
    ]
    assert bare == []


GOOD = [
    "project: retail\n",
    "start: auto\n",
    "start: {default: seed, tables: {int_3: rebuild}, otherwise: rebuild}\n",
    "environments: {p: {observation: 10m, lake: {point: [a], unpoint: [b], show: c}}}\n",
    "environments: {p: {source_compatibility: NONE, connections: {kafka: k}, row_count_tolerance: 0.5}}\n",
    "comparison: {engine: auto, defaults: {memory: 64 MiB, expected: [{reason: r, rows: true}]}}\n",
    "comparison: {tables: {t: {tolerances: {c: {time: 2s}}, groups: [{by: [a]}]}}}\n",
    "environments: {p: {window: {start: 22:00, end: '04:00', blackout: ['2026-12-24/2027-01-01']}}}\n",
    "integration_test: {records: 10, sources: {raw_a: {values: {c: [a]}}}}\n",
    "layout: {statements: ['**/*.sql'], kinds: {models/staging: source}}\ngit: {flow: git-flow}\n",
]
BAD = [
    "projekt: retail\n",
    "project: 3\n",
    "start: never\n",
    "environments: {p: {observation: 10}}\n",
    "environments: {p: {lake: {point: [a]}}}\n",
    "environments: {p: {lake: {show: a}}}\n",
    "environments: {p: {connections: {flink: f}}}\n",
    "environments: {p: {row_count_tolerance: 2}}\n",
    "comparison: {defaults: {memory: 64}}\n",
    "environments: {p: {window: {start: evening}}}\n",
    "environments: {p: {window: {days: [someday]}}}\n",
    "integration_test: {records: 0}\n",
    "comparison: {tables: {t: {groups: [{of: [a]}]}}}\n",
    "layout: {statements: [/absolute.sql]}\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_schema_accepts_what_is_read(text: str) -> None:
    read_configuration(text)
    jsonschema.validate(yaml.safe_load(text), schema())


@pytest.mark.parametrize("text", BAD)
def test_schema_refuses_what_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        read_configuration(text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), schema())


def test_every_default_of_the_schema_fits_it() -> None:
    whole = schema()
    for part in (whole, *whole["$defs"].values()):
        for name, entry in part.get("properties", {}).items():
            if "default" in entry:
                jsonschema.validate(entry["default"], {**entry, "$defs": whole["$defs"]}), name


def test_every_command_has_a_text() -> None:
    assert [name for name, command in commands() if not told(command.callback).text] == []


def test_every_operator_has_a_text() -> None:
    operators = list(classes("operators", "Operator"))
    assert len(operators) > 10
    assert [one.__name__ for one in operators if not told(one).text] == []


def test_docstrings_become_markdown() -> None:
    def thing() -> None:
        """Look at :class:`~a.b.C` and ``d``.

        :param one: first,
            and on.
        :raises ValueError: never.
        """

    found = told(thing)
    assert found.text == "Look at `C` and `d`."
    assert found.params == {"one": "first, and on."}
    assert found.raises == {"ValueError": "never."}


def test_the_text_below_an_attribute_is_its_own() -> None:
    class Thing:
        one: int = 1
        """The first,
        and on.
        """
        two: int = 2

    assert attribute_docs(Thing) == {"one": "The first, and on."}


def test_messages_show_where_values_are_put_in(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    module = tmp_path / "core" / "thing.py"
    module.write_text(
        'AGAIN = "Run it again"\n'
        "def act(a):\n"
        '    raise ConflictError(f"topic {a.name} has {len(a.rows):,} rows *", remedy=AGAIN)\n'
        "def pass_on(error):\n"
        "    raise RefusedError(error.what, remedy=error.remedy)\n"
        "def code(a):\n"
        '    raise RefusedError("no such tag", remedy=f"`git tag {a.version}`")\n'
    )
    assert [(one.kind, one.what, one.remedy) for one in messages(module, tmp_path)] == [
        ("ConflictError", "topic *name* has *rows* rows \\*", "Run it again"),
        ("RefusedError", "no such tag", "`git tag VERSION`"),
    ]


def test_messages_are_found_in_every_room() -> None:
    page = messages_reference()
    assert page.count("\n### ") >= 6
    assert "Roll it back (bluegreen roll-back --release *release*) and release it again" in page


def test_schemas_are_json() -> None:
    for path in REFERENCE.glob("*.json"):
        assert json.loads(path.read_text())["$schema"]
