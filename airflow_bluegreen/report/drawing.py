"""The lineage of a release as inline SVG: what is replaced and how it stands, and quietly what keeps running.

Every verdict has a sign of its own, defined once in the page. Colours come from the page's style sheet, so
that the drawing follows light, dark and print.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from airflow_bluegreen.core.model import ConnectorAction, Plan, PlannedConnector, PlannedTable
from airflow_bluegreen.report.content import WORDS, Report, Standing
from airflow_bluegreen.report.layout import Box, Layout, Size, lay_out
from airflow_bluegreen.report.signs import anchor, icon

MOST_NODES = 60
"""A lineage with more nodes is drawn as the release's tables and what is next to them."""

_LETTER = 7.3
_PADDING = 24.0
_SIGN = 20.0
_LONGEST = 34
_NARROWEST, _SMALLEST = 860, 0.8


class Look(StrEnum):
    """How a node is painted that is no table of the release; the value is its CSS class."""

    UNTOUCHED = "untouched"
    EXTERNAL = "external"
    CONNECTOR = "connector"


LEGEND: Mapping[Look, str] = {
    Look.UNTOUCHED: "keeps running",
    Look.EXTERNAL: "external",
    Look.CONNECTOR: "sink connector",
}


_QUIET = (Look.UNTOUCHED, Look.EXTERNAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A box: its title, the line below it, the full text of its tool tip, and where in the page it leads."""

    look: Look | Standing
    title: str
    subtitle: str = ""
    hint: str = ""
    link: str = ""

    @property
    def sign(self) -> float:
        """The room that the sign of a verdict takes."""
        return _SIGN if isinstance(self.look, Standing) else 0.0

    @property
    def size(self) -> Size:
        longest = max(len(_cut(self.title)), len(_cut(self.subtitle)) * 0.86)
        width = longest * _LETTER + _PADDING + self.sign
        return Size(width=width, height=40.0 if self.subtitle else 28.0)


def draw_lineage(report: Report) -> str:
    """The drawing, with its legend."""
    plan, lineage = report.plan, report.lineage
    nodes = _nodes(report)
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


def _nodes(report: Report) -> dict[str, Node]:
    plan, lineage = report.plan, report.lineage
    nodes: dict[str, Node] = {}
    for name in dict.fromkeys([*lineage, *(one for inputs in lineage.values() for one in inputs)]):
        look = Look.UNTOUCHED if name in lineage else Look.EXTERNAL
        title = plan.physical.get(name, name)
        nodes[name] = Node(look=look, title=title, hint=f"{title}: {LEGEND[look]}")
    for planned in plan.tables:
        nodes[planned.table] = _planned(planned, report.standing(planned))
    for connector in plan.connectors:
        removed = connector.action is ConnectorAction.REMOVE
        nodes[_connector_id(connector)] = Node(
            look=Standing.REMOVED if removed else Look.CONNECTOR,
            title=connector.name,
            subtitle=f"connector, {connector.action}",
            hint=f"{connector.name}: {_listed(connector.blue_topics)} → {_listed(connector.green_topics)}",
        )
    return nodes


def _planned(planned: PlannedTable, standing: Standing) -> Node:
    path = " → ".join(planned.path)
    return Node(
        look=standing,
        title=planned.green or planned.blue or planned.table,
        subtitle=_subtitle(planned),
        hint=f"{planned.blue or 'nothing'} → {planned.green or 'removed'}, {planned.trigger}, {path}:"
        f" {WORDS[standing]}",
        link=f"#{anchor(planned.table)}",
    )


def _subtitle(planned: PlannedTable) -> str:
    if planned.green is None or planned.blue is None:
        return str(planned.trigger)
    return f"for {planned.blue}, {planned.trigger}"


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
    near = {name for name, node in nodes.items() if node.look not in _QUIET}
    near |= {source for source, target in edges if target in near}
    return {name: node for name, node in nodes.items() if name in near}, len(nodes) - len(near)


def _legend(nodes: Iterable[Node]) -> str:
    used = {node.look for node in nodes}
    verdicts = "".join(
        f'<li class="{look}">{icon(look)}{escape(text)}</li>' for look, text in WORDS.items() if look in used
    )
    others = "".join(
        f'<li><span class="swatch {look}"></span>{escape(text)}</li>'
        for look, text in LEGEND.items()
        if look in used
    )
    return f'<ul class="legend">{verdicts}{others}</ul>'


def _svg(layout: Layout, nodes: Mapping[str, Node], title: str) -> str:
    width, height = round(layout.width), round(layout.height)
    edges = "".join(
        _edge(layout, edge, nodes) for edge in sorted(layout.routes, key=lambda one: _loudness(one, nodes))
    )
    boxes = "".join(_box(layout.boxes[name], node) for name, node in nodes.items())
    # Shrunk a little where the page is narrow, then scrolled: letters stay legible.
    narrowest = round(max(min(width, _NARROWEST), width * _SMALLEST))
    size = f'viewBox="0 0 {width} {height}" width="{width}" style="min-width:{narrowest}px"'
    return (
        f'<div class="drawing" tabindex="0" role="group" aria-label="{escape(title)}">'
        f"<svg {size}>{_MARKERS}{edges}{boxes}</svg></div>"
    )


_TIP = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'
_MARKERS = (
    f'<defs><marker id="tip" {_TIP}><path class="tip" d="M0 0.8 7 4 0 7.2z"/></marker>'
    f'<marker id="tip-hot" {_TIP}><path class="tip-hot" d="M0 0.8 7 4 0 7.2z"/></marker></defs>'
)


def _loudness(edge: tuple[str, str], nodes: Mapping[str, Node]) -> int:
    """0 for an edge outside the release, 1 for one that leads into it, 2 for one inside; the last on top."""
    quiet = [nodes[end].look in _QUIET for end in edge]
    return 0 if quiet[1] else 2 - quiet[0]


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
    look, tip = (("edge", "tip"), ("edge warm", "tip"), ("edge hot", "tip-hot"))[_loudness(edge, nodes)]
    return f'<path class="{look}" marker-end="url(#{tip})" d="{"".join(path)}"/>'


def _box(box: Box, node: Node) -> str:
    x, y, middle = box.x, box.y, box.x + (box.width + node.sign) / 2
    lines = _line("name", middle, y + (17 if node.subtitle else 18.5), node.title)
    if node.subtitle:
        lines += _line("sub", middle, y + 31, node.subtitle)
    sign = ""
    if node.sign:
        at = f'x="{x + 9:.1f}" y="{box.middle - 8:.1f}" width="16" height="16"'
        sign = f'<use class="sign" href="#i-{node.look}" {at}/>'
    place = f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.0f}"'
    drawn = (
        f'<g class="node {node.look}"><title>{escape(node.hint)}</title>'
        f'<rect class="box" {place} rx="7"/>{sign}{lines}</g>'
    )
    return f'<a href="{escape(node.link)}">{drawn}</a>' if node.link else drawn


def _line(look: str, x: float, y: float, text: str) -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(_cut(text))}</text>'


def _cut(text: str) -> str:
    """A name may be longer than any box should be; its tool tip has all of it."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
