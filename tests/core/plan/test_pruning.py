"""Readers that a change cannot reach stay with blue, on proof only."""

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_bluegreen.core.explain import pins, plan_markdown
from airflow_bluegreen.core.model import Commit, Plan
from airflow_bluegreen.core.plan import Wishes, make_plan
from airflow_bluegreen.core.project import read_project
from tests.core.plan.releasing import names, plan_of

PARENT = (
    "CREATE TABLE p (id STRING, total INT, note STRING, at TIMESTAMP(3), PRIMARY KEY (id) NOT ENFORCED);\n"
)
FILL = "INSERT INTO p SELECT r.id, r.total, r.note, r.at FROM raw r;\n"
FILES = {
    "ddl.p.sql": PARENT,
    "dml.p.sql": FILL,
    "ddl.c.sql": "CREATE TABLE c (id STRING, total INT);\n",
    "dml.c.sql": "INSERT INTO c SELECT p.id, p.total FROM p;\n",
    "ddl.d.sql": "CREATE TABLE d (id STRING, note STRING);\n",
    "dml.d.sql": "INSERT INTO d SELECT p.id, p.note FROM p;\n",
    "ddl.e.sql": "CREATE TABLE e (id STRING, total INT);\n",
    "dml.e.sql": "INSERT INTO e SELECT c.id, c.total FROM c;\n",
}
JSON = "WITH ('value.format' = 'json')"
READ = "INSERT INTO c SELECT id, total"
BEHIND_A_STAR = "FROM (SELECT * FROM p) q WHERE q.note <> 'x'"
FUNCTION = "FROM p, LATERAL TABLE(split(note)) AS f(x)"
NOTE = {"dml.p.sql": FILL.replace("r.note", "UPPER(r.note) AS note")}


def pruned(after: Mapping[str, str], before: Mapping[str, str] = FILES, **wishes: Any) -> Plan:
    return plan_of(before, {**before, **after}, prune=True, **wishes)


def test_by_default_every_reader_follows() -> None:
    plan = plan_of(FILES, {**FILES, **NOTE})
    assert set(names(plan)) == {"p", "c", "d", "e"}
    assert (plan.pinned, plan.kept) == ((), ())


def test_a_reader_of_other_columns_stays_and_so_does_all_that_only_it_leads_to() -> None:
    plan = pruned(NOTE)
    assert names(plan) == {"p": ("p", "p_v2", "modified"), "d": ("d", "d_v2", "side-effect")}
    (pin,) = plan.pinned
    assert (pin.table, pin.physical, pin.reads) == ("c", "c", {"p": "p"})
    assert pin.because == "it reads no column that changes (note of p), and the rows stay the same"
    assert (plan.kept, plan.untouched) == (("p",), ("c", "e"))
    assert "dml.c.sql" not in plan.rewritten
    assert "FROM p_v2" in plan.rewritten["dml.d.sql"]


def test_the_plan_says_why_what_it_costs_and_what_comes_later() -> None:
    why, cost = pins(pruned(NOTE))
    assert why == "c stays on p: it reads no column that changes (note of p), and the rows stay the same"
    assert cost.startswith("the jobs and topics of p stay for that; the next release that reaches a table")
    assert f"- {why}" in plan_markdown(pruned(NOTE))
    assert "2 of 4 tables keep running untouched, 1 of them on blue" in plan_markdown(pruned(NOTE))


def test_the_project_may_ask_for_it_and_the_release_may_say_no() -> None:
    files = {**FILES, "bluegreen.yaml": "prune: columns"}
    after = {**files, **NOTE}
    assert set(names(plan_of(files, after))) == {"p", "d"}
    assert set(names(plan_of(files, after, prune=False))) == {"p", "c", "d", "e"}


def test_an_added_column_at_the_end_reaches_nobody() -> None:
    after = {
        "ddl.p.sql": PARENT.replace("at TIMESTAMP(3),", "at TIMESTAMP(3), extra INT,"),
        "dml.p.sql": FILL.replace("r.at", "r.at, r.extra"),
    }
    assert set(names(pruned(after))) == {"p"}


def test_what_blue_reads_in_turn_stays_as_well() -> None:
    raw = "INSERT INTO s SELECT r.id, r.total, r.note, r.at FROM raw r;\n"
    files = {
        **FILES,
        "ddl.s.sql": PARENT.replace(" p ", " s "),
        "dml.s.sql": raw,
        "dml.p.sql": "INSERT INTO p SELECT s.id, s.total, s.note, s.at FROM s;\n",
    }
    plan = pruned({"dml.s.sql": raw.replace("r.note", "UPPER(r.note)")}, files)
    assert set(names(plan)) == {"s", "p", "d"}
    assert ([one.table for one in plan.pinned], plan.kept) == (["c"], ("p", "s"))


