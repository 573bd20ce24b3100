"""Pictures of a program's path: 3D and three planes, rapids and cuts apart, and a bar for each tool's time.

One self-contained HTML file, or a PNG (`raster.py`). Arcs are drawn in chords; a long program is thinned evenly to
`MOST_MOVES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from linewright.errors import InputError, Problem, nearest
from linewright.nc import extent
from linewright.nc.dialects import find_dialect
from linewright.nc.faults import Fault
from linewright.nc.interpreter import Interpreter
from linewright.nc.machine_check import MachineCheck
from linewright.nc.moves import Kind
from linewright.nc.source import open_file

MOST_MOVES = 20_000
CHORD_DEGREES = 15.0
COLOURS = ("tool", "feed")
VIEWS = (("XY", 0, 1), ("XZ", 0, 2), ("YZ", 1, 2))


def plot_program(program: Path, output: Path, machine: MachineCheck, dialect: str, colour: str) -> Fault | None:
    """Write the picture of a program file, up to the fault that it returns, if there is one.

    Raises:
        InputError: the program cannot be read or is at fault before it moves, or an option is wrong.
    """
    if colour not in COLOURS:
        raise InputError(
            [Problem(f"no such colouring: {colour!r}", key="colour", hint=nearest(colour, COLOURS))]
        )
    if output.suffix not in (".html", ".png"):
        hint = "name it plot.html or plot.png"
        raise InputError([Problem("pictures are written as .html or .png", key="output", hint=hint)])
    try:
        source = open_file(program)
    except OSError as fault:
        raise InputError(
            [Problem(f"cannot read the program: {fault.strerror}", file=str(program))]
        ) from fault
    run = Interpreter(source, machine.setup(), find_dialect(dialect))
    chunks = [chunk[extent.is_motion(chunk)] for chunk in run.run()]
    moves = at_the_tip(np.concatenate(chunks), machine)
    if not len(moves):
        found = run.fault
        why = f"{found.category}: {found.message}" if found else "the program moves nothing"
        raise InputError([Problem(why, file=str(program), line=found.line if found else 0)])
    try:
        if output.suffix == ".png":
            from linewright.nc.raster import draw_png

            draw_png(groups_of(moves, colour), tool_seconds(moves), program.name, output)
        else:
            figure = draw(moves, program.name, colour)
            output.write_text(figure.to_html(include_plotlyjs=True, full_html=True), encoding="utf-8")
    except OSError as refusal:
        raise InputError([Problem(f"cannot write the picture: {refusal.strerror}", file=str(output))]) from refusal
    return run.fault


def at_the_tip(moves: np.ndarray, machine: MachineCheck) -> np.ndarray:
    """The moves (n,) as the tools' tips go, so that tools of different length meet on the same part."""
    lengths = {tool.number: tool.length_mm for tool in machine.tools or []}
    numbers, place = np.unique(moves["tool"], return_inverse=True)
    tip = np.array([lengths.get(int(tool), 0.0) for tool in numbers])[place] if len(moves) else np.zeros(0)
    moves = moves.copy()
    for name in ("start", "end", "centre"):
        moves[name][:, 2] -= tip
    return moves


@dataclass(frozen=True, slots=True)
class Group:
    """Moves that are drawn alike."""

    name: str
    colour: str
    moves: np.ndarray  # (n,) MOVE
    rapid: bool = False


