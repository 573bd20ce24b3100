"""`linewright quality`: inspection files read, converted and judged; gauges; sampling plans."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linewright.commands.answer import answer, warn
from linewright.commands.options import AsJson, Force, TargetFile
from linewright.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from linewright.measure.files import Characteristic, Inspection
    from linewright.measure.gauge import GaugeStudy
    from linewright.measure.report import Study
    from linewright.measure.sampling import Mil105Plan

app = typer.Typer(name="quality", help="Inspection files: read, convert, report, gauge; sampling plans.")

FEWEST_VALUES = 2  # below, there is no spread to speak of

InspectionFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Inspection file: QIF, Q-DAS, CSV, XLSX or Parquet.")
]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots.")]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook with the figures.")]
Operator = Annotated[str, typer.Option("--operator", metavar="COLUMN", help="The column that names the operator.")]
LotSize = Annotated[int, typer.Argument(metavar="LOT", min=2, help="Units in the lot.")]
Aql = Annotated[float, typer.Argument(metavar="AQL", help="Acceptable quality level, per cent.")]
Level = Annotated[
    str | None, typer.Option(help="Inspection level: S-1 to S-4, I to III (II unless said); by variables I to V (IV).")
]
Severity = Annotated[str, typer.Option(help="normal, tightened or reduced.")]
Kind = Annotated[str, typer.Option(help="single, double or multiple; or variables (MIL-STD-414).")]


@app.command()
def read(file: InspectionFile, as_json: AsJson = False) -> None:
    """Say what an inspection file holds, and what in it was not understood."""
    from linewright.measure.files import Status, read_inspection

    found = read_inspection(file)
    judged = found.judge()
    rows = []
    for k, c in enumerate(found.characteristics):
        mine = found.readings.characteristic == k
        outside = int((judged[mine] == Status.FAIL).sum())
        limits = {"nominal": c.nominal, "lower": c.lower, "upper": c.upper, "unit": c.unit}
        rows.append({"key": c.key, "name": c.name, **limits, "readings": int(mine.sum()), "outside": outside})
    facts = {
        "format": found.format,
        "parts": len(found.parts),
        "readings": len(found.readings),
        "characteristics": rows,
        "notes": [asdict(note) for note in found.notes],
    }
    lines = [f"{found.format}: {len(found.parts)} parts, {len(rows)} characteristics, {len(found.readings)} readings"]
    lines += [f"  {r['name']}: {r['readings']} readings, {r['outside']} outside the limits" for r in rows]
    answer(facts, "\n".join([*lines, *(f"  note: {note}" for note in found.notes)]), as_json)


@app.command()
def convert(file: InspectionFile, target: TargetFile, force: Force = False, as_json: AsJson = False) -> None:
    """Write an inspection file in another format: .qif, .dfq, .csv, .xlsx or .parquet."""
    from linewright.measure.files import read_inspection, write_qdas, write_qif, write_table

    tables = dict.fromkeys((".csv", ".xlsx", ".parquet"), write_table)
    writers = {".qif": write_qif, ".dfq": write_qdas, **tables}
    ending = target.suffix.lower()
    if ending not in writers:
        raise InputError([Problem(f"{ending!r} cannot be written", str(target), hint=nearest(ending, writers))])
    if target.exists() and not force:
        raise InputError([Problem("is there already", str(target), hint="--force writes over it")])
    left_out = writers[ending](read_inspection(file), target)
    facts = {"written": str(target), "left_out": [asdict(note) for note in left_out]}
    answer(facts, "\n".join([f"written: {target}", *(f"  left out: {note}" for note in left_out)]), as_json)


@app.command()
def report(file: InspectionFile, html: Html = None, xlsx: Xlsx = None, as_json: AsJson = False) -> None:
    """Chart and capability of every characteristic in a file, as a page and a workbook."""
    from linewright.measure import report as reports
    from linewright.measure.files import read_inspection

    html, xlsx = html or Path(f"{file.stem}-quality.html"), xlsx or Path(f"{file.stem}-quality.xlsx")
    studies, left_out = [], []
    for c, values in measured_values(read_inspection(file)):
        if len(values) < FEWEST_VALUES:
            left_out.append(Problem(f"{counted(len(values), 'value')}: too few to study", str(file), key=c.name))
            continue
        try:
            studies.append(reports.study(reports.Characteristic(c.name, values, spec_of(c), c.unit)))
        except InputError as fault:
            left_out += placed(fault, file, c.name)
    if not studies:
        raise InputError(left_out or [Problem("nothing that was measured is in it", str(file))])
    if not as_json:
        warn(left_out)
    reports.write_studies(studies, html, xlsx, title=f"Quality report: {file.name}")
    rows = [study_row(study) for study in studies]
    unused = [{"name": p.key, "why": p.message} for p in left_out]
    facts = {"html": str(html), "xlsx": str(xlsx), "characteristics": rows, "left_out": unused}
    lines = [
        f"{r['name']}: {counted(r['n'], 'value')}, {counted(r['signals'], 'signal')}{ppk_words(r)}" for r in rows
    ]
    answer(facts, "\n".join([*lines, f"written: {html}", f"written: {xlsx}"]), as_json)


@app.command()
def gauge(file: InspectionFile, operator: Operator = "operator", html: Html = None, as_json: AsJson = False) -> None:
    """Gauge repeatability and reproducibility by analysis of variance, every part by every operator."""
    from linewright.measure.files import read_inspection
    from linewright.measure.gauge import crossed_anova

    found = read_inspection(file)
    if operator not in found.readings.extra:
        hint = nearest(operator, found.readings.extra) or "a column that names the operator of each reading"
        raise InputError([Problem(f"there is no column {operator!r}", str(file), key="--operator", hint=hint)])
    studies: dict[str, GaugeStudy] = {}
    for k, c in enumerate(found.characteristics):
        mine = found.readings.characteristic == k
        parts = [found.parts[i].key for i in found.readings.part[mine]]
        operators = list(found.readings.extra[operator][mine])
        try:
            study = crossed_anova(found.readings.value[mine], parts, operators, lower=c.lower, upper=c.upper)
        except InputError as fault:
            raise InputError(placed(fault, file, c.name)) from fault
        studies[c.name] = study
    if html:
        from linewright.measure.gauge.plot import gauge_panel
        from linewright.measure.plots.page import write_page

        panels = [(gauge_panel(study, name), verdict_words(name, study)) for name, study in studies.items()]
        write_page(html, f"Gauge study: {file.name}", panels)
    facts = {name: gauge_facts(study) for name, study in studies.items()}
    answer(facts, "\n".join(verdict_words(name, study) for name, study in studies.items()), as_json)


@app.command()
def sampling(
    lot: LotSize, aql: Aql, level: Level = None, severity: Severity = "normal", kind: Kind = "single",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The sampling plan of MIL-STD-105E (or 414, by variables) for a lot, and what it protects from."""
    from linewright.measure.sampling import plan_for_lot

    if kind == "variables":
        sample_by_variables(lot, aql, level or "IV", severity, as_json)
        return
    found = plan_for_lot(lot, aql, level or "II", severity, kind)  # type: ignore[arg-type]  # checked there
    likely, seldom = found.plan.quality_at(0.95), found.plan.quality_at(0.10)
    stages = [asdict(stage) for stage in found.plan.stages]
    facts = {"letter": found.letter, "kind": found.kind, "stages": stages, "accepted_95": likely, "accepted_10": seldom}
    lines = [f"letter {found.letter}, {severity} inspection, {found.kind} sampling", *stage_words(found, lot)]
    lines.append(f"  accepted 95 times in 100 at {likely:.2%} defective, 10 times in 100 at {seldom:.2%}")
    answer(facts, "\n".join(lines), as_json)


