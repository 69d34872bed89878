import json
from pathlib import Path

import jsonschema

from airflow_bluegreen.core import published
from airflow_bluegreen.core.model import JobWeight, Start, StartDecision
from airflow_bluegreen.core.starting.cost import TableLoad, TopicLoad, release_cost
from tests.core.golden import v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of

PLAN = plan_of(v1_0_0(), v1_0_1())
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "plan.schema.json"


def test_the_json_keeps_its_keys() -> None:
    content = json.loads(published.plan_json(PLAN))
    assert list(content) == [
        "project", "environment", "release", "base", "base_release", "tables", "connectors", "untouched",
        "pinned", "kept", "freed", "physical", "rewritten", "cost",
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
        "start": "rebuild",
    }
    assert content["cost"] is None
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


def test_what_a_release_costs_is_as_the_schema_says_too() -> None:
    decision = StartDecision(table="fact_2", start=Start.REBUILD, why="because")
    load = TableLoad(inputs=("int_2",), weights=(JobWeight(slots=1, state_bytes=10),))
    cost = release_cost(PLAN, [decision], {"fact_2": load}, {"int_2": TopicLoad(records=4)}, free_slots=3)
    content = json.loads(published.plan_json(PLAN, cost))
    jsonschema.validate(content, json.loads(SCHEMA.read_text()))
    (one,) = content["cost"].pop("tables")
    assert one == {
        "table": "fact_2",
        "start": "rebuild",
        "why": "because",
        "refused": None,
        "records": 4,
        "copied": 0,
        "state_bytes": 10,
        "slots": 1,
        "seconds": None,
        "warnings": [],
    }
    assert content["cost"] == {
        "kept": 0,
        "statements": 1,
        "records": 4,
        "all_records": 4,
        "records_spared": 0.0,
        "state_bytes": 10,
        "all_state_bytes": 10,
        "state_spared": 0.0,
        "slots": 1,
        "free_slots": 3,
    }
