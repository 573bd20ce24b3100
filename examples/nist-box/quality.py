"""The quality report of the NIST/MTC boxes: capability, agreement of the two laboratories, charts in machining order.

    python examples/nist-box/quality.py [OUT_FOLDER]

Reads `data/measured-values.csv`; writes `nist-quality.html` and `nist-quality.xlsx` into the folder (out), and the
tables `report/agreement.csv` and `report/capability.csv`.
"""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from inspection import SAME_LENGTH
from numpy.typing import NDArray
from openpyxl import Workbook

from linewright.measure.capability.spec import Spec
from linewright.measure.gauge import Agreement, compare_laboratories
from linewright.measure.plots.charts import plot_chart
from linewright.measure.plots.page import Table, write_page
from linewright.measure.plots.style import FAINT, INK, LIMIT, LINE, dress
from linewright.measure.report import Characteristic, Study, add_sheet, study

HERE = Path(__file__).parent
SERIALS = [f"part {k}" for k in range(1, 21)]
MATERIALS = ("box", "cover", "plate")
LABORATORIES = {"first-article": "NIST", "incoming": "MTC"}
LENGTHS = ("Diameter", "DistanceBetween", "Distance", "Width", "Length")
# A part of which most sizes are the nominal to the last digit was not measured: the drawing was written down.
AT_NOMINAL = 0.5


@dataclass(frozen=True)
class Row:
    """One characteristic in one laboratory's file; values in order of serial number, nan where not measured."""

    material: str
    laboratory: str
    name: str
    kind: str
    nominal: float
    lower: float
    upper: float
    values: NDArray[np.float64]

    @property
    def unit(self) -> str:
        return "°" if "Angle" in self.kind else "mm"

    @property
    def tolerance(self) -> float:
        """Its width; of a one-sided tolerance of form or place the distance from zero."""
        return self.upper - self.lower if math.isfinite(self.lower) else self.upper

    @property
    def spec(self) -> Spec:
        return Spec(*(limit if math.isfinite(limit) else None for limit in (self.lower, self.upper)))


def read_rows() -> list[Row]:
    with (HERE / "data" / "measured-values.csv").open(newline="", encoding="utf-8") as stream:
        return [
            Row(
                r["material"], r["laboratory"], r["characteristic"], r["kind"], number(r["nominal"], math.nan),
                number(r["lower"], -math.inf), number(r["upper"], math.inf),
                np.array([number(r[s], math.nan) for s in SERIALS]),
            )
            for r in csv.DictReader(stream)
        ]  # fmt: skip


def number(text: str, missing: float) -> float:
    return float(text) if text else missing


def without_copies(rows: list[Row]) -> tuple[list[Row], list[str]]:
    """The rows without parts whose sizes are the nominals of the drawing; what was left out, in words."""
    left_out: list[str] = []
    for material in MATERIALS:
        for laboratory in LABORATORIES:
            mine = [r for r in rows if (r.material, r.laboratory) == (material, laboratory) and r.kind in LENGTHS]
            for k in range(len(SERIALS)):
                given = [r for r in mine if np.isfinite(r.values[k])]
                same = sum(r.values[k] == r.nominal for r in given)
                if given and same > AT_NOMINAL * len(given):
                    words = f"{material} {k + 1} in the {LABORATORIES[laboratory]} file: {same} of {len(given)} sizes"
                    left_out.append(f"{words} are the nominal to the last digit; it was not measured")
                    for r in rows:
                        if (r.material, r.laboratory) == (material, laboratory):
                            r.values[k] = math.nan
    return rows, left_out


# ---------------------------------------------------------------- the same thing in both files


@dataclass(frozen=True)
class Pair:
    """What both laboratories measured on the same parts: one feature, or the mean of like features."""

    material: str
    name: str
    tolerance: float
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    found: Agreement


