"""The lineage as text, JSON, Mermaid and DOT."""

import json

from rich.table import Table as RichTable

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Project, Table


def lineage_json(project: Project, lineage: Lineage) -> str:
    """``{"tables": {name: {physical, type, kind, product, statements, inputs, external_inputs,
    descendants}}}``.
    """
    tables = {
        name: {
            "physical": project.tables[name].physical,
            "type": str(lineage.type_of(name)),
            "kind": project.tables[name].kind,
            "product": project.tables[name].product,
            "statements": _statements(project.tables[name]),
            "inputs": list(lineage.inputs(name)),
            "reads_itself": lineage.reads_itself(name),
            "companions": list(lineage.companions(name)),
            "external_inputs": list(lineage.external_inputs(name)),
            "descendants": list(lineage.descendants(name)),
        }
        for name in lineage.tables
    }
    return json.dumps({"tables": tables}, indent=2, ensure_ascii=False)


def lineage_table(lineage: Lineage) -> RichTable:
    """Parents first: the table, its place, what it reads, how many depend on it."""
    below = lineage.descendant_counts()
    shown = RichTable("table", "type", "reads", "descendants")
    for name in lineage.order():
        itself = (f"{name} (itself)",) if lineage.reads_itself(name) else ()
        reads = (*lineage.inputs(name), *lineage.external_inputs(name), *itself)
        shown.add_row(name, str(lineage.type_of(name)), ", ".join(reads), str(below[name]))
    return shown


def lineage_mermaid(lineage: Lineage) -> str:
    """A Mermaid flowchart; external tables are drawn as cylinders."""
    external = sorted({name for table in lineage.tables for name in lineage.external_inputs(table)})
    ids = {
        name: f"t{number}"
        for number, name in enumerate((*lineage.order(), *(f"external {e}" for e in external)))
    }
    lines = ["flowchart LR"]
    lines += [f'  {ids[f"external {name}"]}[("{_quoted(name)}")]' for name in external]
    lines += [f'  {ids[name]}["{_quoted(name)}"]' for name in lineage.order()]
    for name in lineage.order():
        lines += [f"  {ids[f'external {read}']} --> {ids[name]}" for read in lineage.external_inputs(name)]
        lines += [f"  {ids[read]} --> {ids[name]}" for read in lineage.inputs(name)]
    return "\n".join(lines)


def lineage_dot(lineage: Lineage) -> str:
    """A Graphviz digraph; external tables are drawn as cylinders."""
    external = sorted({name for table in lineage.tables for name in lineage.external_inputs(table)})
    lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {_dot_name(name)} [shape=cylinder];" for name in external]
    lines += [f"  {_dot_name(name)};" for name in lineage.order()]
    for name in lineage.order():
        reads = (*lineage.external_inputs(name), *lineage.inputs(name))
        lines += [f"  {_dot_name(read)} -> {_dot_name(name)};" for read in reads]
    return "\n".join([*lines, "}"])


def _statements(table: Table) -> dict[str, str]:
    return {part.name: part.statement.where.path for part in table.statements}


def _quoted(name: str) -> str:
    return name.replace('"', "#quot;")


def _dot_name(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
