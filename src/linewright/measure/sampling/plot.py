"""Curves of sampling plans: what is accepted, what it costs, what goes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from linewright.errors import InputError, Problem
from linewright.measure.sampling.plan import AttributePlan
from linewright.measure.sampling.variables import VariablesPlan

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLOURS = ("#1f5fa8", "#c8553d", "#3a7d44", "#8a5fbf", "#b8860b", "#4a4a4a")
POINTS = 201


def oc_curves(
    plans: Mapping[str, AttributePlan | VariablesPlan],
    *,
    lot_size: int | None = None,
    largest: float | None = None,
) -> Figure:
    """Operating characteristics of named plans and, for attribute plans, average sample number; with a lot
    size also average outgoing quality and total inspection.

    `largest` is the right end of the axis (fraction nonconforming); by default where every plan accepts 2 %
    or less.
    """
    from plotly.subplots import make_subplots

    if not plans:
        raise InputError([Problem("no plan to draw", key="plans")])
    end = largest or min(1.0, 1.1 * max(plan.quality_at(0.02) for plan in plans.values()))
    share = np.linspace(end / (POINTS - 1), end, POINTS - 1)
    rows = 1 if lot_size is None else 2
    titles = (
        "probability of acceptance",
        "average sample number",
        "average outgoing quality",
        "total inspection",
    )
    figure = make_subplots(rows=rows, cols=2, subplot_titles=titles[: 2 * rows])
    for colour, (name, plan) in zip(_endless(len(plans)), plans.items(), strict=True):
        _line(figure, 100 * share, plan.acceptance(share), name, colour, (1, 1), legend=True)
        if isinstance(plan, VariablesPlan):
            _line(figure, 100 * share, np.full(len(share), float(plan.n)), name, colour, (1, 2))
            continue
        _line(figure, 100 * share, plan.average_sample(share), name, colour, (1, 2))
        if lot_size is not None:
            _line(figure, 100 * share, 100 * plan.outgoing_quality(share, lot_size), name, colour, (2, 1))
            _line(figure, 100 * share, plan.total_inspection(share, lot_size), name, colour, (2, 2))
    figure.update_xaxes(title="nonconforming, per cent")
    figure.update_yaxes(range=[0, 1.02], row=1, col=1)
    figure.update_layout(template="plotly_white", height=420 * rows, width=1100)
    return figure


def _endless(n: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(n)]


def _line(
    figure: Figure,
    x: np.ndarray,
    y: np.ndarray,
    name: str,
    colour: str,
    place: tuple[int, int],
    legend: bool = False,
) -> None:
    import plotly.graph_objects as go

    trace = go.Scatter(x=x, y=y, name=name, legendgroup=name, showlegend=legend, line_color=colour)
    figure.add_trace(trace, row=place[0], col=place[1])
