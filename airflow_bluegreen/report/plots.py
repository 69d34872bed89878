"""Distributions and courses as inline SVG.

Colours, light and dark, come from the page's style sheet. Blue is always a line and green always a filled
area, and what differs is marked by a sign too, so that nothing is told by colour alone.
"""

from collections.abc import Callable, Sequence
from html import escape

from airflow_bluegreen.core.model import ConvergencePoint, Histogram, Quantiles
from airflow_bluegreen.report.figures import ceiling, compact, span

WIDTH, HEIGHT = 360, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 6, 12, 26
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_GROUND = _TOP + _PLOT_HEIGHT

Labels = Callable[[Sequence[float]], Sequence[str]]


def draw_histogram(histogram: Histogram, title: str, labels: Labels, *, signs: bool = True) -> str:
    """Bins of one width each, whatever they cover: the axis says what.

    :param title: what is seen, for those who do not see it.
    :param labels: the edges as text.
    :param signs: whether bins in which the sides differ get a sign below the axis.
    """
    named = tuple(labels(histogram.edges))
    bins = len(histogram.green)
    top = ceiling(max((*histogram.green, *histogram.blue), default=0))
    step = _PLOT_WIDTH / max(bins, 1)
    bars = "".join(_bin(histogram, at, step, top, f"{named[at]} to {named[at + 1]}") for at in range(bins))
    marks = "".join(_sign(histogram, at, step) for at in range(bins)) if signs else ""
    outline = _outline(histogram.blue, step, top)
    return _svg(title, f"{_scale(top)}{bars}{marks}{outline}{_edge_labels(named)}")


def differing_bins(histogram: Histogram) -> int:
    """In how many bins the two sides hold different numbers."""
    return sum(blue != green for blue, green in zip(histogram.blue, histogram.green, strict=False))


def _bin(histogram: Histogram, at: int, step: float, top: float, covered: str) -> str:
    green = histogram.green[at]
    blue = histogram.blue[at] if at < len(histogram.blue) else None
    x, height = _LEFT + at * step, _PLOT_HEIGHT * green / top
    told = f"{covered}: green {green:,}" if blue is None else f"{covered}: blue {blue:,}, green {green:,}"
    gap = min(1.0, step * 0.12)
    return (
        f'<g><title>{escape(told)}</title><rect class="hit" x="{x:.1f}" y="{_TOP}" width="{step:.1f}"'
        f' height="{_PLOT_HEIGHT}"/><rect class="green-bar" x="{x + gap / 2:.1f}" y="{_GROUND - height:.1f}"'
        f' width="{max(step - gap, 0.4):.1f}" height="{height:.1f}"/></g>'
    )


def _sign(histogram: Histogram, at: int, step: float) -> str:
    if at >= len(histogram.blue) or histogram.blue[at] == histogram.green[at]:
        return ""
    up = histogram.green[at] > histogram.blue[at]
    return _triangle(_LEFT + (at + 0.5) * step, min(step / 2, 3.2), up=up)


def _triangle(x: float, half: float, *, up: bool) -> str:
    """Below the axis: green has more (up) or fewer."""
    base, tip = (_GROUND + 7, _GROUND + 2) if up else (_GROUND + 2, _GROUND + 7)
    return f'<path class="differs" d="M{x - half:.1f} {base}H{x + half:.1f}L{x:.1f} {tip}z"/>'


def _outline(counts: Sequence[int], step: float, top: float) -> str:
    if not counts:
        return ""
    path = [f"M{_LEFT} {_GROUND}"]
    for at, count in enumerate(counts):
        path.append(f"V{_GROUND - _PLOT_HEIGHT * count / top:.1f}H{_LEFT + (at + 1) * step:.1f}")
    path.append(f"V{_GROUND}")
    drawn = "".join(path)
    return f'<path class="halo" d="{drawn}"/><path class="blue-line" d="{drawn}"/>'


