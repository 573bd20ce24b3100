"""Results as tables in the terminal."""

from __future__ import annotations

import math
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from linewright.twin.bottleneck import duration, find_bottleneck
from linewright.twin.figures import STATE_NAMES, Flow
from linewright.twin.indicators import indicators
from linewright.twin.results import Result
from linewright.twin.statistics import Interval


def figure(value: float, digits: int = 4) -> str:
    """A number with so many digits that count."""
    if math.isnan(value):
        return "-"
    if value == 0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{value:,.{min(places, 6)}f}"


def with_width(found: Interval) -> str:
    """`12.34 ± 0.05`; the mean alone where there is no interval."""
    if math.isnan(found.half_width):
        return figure(found.mean)
    width = found.half_width
    if width <= 0.0:
        return figure(found.mean)
    places = min(max(1 - math.floor(math.log10(width)), 0), 6)
    return f"{found.mean:,.{places}f} ± {width:,.{places}f}"


def in_time(found: Interval) -> str:
    """A time with its interval, in the unit in which it is easily read."""
    for size, unit in ((172800.0, "d"), (7200.0, "h"), (120.0, "min"), (0.0, "s")):
        if abs(found.mean) >= size:
            scale = {"d": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0}[unit]
            return f"{with_width(found.scaled(1 / scale))} {unit}"
    return "-"


def percent(share: float) -> str:
    """A share in per cent; nothing where there is nothing."""
    if math.isnan(share) or share == 0.0:
        return ""
    return f"{share:.1%}"


PAGE_WIDTH = 110
GAP = 3  # that a column of a table takes beside its text
SHORT = {
    "processing": "working",
    "off_shift": "off",
    "waiting_crew": "crew",
    "tool_change": "tools",
    "not_ready": "not ready",
}


def how(result: Result) -> str:
    """How the figures were found, in a line."""
    words = [result.kind]
    if result.sampling != "one run":
        words.append(f"{result.replications} {result.sampling} of {duration(result.length_s)}")
        words.append(f"seed {result.seed}")
    else:
        words.append(f"{duration(result.length_s)}")
    if result.warm_up_s:
        words.insert(2, f"after {duration(result.warm_up_s)} of warm-up")
    intervals = "± half-widths of 95% intervals" if result.sampling != "one run" else "no intervals from one run"
    return ", ".join(words) + "; " + intervals


def new_table(title: str, *columns: str) -> Table:
    """An empty table: the first column names, the others count."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
    for k, name in enumerate(columns):
        table.add_column(name, justify="right" if k else "left", no_wrap=True, overflow="fold")
    return table


def fitted(table: Table, width: int) -> list[Table]:
    """The table as it is, or in parts that fit the width, each with the first column: no heading is ever cut."""
    cells = [[cell_text(c) for c in (column.header, *column.cells)] for column in table.columns]
    needs = [max(text.cell_len for text in column) + GAP for column in cells]
    parts: list[list[int]] = [[]]
    room = width - needs[0]
    for k in range(1, len(needs)):
        if parts[-1] and needs[k] > room:
            parts.append([])
            room = width - needs[0]
        parts[-1].append(k)
        room -= needs[k]
    if len(parts) == 1:
        return [table]
    return [_part(table, cells, columns, first=columns is parts[0]) for columns in parts]


def _part(table: Table, cells: list[list[Text]], columns: list[int], first: bool) -> Table:
    kept = [0, *columns]
    part = new_table(str(table.title) if first else "", *(cells[k][0].plain for k in kept))
    for row, style in enumerate(table.rows, start=1):
        part.add_row(*(cells[k][row] for k in kept), style=style.style, end_section=style.end_section)
    return part


def cell_text(cell: Any) -> Text:
    """A cell of a table as text."""
    return cell if isinstance(cell, Text) else Text.from_markup(str(cell))


def flow_table(result: Result) -> Table:
    """Throughput, lead time, work in process by material."""
    columns = ["", "throughput /h", "lead time", "90% within", "on the line", "finished"]
    ordered = result.total.orders_done_n.any()
    columns[2:2] = ["order lead time"] if ordered else []
    extra = [name for name in ("scrapped", "reworked", "lost") if getattr(result.total, f"{name}_n").any()]
    table = new_table("By material", *columns, *extra)
    flows: list[Flow] = [result.total]
    if len(result.materials) > 1:
        flows += result.materials.values()
    for flow in flows:
        table.add_row(
            flow.name,
            with_width(flow.throughput_per_s.scaled(3600)),
            *([in_time(flow.order_lead_time_s)] if ordered else []),
            in_time(flow.lead_time_s),
            in_time(Interval(flow.lead_time_quantile_s(0.9).mean, math.nan, math.nan)),
            with_width(flow.wip),
            figure(flow.finished.mean),
            *(figure(getattr(flow, name).mean, 3) for name in extra),
            style="bold" if flow is result.total else None,
            end_section=flow is result.total,
        )
    return table


def station_table(result: Result) -> Table:
    """Where the machines' time goes."""
    shown = [
        k
        for k, name in enumerate(STATE_NAMES)
        if any(one.state_shares[name].mean > 0 for one in result.work_stations.values())
    ]
    bottleneck = find_bottleneck(result).station
    columns = [SHORT.get(STATE_NAMES[k], STATE_NAMES[k]) for k in shown]
    table = new_table("Share of the machines' time", "", *columns, "OEE", "queue", "wait")
    for name, station in result.work_stations.items():
        shares = station.state_shares
        table.add_row(
            f"{name} *" if name == bottleneck else name,
            *(percent(shares[STATE_NAMES[k]].mean) for k in shown),
            percent(indicators(result, name)["oee"].mean),
            figure(station.queue_length.mean, 3),
            in_time(Interval(station.queue_wait_s.mean, math.nan, math.nan)) if station.queue_left_n.any() else "",
        )
    return table


