import json

from airflow_bluegreen.report import json_text
from tests.report import samples
from tests.report.release import report


def test_a_program_gets_all_that_the_page_shows() -> None:
    told = json.loads(json_text(samples.failing()))
    assert told["headline"] == {
        "standing": "fail",
        "text": "Do not cut over",
        "detail": "Nothing explains what differs in fact_2.",
    }
    assert [one["check"] for one in told["not_explained"]] == ["rows", "keys", "values", "freshness"]
    assert [one["table"] for one in told["expected"]] == ["int_3", "fact_3"]
    assert told["standings"] == {"int_3": "expected", "fact_3": "warn", "fact_2": "fail", "view32": "pending"}
    tables = {one["table"]: one for one in told["tables"]}
    assert tables["int_3"]["columns"][0]["column"] == "payment_state"
    assert tables["int_3"]["convergence"][-1]["in_flight"] == 13
    assert len(tables["int_3"]["event_times"]["rows"]["edges"]) == 97
    assert told["spared"][0] == {"what": "tables", "kept": 8, "whole": 11}
    assert told["plan"]["release"]["ref"] == "v1.0.1"
    assert told["cut_over"] is None
    assert told["rewritten"].startswith("--- a/pipelines/")


def test_without_measurements_and_after_the_cut_over() -> None:
    told = json.loads(json_text(report(cut_over=("sink RUNNING",))))
    assert told["cut_over"] == ["sink RUNNING"]
    assert told["tables"][0]["event_times"] is None
    json.loads(json_text(samples.hostile()))
