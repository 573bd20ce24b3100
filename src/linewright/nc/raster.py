"""The backplot as a PNG: the path in space and in three planes, and the time of each tool as bars.

Drawn twice as large as asked and halved, which smooths the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from linewright.nc.backplot import Group

WIDTH, HEIGHT = 1500, 1000
SCALE = 2
INK, SOFT, PAPER = "#1d2227", "#9aa3ab", "#ffffff"
#: What a view shows to the right and upwards, as rows of a matrix that points (m, 3) are multiplied with.
VIEWS = {
    "space": np.array([[0.866, -0.866, 0.0], [0.35, 0.35, 0.87]]),
    "XY": np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    "XZ": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    "YZ": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
}


class Box(NamedTuple):
    """A part of the picture, px."""

    left: float
    top: float
    width: float
    height: float


BOXES = {
    "space": Box(30, 70, 940, 520),
    "XY": Box(30, 650, 460, 320),
    "XZ": Box(520, 650, 460, 320),
    "YZ": Box(1010, 650, 460, 320),
}
BARS = Box(1010, 110, 460, 470)


MARGIN = 0.12  # around the cuts, of their size; rapids that lead farther away are cut off


def draw_png(groups: Sequence[Group], seconds: dict[str, float], title: str, output: Path) -> None:
    """Write the picture of groups of moves; `seconds` by tool become bars."""
    from linewright.nc.backplot import polyline

    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    _text(draw, 30, 12, title, 24)
    paths = [(group, polyline(group.moves).astype(float)) for group in groups if len(group.moves)]
    for name, view in VIEWS.items():
        box = BOXES[name]
        picture = _view([(group, _flat(path, view)) for group, path in paths], box, name)
        image.paste(picture, (round(box.left * SCALE), round(box.top * SCALE)))
        _text(draw, box.left, box.top - 24, "in space" if name == "space" else f"{name}, mm", 15)
    _draw_legend(draw, [group for group, _ in paths])
    _draw_bars(draw, BARS, seconds)
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(output, "PNG")


def _flat(points: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Chords (m, 4) of a path (n, 3) in a view: from right, from up, to right, to up; mm. Rows of nan break it."""
    flat = points @ view.T
    chords = np.hstack([flat[:-1], flat[1:]])
    whole: np.ndarray = chords[np.isfinite(chords).all(axis=1)]
    return whole


def _view(paths: list[tuple[Group, np.ndarray]], box: Box, name: str) -> Image.Image:
    """One view, all paths at one scale, as an image of its own."""
    image = Image.new("RGB", (round(box.width * SCALE), round(box.height * SCALE)), PAPER)
    draw = ImageDraw.Draw(image)
    shown = [chords for group, chords in paths if not group.rapid] or [chords for _, chords in paths]
    ends = np.concatenate(shown).reshape(-1, 2)
    low, high = ends.min(axis=0), ends.max(axis=0)
    span = np.maximum(high - low, 1e-9) * (1 + 2 * MARGIN)
    per_mm = min((box.width - 20) / span[0], (box.height - 50) / span[1])
    middle = (low + high) / 2
    for group, chords in paths:
        across = (chords[:, [0, 2]] - middle[0]) * per_mm + box.width / 2
        down = box.height / 2 - (chords[:, [1, 3]] - middle[1]) * per_mm
        lines = np.stack([across[:, 0], down[:, 0], across[:, 1], down[:, 1]], axis=1) * SCALE
        for line in lines.tolist():
            draw.line(line, fill=group.colour, width=SCALE if group.rapid else SCALE + 1)
    draw.rectangle((0, 0, image.width - 1, image.height - 1), outline=SOFT, width=SCALE)
    if name != "space":
        _text(draw, 6, box.height - 22, f"{name[0]} {low[0]:.4g} .. {high[0]:.4g}", 13)
        _text(draw, 6, 6, f"{name[1]} {low[1]:.4g} .. {high[1]:.4g}", 13)
    return image


def _draw_legend(draw: ImageDraw.ImageDraw, groups: list[Group]) -> None:
    for k, group in enumerate(groups):
        down = BOXES["space"].top + 14 + 22 * k
        draw.line(_scaled(44, down + 9, 74, down + 9), fill=group.colour, width=3 * SCALE)
        _text(draw, 82, down, group.name, 14)


def _draw_bars(draw: ImageDraw.ImageDraw, box: Box, seconds: dict[str, float]) -> None:
    """A bar for each tool."""
    _text(draw, box.left, BOXES["space"].top - 24, "cutting time by tool, s", 15)
    most = max(seconds.values(), default=0.0)
    if most <= 0.0:
        return
    wide = box.width / len(seconds)
    for k, (name, spent) in enumerate(seconds.items()):
        left, tall = box.left + wide * (k + 0.15), (box.height - 50) * spent / most
        bottom = box.top + box.height - 26
        draw.rectangle(_scaled(left, bottom - tall, left + wide * 0.7, bottom), fill="#0072b2")
        _text(draw, left, bottom + 4, name, 14)
        _text(draw, left, bottom - tall - 20, f"{spent:.3g}", 13)


def _scaled(*places: float) -> tuple[float, ...]:
    return tuple(place * SCALE for place in places)


def _text(draw: ImageDraw.ImageDraw, left: float, top: float, words: str, size: int) -> None:
    draw.text((left * SCALE, top * SCALE), words, fill=INK, font=ImageFont.load_default(size * SCALE))