def find_pairs(rows: list[Row]) -> list[tuple[str, str, float, NDArray[np.float64], NDArray[np.float64]]]:
    """Lengths known to be the same, then features of one kind, size and tolerance of which both have as many."""
    pairs = []
    known: set[tuple[str, str]] = set()
    for material, lengths in SAME_LENGTH.items():
        for name, (one, other) in lengths.items():
            a, b = (next(r for r in rows if (r.material, r.name) == (material, n)) for n in (one, other))
            known |= {(material, one), (material, other)}
            pairs.append((material, name, a.tolerance, a.values, b.values))
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for r in rows:
        if (r.material, r.name) not in known and math.isfinite(r.upper):
            groups.setdefault((r.material, r.kind, r.nominal, r.lower, r.upper), []).append(r)
    for (material, kind, nominal, _, _), group in groups.items():
        mine = [[r.values for r in group if r.laboratory == laboratory] for laboratory in LABORATORIES]
        if mine[0] and len(mine[0]) == len(mine[1]):
            each = f", mean of {len(mine[0])}" if len(mine[0]) > 1 else ""
            size = f" {nominal:g}" if nominal else " *"
            means = [np.mean(values, axis=0) for values in mine]
            pairs.append((material, f"{words_of(kind)}{size}{each}", group[0].tolerance, means[0], means[1]))
    return pairs


def words_of(kind: str) -> str:
    return {"DistanceBetween": "distance", "Diameter": "Ø"}.get(kind, kind.lower())


def compare_all(rows: list[Row]) -> list[Pair]:
    pairs = find_pairs(rows)
    return [
        Pair(material, name, tolerance, first, second, compare_laboratories(first, second, comparisons=len(pairs)))
        for material, name, tolerance, first, second in pairs
    ]


def verdict(pair: Pair) -> str:
    """What the two files say together, in words."""
    return "disagree" if pair.found.biased else "agree"


# ---------------------------------------------------------------- capability


def studies(rows: list[Row]) -> list[tuple[Row, Study]]:
    """Chart and capability of everything that has a tolerance and some scatter."""
    done = []
    for r in rows:
        values = r.values[np.isfinite(r.values)]
        if len(values) >= 10 and len(set(values)) > 2 and (math.isfinite(r.upper) or math.isfinite(r.lower)):
            named = Characteristic(f"{r.material}: {r.name}", values, r.spec, r.unit)
            done.append((r, study(named)))
    return done


def index(one: Any) -> list[str]:
    return ["", ""] if one is None else [f"{one.value:.2f}", f"{one.interval.low:.2f} to {one.interval.high:.2f}"]


def capability_cells(row: Row, done: Study) -> list[str]:
    found = done.capability
    assert found is not None
    worst = index(found.long_term.worst)
    out = int(((row.values < row.lower) | (row.values > row.upper)).sum())
    bad = "!" if found.ppk < 1.0 else ""
    return [
        f"{row.material} {row.name}", LABORATORIES[row.laboratory], str(found.n), f"{row.nominal:g}",
        f"{found.mean:.4f}", f"{found.overall.sigma * 1000:.1f}" if row.unit == "mm" else f"{found.overall.sigma:.4f}°",
        bad + worst[0], worst[1], f"{found.cpk:.2f}", ("!" if out else "") + str(out), f"{done.normality_p:.3f}",
        str(len(done.chart.signals())),
    ]  # fmt: skip


CAPABILITY_HEAD = (
    "characteristic", "laboratory", "parts", "nominal", "mean", "sd, µm", "Ppk", "95% interval", "Cpk", "outside",
    "normal? p", "signals",
)  # fmt: skip
AGREEMENT_HEAD = (
    "characteristic", "parts", "bias, µm", "interval", "of tolerance", "sd of one", "NIST", "MTC",
    "parts", "correlation", "same parts?", "verdict",
)  # fmt: skip


def agreement_cells(pair: Pair) -> list[str]:
    found, low, high = pair.found, pair.found.bias_interval.low, pair.found.bias_interval.high
    mark = "!" if found.biased else ""
    return [
        f"{pair.material} {pair.name}", str(found.n), f"{mark}{found.bias * 1000:+.1f}",
        f"{low * 1000:+.1f} to {high * 1000:+.1f}", f"{found.bias / pair.tolerance:+.1%}", f"{found.sd_one * 1000:.1f}",
        micrometres(found.sd_first), micrometres(found.sd_second), micrometres(found.sd_parts),
        f"{found.correlation:.2f}", "yes" if found.sees_parts else "no", mark + verdict(pair),
    ]  # fmt: skip


def micrometres(value: float) -> str:
    return "-" if math.isnan(value) else f"{value * 1000:.1f}"


# ---------------------------------------------------------------- pictures


