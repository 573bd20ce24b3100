"""The plots of a report, as the plain data that plotly.js draws. `var:name` is a colour of the page."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.twin.figures import STATE_NAMES, Flow
from linewright.twin.results import Result

Plot = dict[str, Any]  # data, layout

SERIES_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8d949b", "#b8a800")
DASHES = ("solid", "dash", "dot", "dashdot")
STATE_ORDER = (
    "processing",
    "setup",
    "tool_change",
    "not_ready",
    "waiting_crew",
    "down",
    "blocked",
    "starved",
    "held",
    "off_shift",
)
QUEUES_SHOWN = 8


def time_axis(length_s: float) -> tuple[float, str]:
    """Seconds to a unit, and its name, for an axis of such a length."""
    for size, unit in ((604800.0, "weeks"), (86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if length_s >= 3 * size:
            return size, unit
    return 1.0, "seconds"


def rounded(values: NDArray[np.floating[Any]], digits: int = 5) -> list[float | None]:
    """Numbers with so many digits, fit for JSON."""
    return [None if math.isnan(v) else float(f"{v:.{digits}g}") for v in values.tolist()]


def state_bars(result: Result) -> Plot:
    """One bar for each station: where its machines' time goes."""
    names = list(result.work_stations)
    data = []
    for state in STATE_ORDER:
        shares = np.array([result.stations[name].state_shares[state].mean for name in names])
        if not shares.any():
            continue
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": state.replace("_", " "),
                "y": names,
                "x": rounded(shares * 100),
                "marker": {"color": f"var:{state}"},
                "hovertemplate": "%{y}: %{x:.1f} % " + state.replace("_", " ") + "<extra></extra>",
            }
        )
    layout = {
        "barmode": "stack",
        "bargap": 0.28,
        "height": 70 + 26 * len(names),
        "xaxis": {"range": [0, 100], "ticksuffix": " %"},
        "yaxis": {"autorange": "reversed"},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "margin": {"t": 34},
    }
    return {"data": data, "layout": layout}


def _band(x: list[float | None], values: NDArray[np.float64], colour: str, name: str) -> list[dict[str, Any]]:
    """The mean over replications, with the range of their middle 80%."""
    with np.errstate(invalid="ignore"):
        there = np.asarray(~np.isnan(values).all(axis=0))
        values = values[:, there]
    x = [value for value, keep in zip(x, there.tolist(), strict=True) if keep]
    mean = {
        "x": x,
        "y": rounded(np.nanmean(values, axis=0)),
        "name": name,
        "mode": "lines",
        "line": {"color": f"var:{colour}", "width": 2},
    }
    if len(values) < 3:
        return [mean]
    low, high = np.nanquantile(values, (0.1, 0.9), axis=0)
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    return [
        {"x": x, "y": rounded(low), **edge},
        {"x": x, "y": rounded(high), **edge, "fill": "tonexty", "fillcolor": f"var:{colour}/0.2"},
        mean,
    ]


def wip_over_time(result: Result) -> Plot | None:
    """Units on the line, mean and middle 80% of the replications."""
    levels = result.wip_levels
    if levels is None or levels.shape[1] < 3:
        return None
    size, unit = time_axis(result.every_s * levels.shape[1])
    x = rounded((np.arange(levels.shape[1]) * result.every_s) / size)
    layout = {
        "height": 280,
        "showlegend": False,
        "xaxis": {"title": {"text": unit}},
        "yaxis": {"title": {"text": "units on the line"}, "rangemode": "tozero"},
    }
    return {"data": _band(x, levels, "accent", "on the line"), "layout": layout}


