"""The lineage of a release as inline SVG: what is replaced, what is new, what keeps running.

Colours come from the page's style sheet, so that the drawing follows light, dark and print.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from airflow_bluegreen.core.model import ConnectorAction, Plan, PlannedConnector, PlannedTable
from airflow_bluegreen.report.layout import Box, Layout, Size, lay_out

MOST_NODES = 300
"""A lineage with more nodes is drawn as the release's tables and what is next to them."""

_LETTER = 7.3
_PADDING = 24.0


class Look(StrEnum):
    """How a node is painted; the value is its CSS class."""

    REPLACED = "replaced"
    NEW = "new"
    REMOVED = "removed"
    UNTOUCHED = "untouched"
    EXTERNAL = "external"
    CONNECTOR = "connector"


LEGEND: Mapping[Look, str] = {
    Look.REPLACED: "green beside blue",
    Look.NEW: "new",
    Look.REMOVED: "removed",
    Look.UNTOUCHED: "keeps running",
    Look.EXTERNAL: "external",
    Look.CONNECTOR: "sink connector",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A box: its title, the line below it, and the full text of its tool tip."""

    look: Look
    title: str
    subtitle: str = ""
    hint: str = ""

    @property
    def size(self) -> Size:
        longest = max(len(self.title), len(self.subtitle) * 0.86)
        return Size(width=longest * _LETTER + _PADDING, height=40.0 if self.subtitle else 28.0)


def draw_lineage(plan: Plan, lineage: Mapping[str, tuple[str, ...]]) -> str:
    """The drawing.

    :param lineage: logical table → its inputs, logical names and external tables; every table of the project.
    """
    nodes = _nodes(plan, lineage)
    edges = [(source, target) for target, inputs in lineage.items() for source in inputs if source != target]
    edges += _removed_edges(plan, nodes)
    edges += _connector_edges(plan, nodes)
    shown, hidden = _shown(nodes, edges)
    layout = lay_out({name: node.size for name, node in shown.items()}, edges)
    title = f"Lineage of {plan.project} in release {plan.release.ref}"
    note = (
        f'<p class="note">{hidden} tables farther away are not drawn; they keep running.</p>'
        if hidden
        else ""
    )
    return f"{_legend(shown.values())}{_svg(layout, shown, title)}{note}"


def _nodes(plan: Plan, lineage: Mapping[str, tuple[str, ...]]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for name in dict.fromkeys([*lineage, *(one for inputs in lineage.values() for one in inputs)]):
        look = Look.UNTOUCHED if name in lineage else Look.EXTERNAL
        title = plan.physical.get(name, name)
        nodes[name] = Node(look=look, title=title, hint=f"{title}: {LEGEND[look]}")
    for planned in plan.tables:
        nodes[planned.table] = _planned(planned)
    for connector in plan.connectors:
        nodes[_connector_id(connector)] = Node(
            look=Look.REMOVED if connector.action is ConnectorAction.REMOVE else Look.CONNECTOR,
            title=connector.name,
            subtitle=f"connector, {connector.action}",
            hint=f"{connector.name}: {_listed(connector.blue_topics)} → {_listed(connector.green_topics)}",
        )
    return nodes


def _planned(planned: PlannedTable) -> Node:
    path = " → ".join(planned.path)
    hint = f"{planned.blue or 'nothing'} → {planned.green or 'removed'}, {planned.trigger}, {path}"
    if planned.green is None:
        return Node(look=Look.REMOVED, title=planned.blue or planned.table, subtitle="removed", hint=hint)
    if planned.blue is None:
        return Node(look=Look.NEW, title=planned.green, subtitle="new", hint=hint)
    subtitle = f"for {planned.blue}, {planned.trigger}"
    return Node(look=Look.REPLACED, title=planned.green, subtitle=subtitle, hint=hint)


def _removed_edges(plan: Plan, nodes: Mapping[str, Node]) -> list[tuple[str, str]]:
    """A removed table is not in the release's lineage; the plan still knows what it read."""
    return [
        (parent, planned.table)
        for planned in plan.tables
        if planned.green is None
        for parent in planned.parents
        if parent in nodes
    ]


def _connector_edges(plan: Plan, nodes: Mapping[str, Node]) -> list[tuple[str, str]]:
    owner = {physical: table for table, physical in plan.physical.items()}
    owner |= {planned.blue: planned.table for planned in plan.tables if planned.blue}
    return [
        (owner[topic], _connector_id(connector))
        for connector in plan.connectors
        for topic in connector.green_topics or connector.blue_topics
        if owner.get(topic) in nodes
    ]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _connector_id(connector: PlannedConnector) -> str:
    return f"connector {connector.name}"


def _shown(nodes: Mapping[str, Node], edges: Iterable[tuple[str, str]]) -> tuple[dict[str, Node], int]:
    if len(nodes) <= MOST_NODES:
        return dict(nodes), 0
    quiet = (Look.UNTOUCHED, Look.EXTERNAL)
    near = {name for name, node in nodes.items() if node.look not in quiet}
    near |= {source for source, target in edges if target in near}
    return {name: node for name, node in nodes.items() if name in near}, len(nodes) - len(near)


def _legend(nodes: Iterable[Node]) -> str:
    used = {node.look for node in nodes}
    entries = "".join(
        f'<li><span class="swatch {look}"></span>{escape(text)}</li>'
        for look, text in LEGEND.items()
        if look in used
    )
    return f'<ul class="legend">{entries}</ul>'


def _svg(layout: Layout, nodes: Mapping[str, Node], title: str) -> str:
    width, height = round(layout.width), round(layout.height)
    edges = "".join(
        _edge(layout, edge, nodes) for edge in sorted(layout.routes, key=lambda one: _loud(one, nodes))
    )
    boxes = "".join(_box(layout.boxes[name], node) for name, node in nodes.items())
    return (
        f'<div class="drawing"><svg role="img" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}"><title>{escape(title)}</title>{_MARKERS}{edges}{boxes}</svg></div>'
    )


_TIP = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'
_MARKERS = (
    f'<defs><marker id="tip" {_TIP}><path class="tip" d="M0 0.8 7 4 0 7.2z"/></marker>'
    f'<marker id="tip-hot" {_TIP}><path class="tip-hot" d="M0 0.8 7 4 0 7.2z"/></marker></defs>'
)


def _loud(edge: tuple[str, str], nodes: Mapping[str, Node]) -> bool:
    """Whether the edge leads into something that this release changes: drawn last, on top."""
    return nodes[edge[1]].look not in (Look.UNTOUCHED, Look.EXTERNAL)


def _edge(layout: Layout, edge: tuple[str, str], nodes: Mapping[str, Node]) -> str:
    points = layout.routes[edge]
    start, *rest = points
    path = [f"M{start[0]:.0f} {start[1]:.1f}"]
    previous = start
    for index, (x, y) in enumerate(rest):
        if index % 2 == 0:  # across the gap between two columns
            bend = (x - previous[0]) / 2
            handles = f"{previous[0] + bend:.0f} {previous[1]:.1f} {x - bend:.0f} {y:.1f}"
            path.append(f"C{handles} {x:.0f} {y:.1f}")
        else:  # along a column, between its boxes
            path.append(f"H{x:.0f}")
        previous = (x, y)
    look, tip = ("edge hot", "tip-hot") if _loud(edge, nodes) else ("edge", "tip")
    return f'<path class="{look}" marker-end="url(#{tip})" d="{"".join(path)}"/>'


def _box(box: Box, node: Node) -> str:
    x, y, middle = box.x, box.y, box.x + box.width / 2
    lines = _line("name", middle, y + (17 if node.subtitle else 18.5), node.title)
    if node.subtitle:
        lines += _line("sub", middle, y + 31, node.subtitle)
    stripe = ""
    if node.look is Look.REPLACED:
        height = box.height - 12
        stripe = f'<rect class="stripe" x="{x:.1f}" y="{y + 6:.1f}" width="4" height="{height:.1f}" rx="2"/>'
    place = f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.0f}"'
    return (
        f'<g class="node {node.look}"><title>{escape(node.hint)}</title>'
        f'<rect class="box" {place} rx="6"/>{stripe}{lines}</g>'
    )


def _line(look: str, x: float, y: float, text: str) -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
