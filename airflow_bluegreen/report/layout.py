"""Places the nodes of an acyclic graph in columns, left to right, with few crossings.

Long edges get a waypoint in every column that they pass, so that they run between the nodes and not across
them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

SWEEPS = 12
COLUMN_GAP = 56.0
ROW_GAP = 14.0
MARGIN = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A placed node: its left upper corner and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Boxes by node, and for every edge the points it runs through, from box to box."""

    boxes: Mapping[str, Box]
    routes: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Waypoint:
    source: str
    target: str
    column: int


_Node = str | _Waypoint


def lay_out(sizes: Mapping[str, Size], edges: Iterable[tuple[str, str]]) -> Layout:
    """Place every node of ``sizes``; edges lead from what is read to what reads it and form no cycle."""
    known = sorted({(source, target) for source, target in edges if source in sizes and target in sizes})
    columns_of = _columns(sizes, known)
    chains = {edge: _chain(edge, columns_of) for edge in known}
    steps = [step for chain in chains.values() for step in pairwise(chain)]
    columns = _filled(sizes, columns_of, chains.values())
    _reduce_crossings(columns, steps)
    middles = _straighten(columns, steps, sizes)
    return _placed(columns, chains, middles, sizes)


def _columns(sizes: Mapping[str, Size], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way from a node without inputs; such nodes stand right before their first reader."""
    readers: dict[str, list[str]] = {node: [] for node in sizes}
    waiting = dict.fromkeys(sizes, 0)
    for source, target in edges:
        readers[source].append(target)
        waiting[target] += 1
    roots = [node for node in sizes if not waiting[node]]
    column = dict.fromkeys(sizes, 0)
    ready = list(roots)
    for node in ready:  # grows while it is read: a queue
        for reader in readers[node]:
            column[reader] = max(column[reader], column[node] + 1)
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    for node in roots:
        if readers[node]:
            column[node] = min(column[reader] for reader in readers[node]) - 1
    return column


def _chain(edge: tuple[str, str], columns: Mapping[str, int]) -> tuple[_Node, ...]:
    source, target = edge
    between = range(columns[source] + 1, columns[target])
    return (source, *(_Waypoint(source, target, column) for column in between), target)


def _filled(
    sizes: Mapping[str, Size], column_of: Mapping[str, int], chains: Iterable[tuple[_Node, ...]]
) -> list[list[_Node]]:
    columns: list[list[_Node]] = [[] for _ in range(max(column_of.values(), default=0) + 1)]
    for name in sorted(sizes):
        columns[column_of[name]].append(name)
    for chain in chains:
        for node in chain:
            if isinstance(node, _Waypoint):
                columns[node.column].append(node)
    return columns


_Links = dict[_Node, list[_Node]]


def _neighbours(steps: Sequence[tuple[_Node, _Node]]) -> tuple[_Links, _Links]:
    before: _Links = {}
    after: _Links = {}
    for source, target in steps:
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    return before, after


def _reduce_crossings(columns: list[list[_Node]], steps: Sequence[tuple[_Node, _Node]]) -> None:
    """Order every column by the mean position of the neighbours, forth and back; the best order stays."""
    before, after = _neighbours(steps)
    best, fewest = [list(column) for column in columns], _crossings(columns, after)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        chosen = columns[1:] if forth else columns[-2::-1]
        for column in chosen:
            _sort(column, before if forth else after, columns)
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    columns[:] = best


def _sort(
    column: list[_Node], links: Mapping[_Node, Sequence[_Node]], columns: Sequence[Sequence[_Node]]
) -> None:
    position = {node: index for one in columns for index, node in enumerate(one)}
    column.sort(key=lambda node: _mean(position, links.get(node, ()), position[node]))


def _mean(position: Mapping[_Node, float], neighbours: Sequence[_Node], own: float) -> float:
    return sum(position[node] for node in neighbours) / len(neighbours) if neighbours else own


def _crossings(columns: Sequence[Sequence[_Node]], after: Mapping[_Node, Sequence[_Node]]) -> int:
    """Pairs of edges between neighbouring columns that cross, counted by a Fenwick tree."""
    total = 0
    for left, right in pairwise(columns):
        position = {node: index for index, node in enumerate(right)}
        tree = [0] * (len(right) + 1)
        seen = 0
        for node in left:
            ends = sorted(position[end] for end in after.get(node, ()))
            for end in ends:
                total += seen - _prefix(tree, end + 1)
            for end in ends:
                seen += 1
                _add(tree, end + 1)
    return total


def _prefix(tree: Sequence[int], upto: int) -> int:
    total = 0
    while upto > 0:
        total += tree[upto]
        upto -= upto & -upto
    return total


def _add(tree: list[int], at: int) -> None:
    while at < len(tree):
        tree[at] += 1
        at += at & -at


def _straighten(
    columns: Sequence[Sequence[_Node]], steps: Sequence[tuple[_Node, _Node]], sizes: Mapping[str, Size]
) -> dict[_Node, float]:
    """The middle of every node: as level with its neighbours as the order and the gaps allow."""
    before, after = _neighbours(steps)
    middles: dict[_Node, float] = {}
    for column in columns:
        y = 0.0
        for node in column:
            middles[node] = y + _height(node, sizes) / 2
            y += _height(node, sizes) + ROW_GAP
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for column in columns if forth else reversed(columns):
            wanted = [
                _mean(middles, (before if forth else after).get(node, ()), middles[node]) for node in column
            ]
            middles.update(zip(column, _spaced(column, wanted, sizes), strict=True))
    return _without_empty_bands(middles, sizes)


def _spaced(column: Sequence[_Node], wanted: Sequence[float], sizes: Mapping[str, Size]) -> list[float]:
    """The middles nearest to the wanted ones (least squares) that keep order and gaps.

    Less the gaps before them, the middles have to ascend: that is isotonic regression, solved by pooling
    neighbours that are out of order at their mean.
    """
    gaps = [(_height(one, sizes) + _height(other, sizes)) / 2 + ROW_GAP for one, other in pairwise(column)]
    shifts = list(accumulate(gaps, initial=0.0))[: len(column)]
    pools: list[tuple[float, int]] = []
    for want, shift in zip(wanted, shifts, strict=True):
        mean, size = want - shift, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    return [level + shift for level, shift in zip(levels, shifts, strict=True)]


def _without_empty_bands(middles: dict[_Node, float], sizes: Mapping[str, Size]) -> dict[_Node, float]:
    """Close the horizontal bands in which no column has anything."""
    moved: dict[_Node, float] = {}
    shift, bottom = 0.0, None
    for node in sorted(middles, key=lambda one: middles[one] - _height(one, sizes) / 2):
        top = middles[node] - _height(node, sizes) / 2
        if bottom is not None and top - bottom > ROW_GAP:
            shift += top - bottom - ROW_GAP
        bottom = max(top + _height(node, sizes), top if bottom is None else bottom)
        moved[node] = middles[node] - shift
    return moved


def _height(node: _Node, sizes: Mapping[str, Size]) -> float:
    return 4.0 if isinstance(node, _Waypoint) else sizes[node].height


def _placed(
    columns: Sequence[Sequence[_Node]],
    chains: Mapping[tuple[str, str], tuple[_Node, ...]],
    middles: Mapping[_Node, float],
    sizes: Mapping[str, Size],
) -> Layout:
    top = min((middles[node] - _height(node, sizes) / 2 for node in middles), default=0.0) - MARGIN
    boxes: dict[str, Box] = {}
    spans: list[tuple[float, float]] = []
    x = MARGIN
    for column in columns:
        width = max((sizes[node].width for node in column if isinstance(node, str)), default=0.0)
        for node in column:
            if isinstance(node, str):
                size = sizes[node]
                y = middles[node] - size.height / 2 - top
                boxes[node] = Box(x=x, y=y, width=width, height=size.height)
        spans.append((x, x + width))
        x += width + COLUMN_GAP
    routes = {edge: _route(chain, boxes, spans, middles, top) for edge, chain in chains.items()}
    bottom = max((middles[node] + _height(node, sizes) / 2 for node in middles), default=0.0)
    return Layout(boxes=boxes, routes=routes, width=x - COLUMN_GAP + MARGIN, height=bottom - top + MARGIN)


def _route(
    chain: tuple[_Node, ...],
    boxes: Mapping[str, Box],
    spans: Sequence[tuple[float, float]],
    middles: Mapping[_Node, float],
    top: float,
) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for node in chain:
        if isinstance(node, _Waypoint):
            left, right = spans[node.column]
            points += [(left, middles[node] - top), (right, middles[node] - top)]
    first, last = boxes[str(chain[0])], boxes[str(chain[-1])]
    return ((first.x + first.width, first.middle), *points, (last.x, last.middle))