def throughput_over_time(result: Result, cells: int = 40) -> Plot | None:
    """Products finished per hour, cell by cell of time."""
    counts = result.finished_counts
    if counts is None or counts.shape[1] < 3:
        return None
    step = max((counts.shape[1] - 1) // cells, 1)
    marks = np.arange(0, counts.shape[1], step)
    rates = np.diff(counts[:, marks], axis=1) / (step * result.every_s) * 3600.0
    size, unit = time_axis(result.every_s * counts.shape[1])
    x = rounded((marks[:-1] + step / 2) * result.every_s / size)
    layout = {
        "height": 280,
        "showlegend": False,
        "xaxis": {"title": {"text": unit}},
        "yaxis": {"title": {"text": "finished per hour"}, "rangemode": "tozero"},
    }
    return {"data": _band(x, rates, "processing", "finished per hour"), "layout": layout}


def lead_times(flow: Flow) -> Plot | None:
    """How long units take from release to end, as shares of them."""
    edges, shares = flow.lead_time_density()
    if len(shares) < 2:
        return None
    size, unit = time_axis(float(edges[-1]))
    middle, width = (edges[1:] + edges[:-1]) / 2 / size, (edges[1] - edges[0]) / size
    lines, notes = [], []
    for k, q in enumerate((0.5, 0.9)):
        at = flow.lead_time_quantile_s(q).mean / size
        lines.append(
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": "var:mark", "dash": ("dash", "dot")[k], "width": 1.5},
            }
        )
        notes.append(
            {
                "x": at,
                "yref": "paper",
                "y": 1 - 0.1 * k,
                "text": f"{q:.0%} within {at:.3g}",
                "showarrow": False,
                "xanchor": "left",
                "xshift": 4,
                "font": {"size": 12},
            }
        )
    data = [
        {
            "type": "bar",
            "x": rounded(middle),
            "y": rounded(shares * 100),
            "width": float(width),
            "marker": {"color": "var:accent"},
            "hovertemplate": "%{x:.3g}: %{y:.2f} %<extra></extra>",
        }
    ]
    layout = {
        "height": 280,
        "bargap": 0.04,
        "shapes": lines,
        "annotations": notes,
        "xaxis": {"title": {"text": f"lead time, {unit}"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": "share of units"}, "ticksuffix": " %"},
    }
    return {"data": data, "layout": layout}


def queue_levels(result: Result) -> Plot | None:
    """Units in the fullest queues over time, mean of the replications."""
    if result.series is None or result.series.shape[1] < 3:
        return None
    areas = result.sums["queue_area_s"].mean(axis=0) / result.length_s
    busiest = sorted(result.places_to_wait(), key=lambda q: -areas[q])[:QUEUES_SHOWN]
    size, unit = time_axis(result.every_s * result.series.shape[1])
    data = []
    for k, q in enumerate(sorted(busiest)):
        levels = result.queue_levels(q)
        assert levels is not None
        with np.errstate(invalid="ignore"):
            mean = np.nanmean(levels, axis=0)
        x = rounded(np.arange(len(mean)) * result.every_s / size)
        data.append(
            {
                "x": x,
                "y": rounded(mean),
                "name": result.layout.queues[q],
                "mode": "lines",
                "line": {
                    "color": SERIES_COLOURS[k % len(SERIES_COLOURS)],
                    "dash": DASHES[k % len(DASHES)],
                    "width": 1.8,
                },
            }
        )
    if not data:
        return None
    layout = {
        "height": 280,
        "xaxis": {"title": {"text": unit}},
        "showlegend": True,
        "yaxis": {"title": {"text": "units waiting"}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}


def active_periods(result: Result, periods: dict[str, Any]) -> Plot:
    """Mean active period by station, with intervals: the longest is the bottleneck."""
    names = [name for name in periods if not math.isnan(periods[name].mean)]
    means = np.array([periods[name].mean for name in names])
    size, unit = time_axis(float(means.max()) if len(means) else 1.0)
    halves = np.array([periods[name].half_width for name in names])
    longest = int(np.argmax(means)) if len(means) else -1
    data = [
        {
            "type": "bar",
            "x": names,
            "y": rounded(means / size),
            "error_y": {
                "type": "data",
                "array": rounded(halves / size),
                "color": "var:soft",
                "thickness": 1.3,
            },
            "marker": {"color": ["var:mark" if k == longest else "var:accent" for k in range(len(names))]},
            "hovertemplate": "%{x}: %{y:.3g} " + unit + "<extra></extra>",
        }
    ]
    layout = {"height": 260, "bargap": 0.35, "yaxis": {"title": {"text": f"active on end, {unit}"}}}
    return {"data": data, "layout": layout}


__all__ = [
    "STATE_NAMES",
    "STATE_ORDER",
    "Plot",
    "active_periods",
    "lead_times",
    "queue_levels",
    "state_bars",
    "throughput_over_time",
    "wip_over_time",
]
