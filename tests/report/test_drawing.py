from dataclasses import replace
from xml.etree import ElementTree

from airflow_bluegreen.core.model import ConnectorAction, PlannedConnector
from airflow_bluegreen.report.drawing import MOST_NODES, draw_lineage
from tests.report.release import LINEAGE, PLAN

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


def test_every_table_is_painted_as_what_happens_to_it() -> None:
    assert looks(draw_lineage(PLAN, LINEAGE)) == {
        **dict.fromkeys(("raw_a", "raw_b", "raw_c", "raw_x"), "external"),
        **dict.fromkeys(
            ("src_a", "src_b", "src_c", "src_x", "int_1", "int_2", "fact_1", "view_1"), "untouched"
        ),
        **dict.fromkeys(("int_3_v2", "fact_2_v2", "fact_3_v2"), "replaced"),
        "view32": "new",
        **dict.fromkeys(("sink-fact-2", "sink-fact-3", "sink-view32"), "connector"),
    }


def test_edges_into_what_changes_stand_out() -> None:
    paths = [path.get("class") for path in parsed(draw_lineage(PLAN, LINEAGE)).iter("path")]
    assert paths.count("edge hot") == 3 + 2 + 2 + 1 + 3  # int_3, fact_2, fact_3, view32, connectors
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
    found = looks(draw_lineage(replace(PLAN, tables=tables, connectors=(gone,)), lineage))
    assert (found["fact_2"], found["sink-fact-2"]) == ("removed", "removed")


def test_names_are_escaped() -> None:
    plan = replace(PLAN, tables=(), connectors=(), physical={})
    drawing = draw_lineage(plan, {"<script>": ('"&',)})
    assert "<script>" not in drawing
    assert set(looks(drawing)) == {"<script>", '"&'}


def test_a_lineage_too_big_to_read_shows_what_is_near() -> None:
    wide = {f"other_{number}": ("src_a",) for number in range(MOST_NODES)}
    drawing = draw_lineage(PLAN, {**LINEAGE, **wide})
    found = looks(drawing)
    assert {"int_3_v2", "src_a", "view32"} <= found.keys()
    assert not any(name.startswith("other_") for name in found)
    assert "tables farther away are not drawn" in drawing


def test_a_plan_without_tables() -> None:
    assert "replaced" not in looks(draw_lineage(replace(PLAN, tables=(), connectors=()), LINEAGE)).values()
