"""Forecasts as text, JSON and HTML."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from linewright.twin.bottleneck import duration
from linewright.twin.forecast import QUANTILES, Forecast
from linewright.twin.report.facts import number, result_facts
from linewright.twin.report.page import Page, add_figures, section, table, tile
from linewright.twin.report.plots import Plot, rounded, time_axis
from linewright.twin.report.tables import PAGE_WIDTH, figure, new_table


def moment(time_s: float, now_s: float) -> str:
    """A time to come, counted from now."""
    if math.isinf(time_s):
        return "beyond"
    if time_s <= now_s:
        return "done"
    return f"in {duration(time_s - now_s)}"


def forecast_facts(found: Forecast) -> dict[str, Any]:
    """A forecast as one object for JSON; times in s from time 0 of the line, null beyond the horizon."""
    levels = [f"{q:g}" for q in QUANTILES]

    def quantiles(times_s: tuple[float, ...]) -> dict[str, float | None]:
        return {q: None if math.isinf(t) else number(t) for q, t in zip(levels, times_s, strict=True)}

    facts = result_facts(found.result)
    return {
        "plant": found.plant,
        "now_s": found.now_s,
        "horizon_s": found.horizon_s,
        "futures": found.futures,
        "seed": found.seed,
        "orders": [
            {
                "order": order.order,
                "material": order.material,
                "due_s": None if math.isinf(order.due_s) else order.due_s,
                "done_s": quantiles(order.done_s),
                "on_time": order.on_time,
            }
            for order in found.orders
        ],
        "all_done_s": quantiles(found.all_done_s),
        "finished": {q: rounded(found.finished[k]) for k, q in enumerate(levels)},
        "wip": {q: rounded(found.wip[k]) for k, q in enumerate(levels)},
        "times_s": rounded(found.times_s, 9),
        "comes_to_a_stand": found.standing,
        "total": facts["total"],
        "materials": facts["materials"],
        "stations": facts["stations"],
        "bottleneck": facts["bottleneck"],
    }


def print_forecast(found: Forecast, console: Console | None = None) -> None:
    """Show a forecast in the terminal."""
    out = console or Console(highlight=False)
    if not out.is_terminal:
        out.width = PAGE_WIDTH
    out.print(f"[bold]{found.plant}[/bold]: {how(found)}\n")
    if not found.orders and not math.isnan(found.all_done_s[0]):
        out.print("all orders are done")
    if found.orders:
        rows = new_table("Orders", "", "material", "10%", "half of the futures", "90%", "on time")
        for order in found.orders:
            rows.add_row(
                order.order,
                order.material,
                *(moment(t, found.now_s) for t in order.done_s),
                _chance(order.due_s, order.on_time),
            )
        rows.add_section()
        rows.add_row("all orders", "", *(moment(t, found.now_s) for t in found.all_done_s), "", style="bold")
        out.print(rows)
    low, middle, high = found.finished[:, -1]
    out.print(f"finished by then: {figure(middle)} (80% of the futures: {figure(low)} to {figure(high)})")
    low, middle, high = found.wip[:, -1]
    out.print(f"on the line then: {figure(middle)} ({figure(low)} to {figure(high)})")
    if found.standing:
        out.print(f"[yellow]warning:[/yellow] {stand_words(found)}")


def _chance(due_s: float, on_time: float) -> str:
    return "" if math.isinf(due_s) else f"{on_time:.0%}"


def stand_words(found: Forecast) -> str:
    """That the line may come to a stand."""
    return f"the line comes to a stand for good in {found.standing:.1%} of the futures"


def how(found: Forecast) -> str:
    """How the forecast was made, in a line."""
    at = f"{found.now_s / 3600:.4g} h" if found.now_s else "the start"
    return f"{found.futures:,} futures of {duration(found.horizon_s)} from {at} on, seed {found.seed}"


# ---------------------------------------------------------------- the page


def _fan(found: Forecast, values: NDArray[np.float64], title: str, colour: str) -> Plot:
    """The median and the middle 80% of the futures over time."""
    size, unit = time_axis(found.horizon_s)
    x = rounded((found.times_s - found.now_s) / size)
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": x}
    data = [
        {"y": rounded(values[0]), **edge},
        {"y": rounded(values[2]), **edge, "fill": "tonexty", "fillcolor": f"var:{colour}/0.25"},
        {"x": x, "y": rounded(values[1]), "mode": "lines", "line": {"color": f"var:{colour}", "width": 2}},
    ]
    layout = {
        "height": 280,
        "showlegend": False,
        "xaxis": {"title": {"text": f"{unit} from now"}},
        "yaxis": {"title": {"text": title}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout}


def _order_bars(found: Forecast) -> Plot | None:
    """When each order will be done: from 10% to 90%, the median, and its due date."""
    shown = [order for order in found.orders if math.isfinite(order.done_s[0])]
    if not shown:
        return None
    size, unit = time_axis(found.horizon_s)
    end_s = found.now_s + found.horizon_s

    def at(time_s: float) -> float:
        return (min(time_s, end_s) - found.now_s) / size

    names = [order.order for order in shown]
    low, middle, high = (np.array([at(order.done_s[k]) for order in shown]) for k in range(3))
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": names,
            "x": rounded(high - low),
            "base": rounded(low),
            "name": "10% to 90%",
            "marker": {"color": "var:accent/0.45"},
            "width": 0.5,
            "hoverinfo": "skip",
        },
        {
            "y": names,
            "x": rounded(middle),
            "mode": "markers",
            "name": "half of the futures",
            "marker": {"color": "var:accent", "size": 9},
        },
    ]
    due = [order for order in shown if math.isfinite(order.due_s)]
    if due:
        data.append(
            {
                "y": [o.order for o in due],
                "x": rounded(np.array([at(o.due_s) for o in due])),
                "mode": "markers",
                "name": "due",
                "marker": {"color": "var:mark", "symbol": "line-ns-open", "size": 16, "line": {"width": 2.5}},
            }
        )
    layout = {
        "height": 90 + 26 * len(shown),
        "bargap": 0.4,
        "xaxis": {"title": {"text": f"{unit} from now"}},
        "yaxis": {"autorange": "reversed", "type": "category"},
        "margin": {"t": 30},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    }
    return {"data": data, "layout": layout}


def forecast_page(found: Forecast) -> Page:
    """The forecast as a page."""
    page = Page(f"{found.plant}: forecast", how(found))
    if found.standing:
        page.add(f'<p class="warning">{stand_words(found)}</p>')
    page.add(_tiles(found))
    note = "From the moment that 10% of the futures have it done to the moment that 90% have."
    page.add(section("When orders will be done", page.plot(_order_bars(found)), note))
    rows = [
        [
            escape(order.order),
            escape(order.material),
            *(moment(t, found.now_s) for t in order.done_s),
            _chance(order.due_s, order.on_time),
        ]
        for order in found.orders
    ]
    page.add(section("Orders", table(["", "material", "10%", "half", "90%", "on time"], rows) if rows else ""))
    fan = "The median of the futures, and the range of the middle 80%."
    page.add(
        '<div class="pair">'
        + section("Finished", page.plot(_fan(found, found.finished, "finished from now on", "processing")), fan)
        + section("Work in process", page.plot(_fan(found, found.wip, "units on the line", "accent")), fan)
        + "</div>"
    )
    add_figures(page, found.result, over_time=False)
    return page


def _tiles(found: Forecast) -> str:
    shown = []
    if found.orders:
        low, middle, high = (moment(t, found.now_s) for t in found.all_done_s)
        shown.append(tile("all orders done", middle, "", f"80%: {low} to {high}"))
        due = [order for order in found.orders if math.isfinite(order.due_s)]
        if due:
            late = sum(order.on_time < 0.5 for order in due)
            shown.append(
                tile(
                    "likely late",
                    str(late),
                    f"of {len(due)} orders",
                    "on time in less than half of the futures",
                )
            )
    for name, values in (("finished by then", found.finished[:, -1]), ("on the line then", found.wip[:, -1])):
        shown.append(tile(name, figure(values[1]), "units", f"80%: {figure(values[0])} to {figure(values[2])}"))
    return f'<div class="tiles">{"".join(shown)}</div>'


def write_forecast(found: Forecast, path: Path) -> None:
    """Write the forecast to an HTML file."""
    path.write_text(forecast_page(found).html(), encoding="utf-8")


__all__ = ["forecast_facts", "forecast_page", "print_forecast", "write_forecast"]