def bias_picture(pairs: list[Pair]) -> go.Figure:
    """Biases with intervals that hold together, in µm, beside zero."""
    figure = go.Figure()
    for pair in reversed(pairs):
        found = pair.found
        colour = LIMIT if found.biased else LINE
        low, high = found.bias_interval.low * 1000, found.bias_interval.high * 1000
        name = f"{pair.material} {pair.name}"
        figure.add_trace(go.Scatter(x=[low, high], y=[name, name], mode="lines", line={"color": colour, "width": 2}))
        figure.add_trace(
            go.Scatter(x=[found.bias * 1000], y=[name], mode="markers", marker={"color": colour, "size": 9})
        )
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    figure.update_xaxes(title_text="NIST less MTC, µm; intervals hold together with 95 %")
    dress(figure, "Do the laboratories agree?", 150 + 30 * len(pairs))
    return figure.update_layout(margin={"l": 240})


def twin_pictures(pairs: list[Pair], names: list[tuple[str, str]]) -> go.Figure:
    """Part by part, one laboratory against the other; on the line both find the same."""
    from plotly.subplots import make_subplots

    chosen = [next(p for p in pairs if (p.material, p.name) == name) for name in names]
    titles = [f"{p.material} {p.name}" for p in chosen]
    figure = make_subplots(rows=1, cols=len(chosen), subplot_titles=titles, horizontal_spacing=0.08)
    for col, pair in enumerate(chosen, start=1):
        both = np.isfinite(pair.first) & np.isfinite(pair.second)
        x, y = pair.second[both], pair.first[both]
        ends = [float(min(x.min(), y.min())), float(max(x.max(), y.max()))]
        figure.add_trace(go.Scatter(x=ends, y=ends, mode="lines", line={"color": FAINT, "width": 1.5}), row=1, col=col)
        labels = [str(k + 1) for k in np.flatnonzero(both)]
        figure.add_trace(
            go.Scatter(
                x=x, y=y, mode="markers+text", text=labels, textposition="top center", textfont={"size": 9},
                marker={"color": LINE, "size": 7},
            ),
            row=1, col=col,
        )  # fmt: skip
        figure.update_xaxes(title_text="MTC, mm", tickformat=".3f", nticks=4, row=1, col=col)
        figure.update_yaxes(title_text="NIST, mm" if col == 1 else "", tickformat=".3f", row=1, col=col)
    return dress(figure, "Part by part: numbers are serial numbers, on the grey line both find the same", 430)


def capability_picture(done: list[tuple[Row, Study]]) -> go.Figure:
    """Ppk of every characteristic, worst first, by part; the line is 1.33."""
    figure = go.Figure()
    for laboratory, colour in (("first-article", LINE), ("incoming", "#d99a4e")):
        mine = [(r, s.capability) for r, s in done if r.laboratory == laboratory and s.capability is not None]
        figure.add_trace(
            go.Scatter(
                x=[r.material for r, _ in mine], y=[max(c.ppk, 0.05) for _, c in mine], mode="markers",
                text=[f"{r.name}: Ppk {c.ppk:.2f}, n {c.n}" for r, c in mine], name=LABORATORIES[laboratory],
                marker={"color": colour, "size": 8, "opacity": 0.6}, hoverinfo="text",
                xaxis="x", offsetgroup=laboratory,
            )
        )  # fmt: skip
    for k, trace in enumerate(figure.data):
        places = {m: i for i, m in enumerate(MATERIALS)}
        rng = np.random.default_rng(k)
        trace.x = [places[m] + (k - 0.5) * 0.34 + rng.uniform(-0.11, 0.11) for m in trace.x]
    figure.add_hline(y=1.33, line={"color": LIMIT, "width": 1.2, "dash": "dash"})
    figure.update_yaxes(type="log", title_text="Ppk (log); below 0.05 shown there", tickvals=[0.1, 0.3, 1, 3, 10, 30])
    figure.update_xaxes(tickvals=[0, 1, 2], ticktext=list(MATERIALS), showgrid=False)
    dress(figure, "Capability of every characteristic: blue NIST, amber MTC; dashed 1.33", 460)
    return figure


SHOWN = (
    ("cover", "Distance 3", "width of the cover"),
    ("box", "Distance 1", "length of the box"),
    ("plate", "Distance 1", "width of the plate"),
    ("cover", "Flatness 1", "flatness of the cover"),
)