@pytest.mark.parametrize(
    ("after", "before"),
    [
        pytest.param({"dml.p.sql": FILL.replace(";", " WHERE r.total > 0;")}, {}, id="rows"),
        pytest.param({"dml.p.sql": FILL.replace("r.total", "r.total + 1")}, {}, id="column read"),
        pytest.param({"dml.p.sql": FILL.replace("r.id", "UPPER(r.id)")}, {}, id="key"),
        pytest.param({"ddl.p.sql": PARENT.replace("l INT", "l BIGINT")}, {}, id="type of a column read"),
        pytest.param({"ddl.p.sql": PARENT.replace(");", f") {JSON};")}, {}, id="how it is stored"),
        pytest.param({"ddl.p.sql": PARENT.replace("(3),", "(3), WATERMARK FOR at AS at,")}, {}, id="time"),
        pytest.param(NOTE, {"dml.c.sql": "INSERT INTO c SELECT id, note FROM p;\n"}, id="column read below"),
        pytest.param(NOTE, {"dml.c.sql": f"{READ} FROM p WHERE note > '';\n"}, id="filter"),
        pytest.param(NOTE, {"dml.c.sql": f"{READ} {BEHIND_A_STAR};\n"}, id="filter behind a star"),
        pytest.param(NOTE, {"dml.c.sql": f"{READ} {FUNCTION};\n"}, id="table function"),
        pytest.param(NOTE, {"ddl.c.sql": "CREATE TABLE c LIKE p;\n"}, id="columns taken from p"),
        pytest.param(NOTE, {"dml.c.sql": f"{READ} FROM p JOIN c USING (id);\n"}, id="itself"),
        pytest.param(
            NOTE,
            {"dml.c.sql": f"{READ} FROM p;\n{FILES['dml.d.sql']}", "dml.d.sql": ""},
            id="file shared with another table",
        ),
        pytest.param(NOTE | {"dml.c.sql": f"{READ} + 0 FROM p;\n"}, {}, id="own change"),
    ],
)
def test_without_proof_the_reader_follows(after: dict[str, str], before: dict[str, str]) -> None:
    plan = pruned(after, {**FILES, **before})
    assert {"p", "c"} <= set(names(plan))
    assert "c" not in {one.table for one in plan.pinned}


def test_a_view_follows_and_its_readers_are_looked_at() -> None:
    files = {
        **FILES,
        "ddl.v.sql": "CREATE VIEW v AS SELECT id, total FROM p;\n",
        "dml.c.sql": "INSERT INTO c SELECT v.id, v.total FROM v;\n",
    }
    assert set(names(pruned(NOTE, files))) == {"p", "v", "c", "d", "e"}


@pytest.mark.parametrize("wish", ["requested", "schema_changes"])
def test_a_table_that_somebody_wants_anew_takes_its_readers_along(wish: str) -> None:
    assert set(names(pruned({}, **{wish: ["p"]}))) == {"p", "c", "d", "e"}


def released(after: Mapping[str, str], live: Plan, before: Mapping[str, str]) -> Plan:
    """The release over one that is live."""
    return make_plan(
        project=read_project({**before, **after}, Commit(ref="v1.0.2", sha="c" * 40)),
        base=read_project(before, Commit(ref="v1.0.1", sha="b" * 40)),
        environment="local",
        live=live.physical,
        base_release="v1.0.1",
        wishes=Wishes(prune=True),
        live_plan=live,
    )


def test_a_pin_holds_while_no_release_reaches_the_table() -> None:
    live = pruned(NOTE)
    deployed = {**FILES, **NOTE, **live.rewritten}
    changed = {"dml.d.sql": "INSERT INTO d SELECT p.id, LOWER(p.note) FROM p;\n"}
    plan = released(changed, live, deployed)
    assert names(plan) == {"d": ("d_v2", "d_v3", "modified")}
    assert (plan.pinned, plan.kept, plan.freed) == (live.pinned, ("p",), ())
    assert "dml.c.sql" not in plan.rewritten  # it goes on saying FROM p
    assert "FROM p_v2" in plan.rewritten["dml.d.sql"]


def test_a_release_that_reaches_a_pinned_table_moves_it_and_says_what_it_frees() -> None:
    live = pruned(NOTE)
    deployed = {**FILES, **NOTE, **live.rewritten}
    again = {"dml.p.sql": deployed["dml.p.sql"].replace("UPPER", "LOWER")}
    plan = released(again, live, deployed)
    assert names(plan)["c"] == ("c", "c_v2", "side-effect")
    assert "FROM p_v3" in plan.rewritten["dml.c.sql"]
    assert (plan.pinned, plan.kept, plan.freed) == ((), (), ("p",))
    assert pins(plan) == ("p was kept so far and is read by nobody after this release",)
