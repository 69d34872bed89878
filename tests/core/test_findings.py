from airflow_bluegreen.core.findings import findings_json, listed, refused, report_lines, summary
from airflow_bluegreen.core.model import Commit, Finding, Plan, Severity
from airflow_bluegreen.exceptions import Where
from tests.core.golden import v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of

WARNING = Severity.WARNING


def plan() -> Plan:
    return plan_of(v1_0_0(), v1_0_1())


def test_findings_first_by_table_in_the_plans_order_and_each_once() -> None:
    found = [
        Finding(look="capacity", what="no room"),
        Finding(look="names", what="a", table="fact_3", severity=WARNING),
        Finding(look="names", what="b", table="fact_3"),
        Finding(look="access", what="b", table="fact_3"),
        Finding(look="names", what="c", table="int_3"),
    ]
    assert [(one.look, one.what) for one in listed(plan(), found)] == [
        ("names", "c"),
        ("names", "b"),
        ("capacity", "no room"),
        ("names", "a"),
    ]


def test_lines_for_people() -> None:
    found = (
        Finding(look="names", what="c", table="int_3", where=Where(path="a.sql", line=2), remedy="Mend it"),
        Finding(look="capacity", what="no room"),
        Finding(look="names", what="a", table="fact_3", severity=WARNING),
    )
    assert list(report_lines(found)) == [
        "2 findings:",
        "  int_3",
        "    names: a.sql:2: c. Mend it",
        "  the environment",
        "    capacity: no room",
        "1 warning:",
        "  fact_3",
        "    names: a",
    ]
    assert summary(plan(), found) == "preflight of v1.0.1 found 2 problems (in int_3, the environment)"
    assert len(refused(found)) == 2


def test_json_for_programs() -> None:
    warning = Finding(look="names", what="a", table="fact_3", severity=WARNING)
    assert plan().release == Commit(ref="v1.0.1", sha=plan().release.sha)
    told = findings_json(plan(), (warning, Finding(look="capacity", what="no room")))
    assert (told["release"], told["passed"]) == ("v1.0.1", False)
    assert told["findings"][0] == {
        "severity": "warning",
        "look": "names",
        "table": "fact_3",
        "what": "a",
        "where": None,
        "remedy": None,
    }
    assert told["findings"][1]["table"] is None
    assert findings_json(plan(), (warning,))["passed"]
