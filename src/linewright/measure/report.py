"""The quality report: one HTML page and one XLSX workbook of any number of characteristics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from linewright.errors import InputError, Problem
from linewright.measure.capability.fits import normality
from linewright.measure.capability.normal import Capability, Index, capability
from linewright.measure.capability.spec import Spec
from linewright.measure.charts.chart import Chart
from linewright.measure.charts.variables import usual_chart
from linewright.measure.plots.capability import capability_sixpack
from linewright.measure.plots.charts import plot_chart
from linewright.measure.plots.page import Table, write_page
from linewright.measure.rules.book import RuleBook, nelson
from linewright.measure.subgroups import Subgroups, subgroups

CAPABLE = 1.33  # a Ppk that is commonly asked for


@dataclass(frozen=True)
class Characteristic:
    """What was measured: a name, its data in the order of making, and its tolerance if it has one."""

    name: str
    data: ArrayLike | Subgroups
    spec: Spec | None = None
    unit: str = ""


@dataclass(frozen=True)
class Study:
    """Chart and capability of one characteristic; no capability without a tolerance."""

    characteristic: Characteristic
    chart: Chart
    capability: Capability | None
    normality_p: float


def study(characteristic: Characteristic, rules: RuleBook | None = None) -> Study:
    """Chart, capability and normality of one characteristic."""
    groups = subgroups(characteristic.data)
    found = None if characteristic.spec is None else capability(groups, characteristic.spec)
    chart = usual_chart(groups, rules or nelson())
    return Study(characteristic, chart, found, normality(groups.values).p_value)


def write_report(
    characteristics: Iterable[Characteristic],
    html: Path | str,
    xlsx: Path | str,
    title: str = "Quality report",
    rules: RuleBook | None = None,
) -> list[Study]:
    """Write both files; returns the studies. Characteristics that cannot be studied are named in an error."""
    studies: list[Study] = []
    problems: list[Problem] = []
    for characteristic in characteristics:
        try:
            studies.append(study(characteristic, rules))
        except InputError as fault:
            problems += [
                Problem(p.message, key=f"{characteristic.name}.{p.key}", hint=p.hint) for p in fault.problems
            ]
    if problems:
        raise InputError(problems)
    write_studies(studies, html, xlsx, title)
    return studies


def write_studies(studies: list[Study], html: Path | str, xlsx: Path | str, title: str = "Quality report") -> None:
    """Write both files of studies that are done."""
    if not studies:
        raise InputError([Problem("a report needs at least one characteristic", key="characteristics")])
    _write_html(studies, Path(html), title)
    _write_xlsx(studies, Path(xlsx))


def _write_html(studies: list[Study], path: Path, title: str) -> None:
    sections: list[tuple[object, str]] = [(_overview(studies), OVERVIEW)]
    for done in studies:
        what = done.characteristic
        head = f"{what.name} [{what.unit}]" if what.unit else what.name
        if done.capability is not None and what.spec is not None:
            figure = capability_sixpack(
                what.data, what.spec, title=head, study=done.capability, chart=done.chart
            )
        else:
            figure = plot_chart(done.chart, title=head, unit=what.unit)
        sections.append((figure, _sentence(done)))
    write_page(path, title, sections)


OVERVIEW = (
    f"Red: points that signal, or a Ppk below {CAPABLE:g}. Cpk speaks of the process while it is stable, Ppk of all "
    "parts; both describe nothing while points signal."
)


def _overview(studies: list[Study]) -> Table:
    """One row for each characteristic: where to look first."""
    rows = []
    for done in studies:
        what, found, signals = done.characteristic, done.capability, len(done.chart.signals())
        row = [what.name, what.unit, str(subgroups(what.data).values.size), f"{'!' if signals else ''}{signals}"]
        if found is None:
            row += ["–"] * 3
        else:
            ppk = found.long_term.worst
            between = f"{ppk.interval.low:.2f} to {ppk.interval.high:.2f}"
            row += [f"{found.cpk:.2f}", f"{'!' if ppk.value < CAPABLE else ''}{ppk.value:.2f}", between]
        rows.append(row)
    return Table("", ("characteristic", "unit", "n", "signals", "Cpk", "Ppk", "95 % interval of Ppk"), rows)


def _sentence(done: Study) -> str:
    signals = done.chart.signals()
    state = f"{len(signals)} signals, the first: {signals[0]}." if signals else "No signal."
    source = done.chart.provenance
    return (
        f"{state} {source.method}; {source.estimator}; constants {source.constants}; rules {source.rules}; "
        f"data SHA-256 {source.data_sha256[:16]}…"
    )


def _cells(index: Index | None) -> list[float | None]:
    return [None] * 3 if index is None else [index.value, index.interval.low, index.interval.high]


_HEAD = (
    ["characteristic", "unit", "n", "lsl", "target", "usl", "mean", "sigma within", "sigma overall"]
    + [f"{name}{part}" for name in ("Cp", "Cpk", "Pp", "Ppk", "Cpm") for part in ("", " low", " high")]
    + ["ppm observed", "ppm expected within", "ppm expected overall", "normality p", "signals"]
)


def _summary_row(done: Study) -> list[object]:
    what, found = done.characteristic, done.capability
    values = subgroups(what.data).values
    signals = len(done.chart.signals())
    if found is None:
        blank: list[object] = [None] * (len(_HEAD) - 9)
        blank[-2:] = [done.normality_p, signals]
        sigma = done.chart.parameters[-1]["sigma"]
        overall = float(np.std(values, ddof=1))
        return [
            what.name,
            what.unit,
            values.size,
            None,
            None,
            None,
            float(values.mean()),
            sigma,
            overall,
            *blank,
        ]
    spec, short, long = found.spec, found.short_term, found.long_term
    indices = [c for i in (short.both, short.worst, long.both, long.worst, found.cpm) for c in _cells(i)]
    head = [what.name, what.unit, found.n, spec.lsl, spec.target, spec.usl, found.mean]
    ppm = [found.observed.total, found.expected_within.total, found.expected_overall.total]
    return [*head, found.within.sigma, found.overall.sigma, *indices, *ppm, done.normality_p, signals]


def _write_xlsx(studies: list[Study], path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    add_sheet(book, "Summary", _HEAD, [_summary_row(done) for done in studies])
    signals = [
        [done.characteristic.name, s.panel, s.point + 1, s.rule.name, s.rule.text]
        for done in studies
        for s in done.chart.signals()
    ]
    add_sheet(book, "Signals", ["characteristic", "panel", "point", "rule", "what happened"], signals)
    made = [
        [
            done.characteristic.name,
            p.method,
            p.estimator,
            p.constants,
            p.rules,
            p.limits_revision,
            p.data_sha256,
        ]
        for done in studies
        for p in ([done.chart.provenance] + ([done.capability.provenance] if done.capability else []))
    ]
    head = ["characteristic", "method", "estimator", "constants", "rules", "limits revision", "data SHA-256"]
    add_sheet(book, "How it was made", head, made)
    book.save(path)


def add_sheet(book: Workbook, name: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """One more sheet: a bold head that stays in sight, and rows."""
    sheet = book.create_sheet(name)
    sheet.append(list(head))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([_safe(value) for value in row])
    sheet.freeze_panes = "B2"
    for number, title in enumerate(head, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, min(len(title) + 2, 40))


def _safe(value: object) -> object:
    """Text that a spreadsheet would read as a formula is kept as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
