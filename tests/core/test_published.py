import json
from pathlib import Path

import jsonschema

from airflow_bluegreen.core import published
from tests.core.golden import v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of

PLAN = plan_of(v1_0_0(), v1_0_1())
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "plan.schema.json"


def test_the_json_keeps_its_keys() -> None:
    content = json.loads(published.plan_json(PLAN))
    assert list(content) == [
        "project", "environment", "release", "base", "base_release", "tables", "connectors", "untouched",
        "pinned", "kept", "freed", "physical", "rewritten",
    ]  # fmt: skip
    fact_2 = next(table for table in content["tables"] if table["table"] == "fact_2")
    assert fact_2 == {
        "table": "fact_2",
        "kind": "fact",
        "blue": "fact_2",
        "green": "fact_2_v2",
        "statement": "dml.fact_2",
        "statements": ["ddl.fact_2", "dml.fact_2"],
        "filled_with": [],
        "trigger": "side-effect",
        "path": ["int_3", "fact_2"],
        "parents": ["int_3"],
        "inputs": ["int_2", "int_3_v2"],
        "expected": {
            "changed": ["second_total"],
            "added": [],
            "removed": [],
            "rows_may_change": False,
            "reasons": ["reads total of int_3"],
        },
    }
    assert content["release"] == {"ref": "v1.0.1", "sha": "b" * 40}
    assert content["connectors"][2] == {
        "name": "sink-view32",
        "action": "create",
        "blue_topics": [],
        "green_topics": ["view32"],
    }


def test_the_published_schema_is_the_one_of_the_records() -> None:
    assert SCHEMA.read_text() == published.plan_schema(), (
        "python -c 'from airflow_bluegreen.core.published import plan_schema; print(plan_schema(), end=\"\")'"
        " > docs/reference/plan.schema.json"
    )


def test_every_plan_is_as_the_schema_says() -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    after = v1_0_1()
    removed = {path: text for path, text in v1_0_1().items() if "fact_3" not in text}
    for plan in (PLAN, plan_of(None, after), plan_of(after, removed), plan_of(after, after)):
        jsonschema.validate(json.loads(published.plan_json(plan)), schema)