def quality_table(result: Result) -> Table:
    """First-pass yield of the inspections."""
    table = new_table("Inspections", "", "first-pass yield", "scrap", "rework")
    for name, one in result.inspections.items():
        row = (one.first_pass_yield, one.scrap_share, one.rework_share)
        table.add_row(name, *(f"{with_width(value.scaled(100))} %" for value in row))
    return table


def capability_table(result: Result) -> Table:
    """What the process and its control plan give, by characteristic; escapes in parts per million."""
    table = new_table("Characteristics", "", "Cpk", "Ppk", "escapes, ppm", "measured", "signals", "corrections")
    assert result.quality is not None
    for name, one in result.quality.characteristics.items():
        counts = (figure(one.per_thousand(what).mean, 3) for what in ("measured", "signals", "corrections"))
        table.add_row(
            name, with_width(one.cpk), with_width(one.ppk), with_width(one.escapes.scaled(1e6)), *counts
        )
    table.caption = "measured, signals, corrections: for a thousand units made"
    table.caption_justify = "left"
    return table


def cost_table(result: Result) -> Table:
    """What quality costs for each unit that leaves the line."""
    assert result.quality is not None
    cost = result.quality.cost
    table = new_table(f"Cost of quality, {cost.currency or 'money'} for each unit that leaves", "", "cost")
    for name, value in {**cost.parts, "total": cost.total}.items():
        table.add_row(name, with_width(value), style="bold" if name == "total" else None)
    return table


def order_table(result: Result) -> Table:
    """Orders by material: on time, late by how much."""
    table = new_table("Orders", "", "done", "on time", "mean lateness", "lead time")
    for name, flow in result.materials.items():
        if flow.orders_done_n.any():
            table.add_row(
                name,
                figure(flow.orders_done.mean),
                f"{with_width(flow.orders_on_time.scaled(100))} %",
                in_time(flow.tardiness_s),
                in_time(flow.order_lead_time_s),
            )
    return table


def people_table(result: Result) -> Table:
    """How busy crews and vehicles are."""
    table = new_table("People and vehicles", "", "busy")
    for name, busy in {**result.crews, **result.vehicles}.items():
        table.add_row(name, f"{with_width(busy.scaled(100))} %")
    return table


def conveyor_table(result: Result) -> Table:
    """What conveyors carry: they neither starve nor wait."""
    table = new_table("Conveyors", "", "carried", "on it", "of them waiting at its end")
    for name, belt in result.conveyors.items():
        row = (belt.pieces.mean, belt.on_it.mean, belt.at_its_end.mean)
        table.add_row(name, *(figure(value, 3) for value in row))
    return table


def print_tables(result: Result, console: Console | None = None) -> None:
    """Show a result in the terminal."""
    out = console or Console(highlight=False)
    if not out.is_terminal:
        out.width = PAGE_WIDTH
    out.print(f"[bold]{result.plant}[/bold]: {how(result)}\n")
    parts = [flow_table(result), station_table(result)]
    if result.inspections:
        parts.append(quality_table(result))
    if result.quality is not None:
        parts.append(capability_table(result))
        if result.quality.cost.total.mean > 0:
            parts.append(cost_table(result))
    if any(flow.orders_done_n.any() for flow in result.materials.values()):
        parts.append(order_table(result))
    if result.crews or result.vehicles:
        parts.append(people_table(result))
    if result.conveyors:
        parts.append(conveyor_table(result))
    for table in parts:
        for part in fitted(table, out.width):
            out.print(part)
        out.print()
    found = find_bottleneck(result)
    if found.station:
        out.print(f"[bold]Bottleneck *: {found.station}[/bold]")
        for words in found.evidence:
            out.print(f"  {words}")
    for warning in result.warnings:
        out.print(f"[yellow]warning:[/yellow] {warning}")
