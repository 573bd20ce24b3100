"""Crossed gauge R&R: every operator measures every part several times. Two-way random analysis of variance.

    y_ijk = mu + P_i + O_j + (PO)_ij + E_ijk          i = 1..p parts, j = 1..o operators, k = 1..r trials

    sigma2_repeatability = MS_E
    sigma2_interaction   = (MS_PO - MS_E) / r
    sigma2_operator      = (MS_O - MS_PO) / (p r)
    sigma2_part          = (MS_P - MS_PO) / (o r)

Where the interaction is pooled into the error, MS_E of both takes the place of MS_PO and MS_E. Source: AIAG
MSA 4th edition, ch. III; Burdick, Borror & Montgomery (2005).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, choice, positive
from linewright.measure.gauge.anova import plain_row, tested_row
from linewright.measure.gauge.intervals import combination_interval, variance_interval
from linewright.measure.gauge.study import (
    STUDY_SIGMAS,
    AnovaRow,
    FloatArray,
    GaugeStudy,
    clean_columns,
    compare,
    fill_cells,
    tolerance_of,
)
from linewright.measure.result import Interval, Provenance, data_hash

ALPHA_TO_POOL = 0.05  # the interaction is pooled where its p-value lies above this

Interaction = Literal["auto", "keep", "pool"]


def crossed_anova(
    values: ArrayLike,
    part: Sequence[Hashable],
    operator: Sequence[Hashable],
    *,
    tolerance: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    interaction: Interaction = "auto",
    alpha_to_pool: float = ALPHA_TO_POOL,
    study_sigmas: float = STUDY_SIGMAS,
    process_sigma: float | None = None,
    confidence: float = 0.95,
) -> GaugeStudy:
    """Gauge R&R by analysis of variance.

    `values` [n], `part` [n] and `operator` [n] labels, balanced. `interaction`: "auto" pools it where its
    p-value exceeds `alpha_to_pool`, "keep" and "pool" do as they say; with one trial per cell it cannot be
    told from the error and is pooled. %tolerance is of `tolerance`, of `upper - lower`, or of the room to
    the one limit given.
    """
    choice(interaction, ("auto", "keep", "pool"), "interaction")
    between(confidence, 0.0, 1.0, "confidence")
    positive(study_sigmas, "study_sigmas")
    measured, codes = clean_columns(values, part=part, operator=operator)
    (p_index, parts), (o_index, operators) = codes["part"], codes["operator"]
    if len(parts) < 2 or len(operators) < 2:
        few = "part" if len(parts) < 2 else "operator"
        problem = f"{len(parts)} part(s), {len(operators)} operator(s): at least two of each are needed"
        raise InputError([Problem(problem, key=few, hint="a type 1 study needs one of each")])
    cells = fill_cells(measured, (p_index, o_index), (len(parts), len(operators)), ("part", "operator"))
    rows = sums_of_squares(cells)
    pooled = _pools(rows, interaction, alpha_to_pool)
    table = _pooled_table(rows) if pooled else rows
    variances, intervals = _components(table, cells.shape, pooled, confidence)
    room = tolerance_of(tolerance, lower, upper, float(np.mean(measured)))
    how = "pooled into repeatability" if pooled else "kept"
    provenance = Provenance(
        method="crossed gauge R&R, analysis of variance, all factors random",
        estimator=f"expected mean squares, interaction {how}; negative components set to zero",
        rules=f"interaction {interaction}, pooled above p = {alpha_to_pool:g}",
        data_sha256=data_hash(measured, p_index, o_index),
    )
    return GaugeStudy(
        components=compare(variances, room, study_sigmas, intervals, process_sigma),
        anova=table,
        interaction_pooled=pooled,
        study_sigmas=study_sigmas,
        tolerance=room.width,
        values=measured,
        part=p_index,
        operator=o_index,
        parts=parts,
        operators=operators,
        provenance=provenance,
    )


def sums_of_squares(cells: FloatArray) -> tuple[AnovaRow, ...]:
    """The full table of a block [parts, operators, trials]: part, operator, interaction, repeatability,
    total.
    """
    p, o, r = cells.shape
    deviation = cells - np.mean(cells)
    of_part = deviation.mean(axis=(1, 2))
    of_operator = deviation.mean(axis=(0, 2))
    of_cell = deviation.mean(axis=2)
    ss_part = o * r * float(np.sum(of_part**2))
    ss_operator = p * r * float(np.sum(of_operator**2))
    both = of_cell - of_part[:, None] - of_operator[None, :] + np.mean(deviation)
    ss_both = r * float(np.sum(both**2))
    ss_error = float(np.sum((deviation - of_cell[:, :, None]) ** 2))
    df_both, df_error = (p - 1) * (o - 1), p * o * (r - 1)
    ms_both = ss_both / df_both
    total = plain_row("total", cells.size - 1, float(np.sum(deviation**2)))
    part = tested_row("part", p - 1, ss_part, ms_both, df_both)
    operator = tested_row("operator", o - 1, ss_operator, ms_both, df_both)
    if df_error == 0:
        return (
            part,
            operator,
            plain_row("interaction", df_both, ss_both),
            plain_row("repeatability", 0, 0.0),
            total,
        )
    interaction = tested_row("interaction", df_both, ss_both, ss_error / df_error, df_error)
    return part, operator, interaction, plain_row("repeatability", df_error, ss_error), total


def _pools(rows: tuple[AnovaRow, ...], interaction: Interaction, alpha: float) -> bool:
    if rows[3].df == 0:
        if interaction == "keep":
            problem = "one trial per part and operator: interaction and repeatability are one"
            raise InputError([Problem(problem, key="interaction")])
        return True
    return interaction == "pool" or (interaction == "auto" and rows[2].p > alpha)


def _pooled_table(rows: tuple[AnovaRow, ...]) -> tuple[AnovaRow, ...]:
    """Interaction and repeatability as one error, against which parts and operators are tested."""
    part, operator, both, error, total = rows
    df, ss = both.df + error.df, both.ss + error.ss
    ms = ss / df
    return (
        tested_row("part", part.df, part.ss, ms, df),
        tested_row("operator", operator.df, operator.ss, ms, df),
        plain_row("repeatability", df, ss),
        total,
    )


def _components(
    rows: tuple[AnovaRow, ...], shape: tuple[int, ...], pooled: bool, confidence: float
) -> tuple[dict[str, float], dict[str, Interval]]:
    p, o, r = shape
    part, operator, middle = rows[0], rows[1], rows[2]
    error = middle if pooled else rows[3]
    raw = {
        "repeatability": error.ms,
        "operator": (operator.ms - middle.ms) / (p * r),
        "part": (part.ms - middle.ms) / (o * r),
    }
    if not pooled:
        raw["interaction"] = (middle.ms - error.ms) / r
    variances = {name: max(0.0, value) for name, value in raw.items()}
    variances["reproducibility"] = variances["operator"] + variances.get("interaction", 0.0)
    variances["gauge"] = variances["repeatability"] + variances["reproducibility"]
    variances["total"] = variances["gauge"] + variances["part"]
    order = ("gauge", "repeatability", "reproducibility", "operator", "interaction", "part", "total")
    return {name: variances[name] for name in order if name in variances}, _intervals(
        rows, shape, pooled, confidence
    )


def _intervals(
    rows: tuple[AnovaRow, ...], shape: tuple[int, ...], pooled: bool, confidence: float
) -> dict[str, Interval]:
    """Each component as a combination of mean squares."""
    p, o, r = shape
    part, operator = (rows[0].ms, rows[0].df), (rows[1].ms, rows[1].df)
    middle = (rows[2].ms, rows[2].df)
    error = middle if pooled else (rows[3].ms, rows[3].df)
    share = 1.0 / (p * r)

    def over(*terms: tuple[float, tuple[float, int]]) -> Interval:
        return combination_interval([(c, ms, df) for c, (ms, df) in terms if c != 0.0], confidence)

    found = {
        "repeatability": variance_interval(error[0], error[1], confidence),
        "operator": over((share, operator), (-share, middle)),
        "part": over((1.0 / (o * r), part), (-1.0 / (o * r), middle)),
    }
    if pooled:
        found["reproducibility"] = found["operator"]
        found["gauge"] = over((share, operator), (1.0 - share, error))
        found["total"] = over((1.0 / (o * r), part), (share, operator), (1.0 - share - 1.0 / (o * r), error))
        return found
    mixed = (p - 1.0) / (p * r)
    found["interaction"] = over((1.0 / r, middle), (-1.0 / r, error))
    found["reproducibility"] = over((share, operator), (mixed, middle), (-1.0 / r, error))
    found["gauge"] = over((share, operator), (mixed, middle), (1.0 - 1.0 / r, error))
    whole = (p * o - p - o) / (p * o * r)
    found["total"] = over((1.0 / (o * r), part), (share, operator), (whole, middle), (1.0 - 1.0 / r, error))
    return found
