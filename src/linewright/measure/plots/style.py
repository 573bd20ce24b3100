"""Colours and axes that all pictures of the room share."""

from __future__ import annotations

from typing import Any

INK = "#1f2a36"
LINE = "#3b6ea5"
CENTRE = "#2e7d4f"
LIMIT = "#b23a32"
SIGNAL = "#d62728"
FAINT = "#c3cad2"
SPEC = "#8a4fa3"

MOST_POINTS = 5_000  # points drawn one by one; longer series are thinned to their extremes and signals


def dress(figure: Any, title: str, height: int) -> Any:
    """Title, white ground, grid."""
    figure.update_layout(
        title={"text": title, "x": 0.02, "font": {"size": 17}},
        template="plotly_white",
        font={"family": "Inter, Segoe UI, Helvetica, Arial, sans-serif", "color": INK, "size": 12},
        height=height,
        margin={"l": 60, "r": 80, "t": 70, "b": 50},
        showlegend=False,
        hovermode="closest",
    )
    return figure
