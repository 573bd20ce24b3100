"""One self-contained HTML page: tiles, the line, plots, tables. It needs no network and no other file."""

from __future__ import annotations

import json
import math
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from linewright.twin.bottleneck import duration, find_bottleneck
from linewright.twin.figures import Flow
from linewright.twin.indicators import indicators
from linewright.twin.report import plots
from linewright.twin.report.picture import line_picture
from linewright.twin.report.tables import figure, how
from linewright.twin.results import Result
from linewright.twin.statistics import Interval

HERE = Path(__file__).parent
FOOTER = "Made by Linewright. Line figures after Hopp &amp; Spearman, indicators after ISO 22400-2."
TOWARDS = '<span><i style="background:var(--mark)"></i>towards the bottleneck</span>'


class Page:
    """A page in the making: sections in order, plots by number."""

    def __init__(self, title: str, how_found: str) -> None:
        self.title, self.how_found = title, how_found
        self.parts: list[str] = []
        self.plots: list[dict[str, Any]] = []

    def add(self, html: str) -> None:
        """One more part."""
        self.parts.append(html)

    def plot(self, plot: plots.Plot | None) -> str:
        """The element in which a plot is drawn; nothing where there is no plot."""
        if plot is None:
            return ""
        name = f"plot{len(self.plots)}"
        self.plots.append({"id": name, **plot})
        return f'<div class="plot" id="{name}" style="height:{plot["layout"]["height"]}px"></div>'

    def html(self) -> str:
        """The whole page."""
        return "\n".join(
            [
                '<!doctype html><html lang="en"><head><meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="color-scheme" content="light dark">',
                f"<title>{escape(self.title)}</title>",
                f"<style>{(HERE / 'page.css').read_text()}</style></head><body><main>",
                f'<h1>{escape(self.title)}</h1><p class="how">{escape(self.how_found)}</p>',
                *self.parts,
                f"<footer>{FOOTER}</footer></main>",
                f"<script>{plotly_js()}</script>" if self.plots else "",
                f"<script>const plots = {json.dumps(self.plots)};\n{(HERE / 'page.js').read_text()}</script>"
                if self.plots
                else "",
                "</body></html>",
            ]
        )