def charts(done: list[tuple[Row, Study]]) -> list[tuple[Any, str]]:
    """Individuals in machining order of some characteristics, with Nelson's rules."""
    sections: list[tuple[Any, str]] = []
    for material, name, what in SHOWN:
        one = next(s for r, s in done if (r.material, r.name) == (material, name))
        signals = one.chart.signals()
        words = f"{len(signals)} signals, the first: {signals[0]}." if signals else "No signal: one process."
        figure = plot_chart(one.chart, title=f"{material} {name} ({what}), NIST, in order of serial number", unit="mm")
        sections.append((figure, f"{words} {one.chart.provenance.estimator}."))
    return sections


# ---------------------------------------------------------------- the report


def lead(pairs: list[Pair], done: list[tuple[Row, Study]], left_out: list[str]) -> Table:
    """What to know first."""
    sure = [p for p in pairs if not p.name.endswith("*")]
    biased = [p for p in sure if p.found.biased]
    blind = [p for p in sure if not p.found.sees_parts]
    worst = max(biased, key=lambda p: abs(p.found.bias / p.tolerance))
    found = [(r.material, s.capability) for r, s in done if s.capability is not None]
    able = {m: [c.ppk >= 1.33 for material, c in found if material == m] for m in MATERIALS}
    share = f"{worst.found.bias * 1000:+.1f} µm, {abs(worst.found.bias / worst.tolerance):.1%}"
    rows = [
        ["sizes that both measured (form and place besides, marked *)", f"{len(sure)} of {len(pairs)}"],
        ["sizes on which the laboratories disagree beyond their scatter", f"{len(biased)}"],
        ["the worst, as a share of its tolerance",
         f"{worst.material} {worst.name}: {share}"],
        ["where parts differ too little for both to see the same parts", str(len(blind))],
        *([f"Ppk of 1.33 or more, {m}", f"{sum(a)} of {len(a)}"] for m, a in able.items()),
        *(["left out", words] for words in left_out),
    ]  # fmt: skip
    return Table("In short", ("", ""), rows)


NOTE_AGREEMENT = (
    "All in µm. Bias is NIST less MTC on the same parts, with intervals that hold together for all rows "
    "(Bonferroni). The sd of one result is that of the difference by the root of 2; those of each laboratory and of "
    "the parts are Grubbs' estimates, a dash where what both see in common is not above their noise. Same parts: is "
    "the correlation above zero for certain, or do the parts differ too little for the gauges? Red: zero lies outside "
    "the interval. With * the two files have one feature of that kind and tolerance each, which need not be the same."
)
NOTE_CAPABILITY = (
    "Twenty parts say little: read the interval, not the index. Form and position have one limit and cannot be "
    "normal; where the p-value is small the index is only a description. Plates were cut with cutting speed, feed "
    "and tool length changed on purpose, so theirs is the capability of an experiment, not of a process. Red: Ppk "
    "below 1, parts outside."
)


def write_report(folder: Path) -> None:
    rows, left_out = without_copies(read_rows())
    pairs, done = compare_all(rows), studies(rows)
    agreement = [agreement_cells(p) for p in pairs]
    capability = [capability_cells(r, s) for r, s in sorted(done, key=lambda each: each[1].capability.ppk)]  # type: ignore[union-attr]
    folder.mkdir(parents=True, exist_ok=True)
    write_page(
        folder / "nist-quality.html",
        "NIST/MTC box assembly: what two laboratories measured",
        [
            (lead(pairs, done, left_out), "Parts of NIST and MTC, 2017; NIST does not endorse this software."),
            (bias_picture(pairs), ""),
            (Table("", AGREEMENT_HEAD, agreement), NOTE_AGREEMENT),
            (twin_pictures(pairs, [("cover", "width 101.6"), ("box", "length 144.4"), ("plate", "width 71.2")]), ""),
            (capability_picture(done), ""),
            *charts(done),
            (Table("Capability, the least first", CAPABILITY_HEAD, capability), NOTE_CAPABILITY),
        ],
    )
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, head, cells in (("Agreement", AGREEMENT_HEAD, agreement), ("Capability", CAPABILITY_HEAD, capability)):
        plain = [[as_cell(text) for text in row] for row in cells]
        add_sheet(book, title, head, plain)
        with (HERE / "report" / f"{title.lower()}.csv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows([head, *plain])
    add_sheet(book, "Left out", ("what",), [[words] for words in left_out])
    book.save(folder / "nist-quality.xlsx")


def as_cell(text: str) -> object:
    """Numbers as numbers; the mark of a bad cell dropped."""
    bare = text.removeprefix("!")
    try:
        return float(bare)
    except ValueError:
        return bare


if __name__ == "__main__":
    write_report(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
