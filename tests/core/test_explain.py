import io

from rich.console import Console

from airflow_bluegreen.core import explain
from tests.core.golden import v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of

PLAN = plan_of(v1_0_0(), v1_0_1())


def shown(renderable: object) -> str:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(renderable)
    return console.export_text()


def test_the_table_lists_causes_first_and_says_what_keeps_running() -> None:
    lines = shown(explain.plan_table(PLAN)).splitlines()
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
    assert cells == [
        ["int_3", "int_3_v2", "dml.int_3", "modified"],
        ["fact_3", "fact_3_v2", "dml.fact_3", "modified"],
        ["fact_2", "fact_2_v2", "dml.fact_2", "side-effect"],
        ["–", "view32", "dml.view32", "new"],
    ]
    assert lines[0].strip() == "retail v1.0.1 over v1.0.0 in local"
    assert lines[-1].strip() == "8 of 12 tables keep running untouched"


def test_the_tree_hangs_each_table_below_its_cause() -> None:
    lines = shown(explain.plan_tree(PLAN)).splitlines()
    assert [line.split(":")[0].rstrip() for line in lines] == [
        "retail v1.0.1 over v1.0.0 in local",
        "├── int_3 (int_3 → int_3_v2) modified",
        "│   └── fact_2 (fact_2 → fact_2_v2) side-effect",
        "├── fact_3 (fact_3 → fact_3_v2) modified",
        "├── view32 (– → view32) new",
        "├── connector sink-fact-2 (fact_2 → fact_2_v2) move",
        "├── connector sink-fact-3 (fact_3 → fact_3_v2) move",
        "└── connector sink-view32 (– → view32) create",
    ]
    assert lines[2].endswith(": reads total of int_3; changes second_total")


def test_the_page_has_the_rows_and_the_connectors() -> None:
    page = explain.plan_markdown(PLAN)
    assert "| blue table | green table | statement | trigger | why |" in page
    why = "int_3 → fact_2; reads total of int_3; changes second_total"
    assert f"| fact_2 | fact_2_v2 | dml.fact_2 | side-effect | {why} |" in page
    assert "| sink-fact-2 | move | fact_2 | fact_2_v2 |" in page
    assert page.endswith("8 of 12 tables keep running untouched\n")


def test_an_empty_plan_says_so() -> None:
    page = explain.plan_markdown(plan_of(v1_0_0(), v1_0_0()))
    assert "Nothing to deploy." in page
    assert "11 of 11 tables keep running untouched" in page