def sample_by_variables(lot: int, aql: float, level: str, severity: str, as_json: bool) -> None:
    """The same by variables: how many to measure, and how far the mean has to lie from a limit."""
    from linewright.measure.sampling import variables_plan_for_lot

    found = variables_plan_for_lot(lot, aql, level, severity)  # type: ignore[arg-type]  # checked there, with a hint
    plan = found.plan
    likely, seldom, most = plan.quality_at(0.95), plan.quality_at(0.10), plan.largest_fraction
    facts = {"letter": found.letter, "kind": "variables", "n": plan.n, "k": plan.k, "m": most}
    lines = [
        f"letter {found.letter}, {severity} inspection, sampling by variables, sigma not known",
        f"  measure {plan.n}: accept where the mean lies at least {plan.k:g} s within the limit",
        f"  with two limits: where at most {most:.2%} are estimated outside them",
        f"  accepted 95 times in 100 at {likely:.2%} defective, 10 times in 100 at {seldom:.2%}",
    ]
    answer(facts | {"accepted_95": likely, "accepted_10": seldom}, "\n".join(lines), as_json)


# ---------------------------------------------------------------- from files to studies, from studies to words


def stage_words(found: Mil105Plan, lot: int) -> Iterator[str]:
    """What to do at each stage of a plan."""
    for stage in found.plan.stages:
        at = f"accept at {stage.accept}" if stage.accept >= 0 else "no acceptance yet"
        yield f"  inspect {stage.n}: {at}, reject at {stage.reject} in all"
    last = found.plan.stages[-1]
    if last.reject > last.accept + 1:
        yield f"  from {last.accept + 1} to {last.reject - 1} at the end: accept, and return to normal inspection"
    if found.plan.sample_size >= lot:
        yield f"  the sample is as large as the lot of {lot}: inspect every unit"


