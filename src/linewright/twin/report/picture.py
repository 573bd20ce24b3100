"""A picture of the line as SVG: stations in the order of the routes, their time, and where the arrows
point.
"""

from __future__ import annotations

from html import escape

from linewright.twin.bottleneck import Bottleneck
from linewright.twin.report.plots import STATE_ORDER
from linewright.twin.results import Result

WIDE, HIGH, GAP_X, GAP_Y, EDGE = 116, 58, 52, 34, 26
MOST_ACROSS = 8


def layers(ways: list[tuple[int, int]], stations: list[int]) -> dict[int, int]:
    """How many stations come before each on the longest way to it; ways back (rework) do not count."""
    after: dict[int, list[int]] = {s: [] for s in stations}
    for a, b in ways:
        if a in after and b in after:
            after[a].append(b)
    depth = dict.fromkeys(stations, 0)
    order: list[int] = []
    state: dict[int, int] = {}

    def visit(s: int) -> None:
        state[s] = 1
        for t in after[s]:
            if state.get(t) == 1:
                continue  # a way back
            if t not in state:
                visit(t)
        state[s] = 2
        order.append(s)

    starts = [s for s in stations if not any(b == s and a != s for a, b in ways)] or stations
    for s in [*starts, *stations]:
        if s not in state:
            visit(s)
    place = {s: k for k, s in enumerate(reversed(order))}
    for s in reversed(order):
        for t in after[s]:
            if place[t] > place[s]:
                depth[t] = max(depth[t], depth[s] + 1)
    return depth


def places(result: Result) -> tuple[dict[int, tuple[float, float]], float, float]:
    """Where each station stands, and the size of the picture; long lines are folded into rows."""
    stations = [s for s in range(len(result.layout.stations)) if s not in result.layout.belts]
    depth = layers(result.layout.ways, stations)
    columns: dict[int, list[int]] = {}
    for s in stations:
        columns.setdefault(depth[s], []).append(s)
    at: dict[int, tuple[float, float]] = {}
    top, width = float(EDGE), 0.0
    for first in range(0, max(columns, default=0) + 1, MOST_ACROSS):
        row = [columns.get(c, []) for c in range(first, first + MOST_ACROSS)]
        tallest = max((len(column) for column in row), default=1)
        for c, column in enumerate(row):
            shift = (tallest - len(column)) * (HIGH + GAP_Y) / 2
            for k, s in enumerate(column):
                at[s] = (EDGE + c * (WIDE + GAP_X), top + shift + k * (HIGH + GAP_Y))
                width = max(width, at[s][0] + WIDE)
        top += tallest * (HIGH + GAP_Y)
    return at, width + EDGE, top - GAP_Y + EDGE


def line_picture(result: Result, bottleneck: Bottleneck) -> str:
    """The SVG element."""
    at, width, height = places(result)
    parts = [
        f'<svg class="line" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        'aria-label="The line: stations, ways, and arrows towards the bottleneck">',
        f"<defs>{_tip('tip', 'mark', 7)}{_tip('way', 'soft', 6)}</defs>",
    ]
    number = {name: s for s, name in enumerate(result.layout.stations)}
    for a, b in result.layout.ways:
        if a in at and b in at:
            parts.append(f'<path class="way" d="{_curve(at[a], at[b], 0)}" marker-end="url(#way)"/>')
    for arrow in bottleneck.arrows:
        a, b = number[arrow.origin], number[arrow.target]
        if a in at and b in at:
            title = f"{arrow.origin} to {arrow.target}: blocked {arrow.blocked:.0%}, starved {arrow.starved:.0%}"
            path = f'<path class="arrow" d="{_curve(at[a], at[b], 11)}" marker-end="url(#tip)">'
            parts.append(f"{path}<title>{escape(title)}</title></path>")
    parts += [_box(result, s, *at[s], marked=result.layout.stations[s] == bottleneck.station) for s in at]
    return "\n".join([*parts, "</svg>"])


def _tip(name: str, colour: str, size: int) -> str:
    """The head of an arrow."""
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}" markerHeight="{size}" '
        f'orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--{colour})"/></marker>'
    )


def _bow(x1: float, y1: float, x2: float, y2: float, lift: float) -> str:
    """A curve that goes round the boxes between its ends."""
    side = 30 if x2 > x1 else -30
    bend = f"{x1 + side:.0f} {y1 + lift:.0f} {x2 - side:.0f} {y2 + lift:.0f}"
    return f"M{x1:.0f} {y1:.0f} C{bend} {x2:.0f} {y2:.0f}"


def _curve(a: tuple[float, float], b: tuple[float, float], down: float) -> str:
    """A curve from box to box, shifted down a little."""
    ahead = b[0] > a[0]
    y1, y2 = a[1] + HIGH / 2 + down, b[1] + HIGH / 2 + down
    if ahead:
        x1, x2 = a[0] + WIDE, b[0]
        bend = max((x2 - x1) / 2, 18)
        if x2 - x1 > WIDE:  # past another column: round its boxes
            return _bow(x1, y1, x2, y2, HIGH / 2 + 14 + down / 2)
        return f"M{x1:.0f} {y1:.0f} C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    if abs(b[0] - a[0]) < 1:  # above or below
        x = a[0] + WIDE / 2 + down
        y1, y2 = (a[1] + HIGH, b[1]) if b[1] > a[1] else (a[1], b[1] + HIGH)
        return f"M{x:.0f} {y1:.0f} L{x:.0f} {y2:.0f}"
    if b[1] > a[1] + HIGH:  # to the next row
        x1, x2 = a[0] + WIDE / 2 + down, b[0] + WIDE / 2 + down
        y = a[1] + HIGH + GAP_Y / 2 + down / 2
        return f"M{x1:.0f} {a[1] + HIGH:.0f} L{x1:.0f} {y:.0f} L{x2:.0f} {y:.0f} L{x2:.0f} {b[1]:.0f}"
    x1, x2 = a[0], b[0] + WIDE
    if x1 - x2 > WIDE or a[1] != b[1]:
        return _bow(x1, y1, x2, y2, HIGH / 2 + 14 + down / 2)
    return f"M{x1:.0f} {y1:.0f} L{x2:.0f} {y2:.0f}"


def _box(result: Result, s: int, x: float, y: float, marked: bool) -> str:
    name = result.layout.stations[s]
    station = result.stations[name]
    machines = len(station.machines)
    label = f"{name} ×{machines}" if machines > 1 else name
    words = ", ".join(
        f"{state.replace('_', ' ')} {share.mean:.0%}" for state, share in station.state_shares.items() if share.mean > 0
    )
    parts = [
        f"<g><title>{escape(f'{name}: {words}')}</title>",
        f'<rect class="box{" bottleneck" if marked else ""}" x="{x:.0f}" y="{y:.0f}" '
        f'width="{WIDE}" height="{HIGH}" rx="6"/>',
        f'<text x="{x + 9:.0f}" y="{y + 20:.0f}">{escape(label)}</text>',
        f'<text class="soft" x="{x + 9:.0f}" y="{y + 35:.0f}">{station.queue_length.mean:.1f} waiting</text>',
    ]
    left, full = x + 8, WIDE - 16
    for state in STATE_ORDER:
        share = station.state_shares[state].mean * full
        if share > 0.2:
            place = f'x="{left:.1f}" y="{y + 43:.0f}" width="{share:.1f}" height="8"'
            parts.append(f'<rect {place} fill="var(--{state})"/>')
            left += share
    return "".join([*parts, "</g>"])
