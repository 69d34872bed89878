"""Names of their own for both versions of what is tested, and nothing that leads out."""

import pytest

from airflow_bluegreen.core.model import Commit, Plan, Profile, Project, TableDefinition
from airflow_bluegreen.core.plan import Wishes, make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.synthetic.apart import refuse_outside, run_name, run_profile
from airflow_bluegreen.core.synthetic.isolating import Isolation, Side, isolate
from airflow_bluegreen.exceptions import ConfigurationError

SETTINGS = "environments: {local: {external_tables: external/*.sql}}\n"


def table(name: str, options: str = "") -> str:
    return f"CREATE TABLE {name} (id STRING, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ({options or ONE});"


ONE = "'value.format' = 'json'"


def files(**statements: str) -> dict[str, str]:
    """``a="raw"``: a table a that copies raw; of a table without statement the text is empty."""
    found = {"bluegreen.yaml": SETTINGS, "external/ddl.raw.sql": table("raw", f"'topic' = 'shop.raw', {ONE}")}
    for name, reads in statements.items():
        found[f"ddl.{name}.sql"] = table(name)
        if reads:
            query = reads if reads.startswith("SELECT") else f"SELECT id, v FROM {reads}"
            found[f"dml.{name}.sql"] = f"INSERT INTO {name} {query};"
    return found


def plan_of(release: Project, base: Project | None, *requested: str) -> Plan:
    return make_plan(
        project=release,
        base=base,
        environment="local",
        live={},
        base_release=None,
        wishes=Wishes(requested=requested),
    )


def isolated(
    release: dict[str, str], base: dict[str, str] | None, *selected: str, requested: tuple[str, ...] = ()
) -> Isolation:
    after = read_project(release, Commit(ref="v2", sha="2"))
    before = read_project(base, Commit(ref="v1", sha="1")) if base is not None else None
    return isolate(
        after,
        before,
        plan_of(after, before, *requested),
        selected,
        name="bgtest_1",
        environment="local",
        front_end=FrontEnd(),
    )


def jobs(found: Isolation) -> list[str]:
    return [one.job_name.removeprefix("bgtest_1.") for one in found.statements]


def test_what_is_the_same_runs_once_and_what_differs_twice() -> None:
    base = files(src="raw", mid="src", out="mid", other="src")
    release = files(src="raw", mid="SELECT id, v + 1 FROM src", out="mid", other="src")
    found = isolated(release, base, "out")
    assert sorted(jobs(found)) == [
        "b.dml.mid", "b.dml.out", "c.dml.src", "g.dml.mid", "g.dml.out", "s.dml.mid", "s.dml.out", "s.dml.src"
    ]  # fmt: skip
    assert (found.green("out"), found.blue("out")) == ("bgtest_1_g_out", "bgtest_1_b_out")
    assert (found.green("src"), found.blue("src")) == ("bgtest_1_c_src", None)


def test_the_external_topic_is_replaced_everywhere() -> None:
    found = isolated(files(src="raw"), None, "src")
    assert [(one.source, one.in_order, one.shuffled) for one in found.sources] == [
        ("raw", ("bgtest_1_x_raw",), ("bgtest_1_y_raw",))
    ]
    texts = "\n".join(one.sql for one in found.catalog.values())
    assert "shop.raw" not in texts
    assert "'topic' = 'bgtest_1_x_raw'" in texts


def test_a_table_that_nobody_fills_is_a_source() -> None:
    found = isolated(files(kept="", out="kept"), None, "out")
    assert [(one.source, one.in_order) for one in found.sources] == [("kept", ("bgtest_1_g_kept",))]


def test_a_table_that_the_release_removes_is_there_for_blue() -> None:
    base = files(old="raw", out="old")
    found = isolated(files(out="raw"), base, "out")
    assert "b.dml.old" in jobs(found)
    assert "g.dml.old" not in jobs(found)