def counted(n: int, what: str) -> str:
    """`1 value`, `2 values`."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def placed(fault: InputError, file: Path, name: str) -> list[Problem]:
    """What is wrong with the values of one characteristic, with the file that they came from."""
    return [Problem(p.message, str(file), key=name, hint=p.hint) for p in fault.problems]


def measured_values(inspection: Inspection) -> Iterator[tuple[Characteristic, NDArray[np.float64]]]:
    """Every measured characteristic with its values (n,) that are numbers."""
    import numpy as np

    for k, c in enumerate(inspection.characteristics):
        if not c.attribute:
            values = inspection.readings.value[inspection.readings.characteristic == k]
            yield c, values[np.isfinite(values)]


def spec_of(c: Characteristic) -> Any:
    """The tolerance of a characteristic; its nominal is the target where it lies inside."""
    from linewright.measure.capability import Spec

    if c.lower is None and c.upper is None:
        return None
    low, high = (-math.inf if c.lower is None else c.lower), (math.inf if c.upper is None else c.upper)
    inside = c.nominal is not None and low < c.nominal < high
    return Spec(c.lower, c.upper, c.nominal if inside else None)


def study_row(study: Study) -> dict[str, Any]:
    """The figures of one characteristic that a script would ask for."""
    found, ppk = study.capability, study.capability and study.capability.long_term.worst
    return {
        "name": study.characteristic.name,
        "n": found.n if found else len(study.chart.stages),
        "signals": len(study.chart.signals()),
        "ppk": {"value": ppk.value, "low": ppk.interval.low, "high": ppk.interval.high} if ppk else None,
    }


def ppk_words(row: dict[str, Any]) -> str:
    """`, Ppk 1.32 (1.10 to 1.54)`, or nothing without a tolerance."""
    ppk = row["ppk"]
    return f", Ppk {ppk['value']:.2f} ({ppk['low']:.2f} to {ppk['high']:.2f})" if ppk else ""


def gauge_facts(study: GaugeStudy) -> dict[str, Any]:
    """Spread and shares of each component of a gauge study."""
    shares = {
        name: {"sigma": c.sigma, "study_pct": c.study_pct, "tolerance_pct": c.tolerance_pct}
        for name, c in study.components.items()
    }
    return {"components": shares, "ndc": study.ndc, "verdict": study.verdict}


def verdict_words(name: str, study: GaugeStudy) -> str:
    """One sentence on a gauge."""
    gauge = study["gauge"]
    of_tolerance = "" if gauge.tolerance_pct is None else f", {gauge.tolerance_pct:.1f} % of the tolerance"
    share = f"{gauge.study_pct:.1f} % of the study variation{of_tolerance}"
    return f"{name}: gauge {share}, {study.ndc} distinct categories: {study.verdict}"