def plotly_js() -> str:
    """The plotting library, out of its wheel (which need not be imported for that)."""
    found = find_spec("plotly")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("plotly is not installed")
    return (Path(found.submodule_search_locations[0]) / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def section(title: str, body: str, note: str = "") -> str:
    """A panel with a heading; nothing where there is nothing to show."""
    if not body:
        return ""
    told = f'<p class="note">{note}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{told}{body}</section>"


def pair(*sections: str) -> str:
    """Panels side by side."""
    there = [one for one in sections if one]
    return f'<div class="pair">{"".join(there)}</div>' if there else ""


def table(head: list[str], rows: list[list[str]], first_bold: bool = False) -> str:
    """A table of cells that are HTML already."""
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    lines += ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    marks = ["", ' class="all"' if first_bold else ""]
    return (
        "<table>" + "".join(f"<tr{marks[k] if k < 2 else ''}>{line}</tr>" for k, line in enumerate(lines)) + "</table>"
    )


def cell(found: Interval, suffix: str = "") -> str:
    """A mean with the ends of its interval."""
    if math.isnan(found.mean):
        return "–"
    mean = f"{figure(found.mean)}{suffix}"
    if math.isnan(found.low) or found.low == found.high:
        return mean
    return f'{mean} <span class="range">[{figure(found.low, 3)}, {figure(found.high, 3)}]</span>'


def percent_cell(share: float) -> str:
    """A share in per cent."""
    return "–" if math.isnan(share) else f"{share:.1%}"


def time_cell(found: Interval) -> str:
    """A time with the ends of its interval, in one easy unit."""
    if math.isnan(found.mean):
        return "–"
    size, unit = plots.time_axis(abs(found.mean) * 1.5)
    short = {"weeks": "wk", "days": "d", "hours": "h", "minutes": "min", "seconds": "s"}[unit]
    return cell(found.scaled(1 / size), f" {short}")


def tile(name: str, value: str, unit: str, under: str) -> str:
    """One figure, large."""
    return (
        f'<div class="tile"><div class="name">{escape(name)}</div>'
        f'<div class="value">{value} <small>{unit}</small></div><div class="range">{under}</div></div>'
    )


def range_words(found: Interval, scale: float = 1.0) -> str:
    """`95%: 12.1 to 12.5`."""
    if math.isnan(found.low):
        return "&nbsp;"
    return f"95%: {figure(found.low * scale, 3)} to {figure(found.high * scale, 3)}"


def tiles(result: Result) -> str:
    """The figures that everybody asks for first."""
    total = result.total
    ordered = bool(total.orders_done_n.any())
    lead_s = total.order_lead_time_s if ordered else total.lead_time_s  # of an assembled product the order's says more
    size, unit = plots.time_axis(lead_s.mean if total.finished_n.any() else 1.0)
    through = total.throughput_per_s.scaled(3600)
    shown = [
        tile("throughput", figure(through.mean), "/h", range_words(through)),
        tile(
            "lead time of an order" if ordered else "lead time",
            figure(lead_s.mean / size),
            unit,
            range_words(lead_s, 1 / size),
        ),
        tile("on the line", figure(total.wip.mean), "units", range_words(total.wip)),
    ]
    bottleneck = find_bottleneck(result)
    if bottleneck.station:
        period = bottleneck.active_period_s[bottleneck.station].mean
        shown.append(tile("bottleneck", escape(bottleneck.station), "", f"active {duration(period)} on end"))
    if total.orders_done_n.any():
        share = total.orders_on_time
        shown.append(tile("orders on time", figure(share.mean * 100, 3), "%", range_words(share, 100)))
    if result.inspections:
        shown.append(tile("scrapped", figure(100 * scrap_share(result), 3), "%", "of all units made"))
    return f'<div class="tiles">{"".join(shown)}</div>'


def scrap_share(result: Result) -> float:
    """The share of all units made, components too, that were scrapped."""
    scrapped = sum(float(flow.scrapped_n.sum()) for flow in result.materials.values())
    good = sum(float(flow.finished_n.sum()) for flow in result.materials.values())
    return scrapped / (scrapped + good) if scrapped else 0.0


def legend(result: Result) -> str:
    """The colours of the machines' states."""
    used = [
        state
        for state in plots.STATE_ORDER
        if any(one.state_shares[state].mean > 0 for one in result.work_stations.values())
    ]
    marks = "".join(f'<span><i style="background:var(--{s})"></i>{s.replace("_", " ")}</span>' for s in used)
    return f'<div class="legend">{marks}{TOWARDS}</div>'


def report_page(result: Result) -> Page:
    """The report of a result."""
    page = Page(
        result.plant or "Line",
        how(result).replace("± half-widths of 95% intervals", "95% intervals in brackets"),
    )
    for warning in result.warnings:
        page.add(f'<p class="warning">{escape(warning)}</p>')
    page.add(tiles(result))
    add_figures(page, result)
    return page


def add_figures(page: Page, result: Result, over_time: bool = True) -> None:
    """Picture, plots and tables of a result."""
    bottleneck = find_bottleneck(result)
    evidence = "".join(f"<p>{escape(words)}</p>" for words in bottleneck.evidence)
    heading = f"Bottleneck: {bottleneck.station}" if bottleneck.station else "The line"
    page.add(section(heading, evidence + line_picture(result, bottleneck) + legend(result)))
    page.add(section("Where the machines' time goes", page.plot(plots.state_bars(result))))
    if over_time:
        note = "" if result.replications < 3 else "Mean, and the range of the middle 80% of the runs."
        page.add(
            pair(
                section("Throughput over time", page.plot(plots.throughput_over_time(result)), note),
                section("Work in process over time", page.plot(plots.wip_over_time(result)), note),
            )
        )
    page.add(
        pair(
            section("Lead time", page.plot(plots.lead_times(result.total))),
            section("Queues", page.plot(plots.queue_levels(result))),
        )
    )
    page.add(
        section(
            "Active periods",
            page.plot(plots.active_periods(result, bottleneck.active_period_s)),
            "How long a machine works without waiting for parts or places; the longest limits the line.",
        )
    )
    page.add(section("By material", material_table(result)))
    page.add(
        section("By station", station_table(result), "Availability, effectiveness and quality ratio make the OEE.")
    )
    page.add(section("Inspections", inspection_table(result)))
    page.add(section("Characteristics", capability_table(result), "Counts are for a thousand units made."))
    page.add(section("Cost of quality", cost_table(result)))
    page.add(section("Orders", order_table(result)))
    page.add(section("People and vehicles", people_table(result)))
    page.add(section("Conveyors", conveyor_table(result)))


def material_table(result: Result) -> str:
    """Throughput, lead time, work in process."""
    flows: list[Flow] = [result.total, *(result.materials.values() if len(result.materials) > 1 else [])]
    head = ["", "throughput /h", "lead time", "90% within", "on the line", "finished", "scrapped", "reworked"]
    rows = [
        [
            escape(flow.name),
            cell(flow.throughput_per_s.scaled(3600)),
            time_cell(flow.lead_time_s),
            time_cell(flow.lead_time_quantile_s(0.9)),
            cell(flow.wip),
            figure(flow.finished.mean),
            figure(flow.scrapped.mean, 3),
            figure(flow.reworked.mean, 3),
        ]
        for flow in flows
    ]
    return table(head, rows, first_bold=True)


def station_table(result: Result) -> str:
    """Indicators and queues."""
    rows = []
    for name, station in result.work_stations.items():
        found = indicators(result, name)
        shares = [percent_cell(found[key].mean) for key in ("availability", "effectiveness", "quality_ratio")] + [
            cell(found["oee"].scaled(100), " %")
        ]
        rows.append(
            [
                escape(name),
                figure(station.pieces.mean),
                *shares,
                figure(station.failures.mean, 3),
                cell(station.queue_length),
                time_cell(station.queue_wait_s),
            ]
        )
    head = ["", "pieces", "availability", "effectiveness", "quality", "OEE", "failures", "waiting", "wait"]
    return table(head, rows)


def inspection_table(result: Result) -> str:
    """First-pass yield."""
    rows = [
        [
            escape(name),
            *(cell(v.scaled(100), " %") for v in (one.first_pass_yield, one.scrap_share, one.rework_share)),
        ]
        for name, one in result.inspections.items()
    ]
    return table(["", "first-pass yield", "scrap", "rework"], rows) if rows else ""


def capability_table(result: Result) -> str:
    """What the process and its control plan give."""
    if result.quality is None:
        return ""
    rows = [
        [
            escape(name),
            cell(one.cpk),
            cell(one.ppk),
            cell(one.yield_made.scaled(100), " %"),
            cell(one.escapes.scaled(1e6)),
            *(figure(one.per_thousand(what).mean, 3) for what in ("measured", "signals", "corrections", "holds")),
        ]
        for name, one in result.quality.characteristics.items()
    ]
    head = ["", "Cpk", "Ppk", "made good", "escapes, ppm", "measured", "signals", "corrections", "held"]
    return table(head, rows)


def cost_table(result: Result) -> str:
    """What quality costs for each unit that leaves the line."""
    if result.quality is None or not result.quality.cost.total.mean > 0:
        return ""
    cost = result.quality.cost
    rows = [["total", cell(cost.total)], *([name, cell(value)] for name, value in cost.parts.items())]
    return table(["", f"{escape(cost.currency)} for each unit"], rows, first_bold=True)


def order_table(result: Result) -> str:
    """On time, late by how much."""
    rows = [
        [
            escape(name),
            figure(flow.orders_done.mean),
            cell(flow.orders_on_time.scaled(100), " %"),
            time_cell(flow.tardiness_s),
            time_cell(flow.order_lead_time_s),
        ]
        for name, flow in result.materials.items()
        if flow.orders_done_n.any()
    ]
    return table(["", "done", "on time", "mean lateness", "lead time"], rows) if rows else ""


def people_table(result: Result) -> str:
    """How busy."""
    rows = [[escape(name), cell(busy.scaled(100), " %")] for name, busy in {**result.crews, **result.vehicles}.items()]
    return table(["", "busy"], rows) if rows else ""


def conveyor_table(result: Result) -> str:
    """What conveyors carry."""
    rows = [
        [escape(name), figure(belt.pieces.mean), cell(belt.on_it), cell(belt.at_its_end)]
        for name, belt in result.conveyors.items()
    ]
    return table(["", "carried", "on it", "of them waiting at its end"], rows) if rows else ""


def write_page(result: Result, path: Path) -> None:
    """Write the report of a result to an HTML file."""
    path.write_text(report_page(result).html(), encoding="utf-8")
