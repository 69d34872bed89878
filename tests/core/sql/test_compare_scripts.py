from airflow_bluegreen.core.sql import compare_scripts

SCRIPT = """-- orders
CREATE TABLE a (id INT, x INT);
SET 'k' = 'v';
INSERT INTO a SELECT * FROM b;
INSERT INTO a SELECT * FROM a;
"""


def test_same_text() -> None:
    assert compare_scripts(SCRIPT, SCRIPT).change.value == "none"


def test_comments_between_statements_are_cosmetic() -> None:
    assert compare_scripts(SCRIPT, SCRIPT + "-- end\n").change.value == "cosmetic"
    assert compare_scripts("-- a", "-- b").change.value == "cosmetic"


def test_statements_are_compared_with_their_counterparts() -> None:
    change = compare_scripts(SCRIPT, SCRIPT.replace("SELECT * FROM a;", "SELECT id, x + 1 AS x FROM a;"))

    assert change.changed == ("x",)
    assert not change.rows_may_change


def test_statements_that_come_and_go() -> None:
    change = compare_scripts(
        SCRIPT, SCRIPT.replace("SET 'k' = 'v';\n", "") + "CREATE VIEW v AS SELECT 1 AS i;"
    )

    assert change.reasons == ("the statement create_view v was added", "the statement set was removed")
    assert change.rows_may_change


def test_single_statements_are_compared_whatever_they_are_about() -> None:
    change = compare_scripts("INSERT INTO a SELECT 1", "INSERT INTO b SELECT 1")

    assert change.reasons[0] == "the statement writes to another place"