def test_a_view_is_seen_through() -> None:
    release = files(src="raw", out="v")
    release["ddl.v.sql"] = "CREATE VIEW v AS SELECT id, v FROM src;"
    found = isolated(release, None, "out")
    assert "bgtest_1_g_v" in found.catalog
    last = next(one for one in found.statements if one.job_name.endswith("g.dml.out"))
    assert "bgtest_1_g_src" in last.reads


def test_a_statement_set_runs_as_one() -> None:
    release = files(src="raw", one="", two="")
    release["dml.sets.sql"] = (
        "EXECUTE STATEMENT SET BEGIN INSERT INTO one SELECT id, v FROM src; "
        "INSERT INTO two SELECT id, v FROM src; END;"
    )
    found = isolated(release, None, "two")
    assert jobs(found).count("g.dml.one") == 1
    assert found.names[Side.GREEN]["one"] == "bgtest_1_g_one"
    assert [one.source for one in found.sources] == ["raw"]


def test_a_pinned_table_is_tested_on_both_versions() -> None:
    """The release leaves it with blue; here it shows whether the change reaches it."""
    base = files(src="raw", reader="src")
    release = files(src="SELECT id, v + 0 FROM raw", reader="src")
    assert {"b.dml.reader", "g.dml.reader"} <= set(jobs(isolated(release, base, "reader")))


def test_a_hint_that_leads_out_is_refused() -> None:
    hint = "SELECT id, v FROM raw /*+ OPTIONS('topic' = 'shop.raw') */"
    with pytest.raises(ConfigurationError, match="would lead out of the test"):
        isolated(files(src=hint), None, "src")


def test_a_hint_in_a_view_is_seen_too() -> None:
    release = files(src="raw", out="v")
    release["ddl.v.sql"] = (
        "CREATE VIEW v AS SELECT id, v FROM src /*+ OPTIONS('value.avro-confluent.subject' = 'real') */;"
    )
    with pytest.raises(ConfigurationError, match=r"bgtest_1_[gs]_v has a hint.* would lead out of the test"):
        isolated(release, None, "out")


def test_names_are_those_of_release_and_seed() -> None:
    names = {run_name("p", "e", "v1", 1), run_name("p", "e", "v2", 1), run_name("p", "e", "v1", 2)}
    assert len(names) == 3
    assert run_name("p", "e", "v1", 1) in names


def test_the_environment_reads_from_end_to_end_and_shares_nothing() -> None:
    profile = Profile(
        name="local",
        table_options={
            "properties.group.id": "billing",
            "scan.startup.mode": "group-offsets",
            "sink.parallelism": "2",
        },
        table_options_by_kind={"external": {"sink.transactional-id-prefix": "x", "value.format": "json"}},
    )
    found = run_profile(profile, "bgtest_1")
    assert found.name == "bgtest_1"
    assert found.table_options == {
        "sink.parallelism": "2",
        "properties.commit.offsets.on.checkpoint": "false",
        "scan.startup.mode": "earliest-offset",
        "scan.bounded.mode": "latest-offset",
    }
    assert found.table_options_by_kind == {"external": {"value.format": "json"}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"connector": "jdbc"}, "connector jdbc"),
        ({"connector": "kafka", "topic": "orders"}, "topic orders"),
        ({"connector": "kafka", "topic": "bgtest_2_g_t"}, "topic bgtest_2_g_t"),
        ({"connector": "kafka", "value.new-format.subject": "orders"}, "subject orders"),
    ],
)
def test_a_table_outside_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        refuse_outside(TableDefinition(columns=(), options=options), "bgtest_1_g_t", "bgtest_1")


def test_a_table_of_the_test_is_fine() -> None:
    own = {
        "connector": "kafka",
        "topic": "bgtest_1_g_t",
        "value.avro-confluent.subject": "bgtest_1_g_t-value",
    }
    refuse_outside(TableDefinition(columns=(), options=own), "bgtest_1_g_t", "bgtest_1")