def groups_of(moves: np.ndarray, colour: str) -> list[Group]:
    """Rapids, then the cuts by tool or feed; a long program is thinned."""
    step = max(1, len(moves) // MOST_MOVES)
    rapid = moves["kind"] == Kind.RAPID
    groups = [Group("rapid", "#b0b0b0", moves[rapid][::step], rapid=True)]
    cuts = moves[~rapid]
    keys = cuts["tool"] if colour == "tool" else np.round(cuts["feed"] * 60.0, 1)
    for number, value in enumerate(np.unique(keys)[:24]):
        name = f"T{value}" if colour == "tool" else f"F{value:g}"
        groups.append(Group(name, PALETTE[number % len(PALETTE)], cuts[keys == value][::step]))
    return groups


def tool_seconds(moves: np.ndarray) -> dict[str, float]:
    """Cutting time of each tool at the programmed feed, s."""
    seconds = extent.cutting_seconds(moves)
    return {f"T{tool}": float(seconds[moves["tool"] == tool].sum()) for tool in np.unique(moves["tool"]) if tool}


def draw(moves: np.ndarray, title: str, colour: str) -> Any:
    """A plotly figure of motions."""
    from plotly.graph_objects import Bar, Figure
    from plotly.subplots import make_subplots

    figure: Figure = make_subplots(
        rows=2,
        cols=3,
        specs=[[{"type": "scene", "colspan": 2}, None, {"type": "xy"}], [{"type": "xy"}] * 3],
        subplot_titles=("path", "cutting time by tool", *(name for name, _, _ in VIEWS)),
    )
    for group in groups_of(moves, colour):
        add_path(figure, group.moves, group.name, group.colour, "dot" if group.rapid else "solid")
    spent = tool_seconds(moves)
    figure.add_trace(Bar(x=list(spent), y=list(spent.values()), showlegend=False), row=1, col=3)
    figure.update_yaxes(title_text="s", row=1, col=3)
    for column, (name, _, _) in enumerate(VIEWS, start=1):
        figure.update_xaxes(title_text=f"{name[0]} mm", row=2, col=column)
        figure.update_yaxes(
            title_text=f"{name[1]} mm", scaleanchor=f"x{column + 1}", scaleratio=1, row=2, col=column
        )
    far_enough = {"eye": {"x": 1.9, "y": 1.9, "z": 1.4}}  # a path much longer one way stays within the picture
    figure.update_layout(title=title, scene={"aspectmode": "data", "camera": far_enough}, height=1000)
    return figure


PALETTE = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2")


def add_path(figure: Any, moves: np.ndarray, name: str, colour: str, dash: str) -> None:
    """One group of moves in every view."""
    from plotly.graph_objects import Scatter, Scatter3d

    if not len(moves):
        return
    points = polyline(moves)
    line = {"color": colour, "width": 2, "dash": dash}
    path = Scatter3d(
        x=points[:, 0], y=points[:, 1], z=points[:, 2], mode="lines", name=name, line=line, legendgroup=name
    )
    figure.add_trace(path, row=1, col=1)
    flat = {"color": colour, "width": 1, "dash": dash}
    for column, (_, first, second) in enumerate(VIEWS, start=1):
        trace = Scatter(
            x=points[:, first],
            y=points[:, second],
            mode="lines",
            name=name,
            line=flat,
            legendgroup=name,
            showlegend=False,
        )
        figure.add_trace(trace, row=2, col=column)


def polyline(moves: np.ndarray) -> np.ndarray:
    """(m, 3) points of the moves in mm; rows of nan where the path is broken."""
    parts: list[np.ndarray] = []
    arcs = extent.is_arc(moves)
    last = np.full(3, np.nan)
    for move, is_arc in zip(moves, arcs, strict=True):
        if not np.array_equal(move["start"][:3], last):
            parts += [np.full((1, 3), np.nan), move["start"][None, :3]]
        parts.append(arc_points(move) if is_arc else move["end"][None, :3])
        last = move["end"][:3]
    return np.concatenate(parts).astype(np.float32)


def arc_points(move: np.void) -> np.ndarray:
    """(k, 3) points of one arc or helix after its start."""
    one = np.array([move], move.dtype)
    _, _, centre, axes = extent.plane_coordinates(one)
    begin, angle, radius = (float(value[0]) for value in extent.swept(one))
    count = min(2000, max(2, int(abs(np.degrees(angle)) / CHORD_DEGREES) + 1))
    share = np.linspace(0.0, 1.0, count + 1)[1:]
    first, second, normal = axes[0]
    points = np.empty((count, 3))
    points[:, first] = centre[0, 0] + radius * np.cos(begin + angle * share)
    points[:, second] = centre[0, 1] + radius * np.sin(begin + angle * share)
    points[:, normal] = move["start"][normal] + (move["end"][normal] - move["start"][normal]) * share
    points[-1] = move["end"][:3]
    return points
