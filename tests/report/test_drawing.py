from dataclasses import replace
from xml.etree import ElementTree

from airflow_bluegreen.core.model import ConnectorAction, PlannedConnector, Verdict
from airflow_bluegreen.report.drawing import MOST_NODES, draw_lineage
from tests.report.release import COMPARISONS, LINEAGE, PLAN, comparison, report

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{drawing}</div>")


def looks(drawing: str) -> dict[str, str]:
    """Title → class of every node."""
    found = {}
    for group in parsed(drawing).iter("g"):
        name = next(text.text for text in group.iter("text") if text.get("class") == "name")
        found[str(name)] = str(group.get("class")).removeprefix("node ")
    return found


def test_every_table_is_painted_as_it_stands_and_what_keeps_running_is_quiet() -> None:
    bad = (comparison("fact_2", Verdict.FAIL), comparison("fact_3", Verdict.WARN))
    assert looks(draw_lineage(report((COMPARISONS[0], *bad, COMPARISONS[3])))) == {
        **dict.fromkeys(("raw_a", "raw_b", "raw_c", "raw_x"), "external"),
        **dict.fromkeys(
            ("src_a", "src_b", "src_c", "src_x", "int_1", "int_2", "fact_1", "view_1"), "untouched"
        ),
        "int_3_v2": "expected",
        "fact_2_v2": "fail",
        "fact_3_v2": "warn",
        "view32": "new",
        **dict.fromkeys(("sink-fact-2", "sink-fact-3", "sink-view32"), "connector"),
    }
    assert looks(draw_lineage(report(())))["int_3_v2"] == "pending"
    assert looks(draw_lineage(report()))["fact_2_v2"] == "pass"


def test_a_verdict_is_told_by_its_sign_too_and_leads_to_the_table() -> None:
    drawing = parsed(draw_lineage(report()))
    links = {link.get("href"): [use.get("href") for use in link.iter("use")] for link in drawing.iter("a")}
    assert links == {
        "#table-int_3": ["#i-expected"],
        "#table-fact_3": ["#i-expected"],
        "#table-fact_2": ["#i-pass"],
        "#table-view32": ["#i-new"],
    }


def test_edges_inside_the_release_stand_out() -> None:
    paths = [path.get("class") for path in parsed(draw_lineage(report())).iter("path")]
    assert paths.count("edge hot") == 1 + 1 + 1 + 3  # int_3 to both facts, fact_2 to view32, connectors
    assert paths.count("edge warm") == 3 + 1 + 1  # the sources of int_3, int_2 to fact_2, src_x to fact_3
    assert paths.count("edge") == 4 + 2 + 2 + 2 + 1  # sources, int_1, int_2, fact_1, view_1


def test_removed_things_are_shown_where_they_were() -> None:
    tables = tuple(replace(one, green=None) if one.table == "fact_2" else one for one in PLAN.tables)
    gone = PlannedConnector(
        name="sink-fact-2",
        action=ConnectorAction.REMOVE,
        blue_topics=("fact_2",),
        green_topics=(),
        config={},
    )
    lineage = {table: inputs for table, inputs in LINEAGE.items() if table not in ("fact_2", "view32")}
    plan = replace(PLAN, tables=tables, connectors=(gone,))
    found = looks(draw_lineage(report(plan=plan, lineage=lineage)))
    assert (found["fact_2"], found["sink-fact-2"]) == ("removed", "removed")


def test_names_are_escaped_and_long_ones_cut() -> None:
    plan = replace(PLAN, tables=(), connectors=(), physical={})
    drawing = draw_lineage(report(plan=plan, lineage={"<script>": ('"&',), "x" * 300: ()}))
    assert "<script>" not in drawing
    assert set(looks(drawing)) == {"<script>", '"&', f"{'x' * 33}…"}
    assert "x" * 300 in drawing  # in its tool tip


def test_a_lineage_too_big_to_read_shows_what_is_near() -> None:
    wide = {f"other_{number}": ("src_a",) for number in range(MOST_NODES)}
    drawing = draw_lineage(report(lineage={**LINEAGE, **wide}))
    found = looks(drawing)
    assert {"int_3_v2", "src_a", "view32"} <= found.keys()
    assert not any(name.startswith("other_") for name in found)
    assert "tables farther away are not drawn" in drawing


def test_a_plan_without_tables() -> None:
    found = looks(draw_lineage(report((), plan=replace(PLAN, tables=(), connectors=()))))
    assert set(found.values()) == {"untouched", "external"}