def _scale(top: float) -> str:
    """Three lines across, and what they stand for."""
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = _GROUND - _PLOT_HEIGHT * share
        look = "axis" if share == 0 else "grid"
        parts.append(f'<path class="{look}" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(
            f'<text class="tick end" x="{_LEFT - 5}" y="{y + 3.5:.1f}">{compact(top * share)}</text>'
        )
    return "".join(parts)


def _edge_labels(named: Sequence[str]) -> str:
    if not named:
        return ""
    last = len(named) - 1
    places = (
        ((0, "start"), (last // 2, "middle"), (last, "end")) if last > 1 else ((0, "start"), (last, "end"))
    )
    return "".join(
        f'<text class="tick {anchor}" x="{_LEFT + _PLOT_WIDTH * at / max(last, 1):.1f}" y="{HEIGHT - 5}">'
        f"{escape(named[at])}</text>"
        for at, anchor in places
    )


def draw_convergence(points: Sequence[ConvergencePoint], title: str) -> str:
    """Keys that differ, look by look: those in flight are hatched, those that last are filled below them."""
    top = ceiling(max((point.differing for point in points), default=0))
    start, end = points[0].at_ms, points[-1].at_ms
    length = max(end - start, 1)
    inset = 4  # room for the first dot and the last
    wide = _PLOT_WIDTH - 2 * inset
    xs = [_LEFT + inset + wide * (point.at_ms - start) / length for point in points]
    lasting = [max(point.differing - point.in_flight, 0) for point in points]
    ys = [_height(point.differing, top) for point in points]
    lows = [_height(count, top) for count in lasting]
    dots = "".join(
        _dot(x, y, point, kept, span(point.at_ms - start))
        for x, y, point, kept in zip(xs, ys, points, lasting, strict=True)
    )
    areas = (
        f'<path fill="url(#flight)" d="{_band(xs, ys, lows)}"/>'
        f'<path class="lasting" d="{_band(xs, lows, [float(_GROUND)] * len(xs))}"/>'
        f'<path class="course" d="{_line(xs, ys)}"/>'
    )
    moments = ("first look", f"after {span(length)}") if end > start else ("first look", "")
    return _svg(title, f"{_scale(top)}{areas}{dots}{_edge_labels(moments)}")


def _height(count: float, top: float) -> float:
    return _GROUND - _PLOT_HEIGHT * count / top


def _line(xs: Sequence[float], ys: Sequence[float]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))


def _band(xs: Sequence[float], upper: Sequence[float], lower: Sequence[float]) -> str:
    back = "".join(f"L{x:.1f} {y:.1f}" for x, y in zip(xs[::-1], lower[::-1], strict=True))
    return f"{_line(xs, upper)}{back}z"


def _dot(x: float, y: float, point: ConvergencePoint, lasting: int, after: str) -> str:
    told = f"after {after}: {point.differing:,} keys differ, {point.in_flight:,} of them in flight"
    return f'<g><title>{escape(told)}</title><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/></g>'


def draw_latency(histogram: Histogram, title: str, green: Quantiles | None, blue: Quantiles | None) -> str:
    """A histogram of time spans, with the median of each side above it."""
    plot = draw_histogram(histogram, title, lambda edges: tuple(map(span, edges)), signs=False)
    marks = "".join(
        _median(_place(histogram.edges, quantiles.p50), look)
        for quantiles, look in ((blue, "blue-mark"), (green, "green-mark"))
        if quantiles is not None
    )
    return plot.replace("</svg>", f"{marks}</svg>")


def _median(share: float, look: str) -> str:
    x = _LEFT + _PLOT_WIDTH * share
    return f'<path class="{look}" d="M{x:.1f} {_TOP - 8}V{_GROUND}"/>'


def _place(edges: Sequence[float], value: float) -> float:
    """Where a value stands on the axis, 0 to 1."""
    bins = len(edges) - 1
    for at in range(bins):
        low, high = edges[at], edges[at + 1]
        if value < high:
            return (at + max(value - low, 0) / max(high - low, 1e-9)) / bins
    return 1.0


def _svg(title: str, inside: str) -> str:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg class="plot" role="img" {size} aria-label="{escape(title)}">{inside}</svg>'
