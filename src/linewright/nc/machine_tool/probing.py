"""G38 against a stock box: where the tip of the probe meets it, or leaves it."""

from __future__ import annotations

from dataclasses import dataclass

from linewright.nc.setup import Contact, Position

Corner = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class StockProbe:
    """A probe model for `setup.Setup`: the box in machine coordinates of the tool's tip, mm."""

    low: Corner
    high: Corner

    def __call__(self, start: Position, target: Position, tool: Position, away: bool) -> Contact:
        """Move the tip from start to target until it touches the box, or (away) has left it."""
        tip = tuple(start[k] - tool[k] for k in range(3))
        step = tuple(target[k] - start[k] for k in range(3))
        enter, leave = _span(tip, step, self.low, self.high)  # type: ignore[arg-type]
        share = leave if away else enter
        met = enter <= leave and 0.0 <= share <= 1.0
        at = _between(start, target, share) if met else target
        return Contact(at, at, met)


def _span(tip: Corner, step: Corner, low: Corner, high: Corner) -> tuple[float, float]:
    """Shares of the way at which a straight line enters and leaves a box (Liang and Barsky); enter > leave: it misses.

    A tip that stands in the box or on its face has entered at 0 or before.
    """
    enter, leave = -float("inf"), float("inf")
    for axis in range(3):
        if step[axis] == 0.0:
            if not low[axis] <= tip[axis] <= high[axis]:
                return 1.0, 0.0
            continue
        first = (low[axis] - tip[axis]) / step[axis]
        last = (high[axis] - tip[axis]) / step[axis]
        enter, leave = max(enter, min(first, last)), min(leave, max(first, last))
    return max(enter, 0.0) if leave >= 0.0 else enter, leave


def _between(start: Position, target: Position, share: float) -> Position:
    return tuple(a + (b - a) * share for a, b in zip(start, target, strict=True))  # type: ignore[return-value]
