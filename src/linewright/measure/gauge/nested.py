"""Nested gauge R&R, for destructive tests: each part (batch) goes to one operator alone.

    y_ijk = mu + O_i + P_j(i) + E_k(ij)               i = 1..o operators, j = 1..p batches each, k = 1..r
    trials

    sigma2_repeatability = MS_E, sigma2_part = (MS_P(O) - MS_E) / r, sigma2_operator = (MS_O - MS_P(O)) / (p
    r)

Operators are tested against batches within operators: F = MS_O / MS_P(O), the right denominator of a random
nested model (a plain two-term aov tests against the residual and finds effects that are not there).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, positive
from linewright.measure.gauge.anova import plain_row, tested_row
from linewright.measure.gauge.intervals import combination_interval, variance_interval
from linewright.measure.gauge.study import (
    STUDY_SIGMAS,
    AnovaRow,
    FloatArray,
    GaugeStudy,
    IntArray,
    clean_columns,
    compare,
    fill_cells,
    tolerance_of,
)
from linewright.measure.result import Interval, Provenance, data_hash


def nested_anova(
    values: ArrayLike,
    part: Sequence[Hashable],
    operator: Sequence[Hashable],
    *,
    tolerance: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    study_sigmas: float = STUDY_SIGMAS,
    process_sigma: float | None = None,
    confidence: float = 0.95,
) -> GaugeStudy:
    """Nested gauge R&R; the same batch label under two operators means two batches. Balanced, two trials at
    least.
    """
    positive(study_sigmas, "study_sigmas")
    between(confidence, 0.0, 1.0, "confidence")
    measured, codes = clean_columns(values, part=part, operator=operator)
    (p_labels, part_names), (o_index, operators) = codes["part"], codes["operator"]
    within = _batches_within(p_labels, o_index, operators)
    batches = int(within.max()) + 1
    cells = fill_cells(measured, (o_index, within), (len(operators), batches), ("operator", "batch"))
    if len(operators) < 2 or cells.shape[1] < 2 or cells.shape[2] < 2:
        raise InputError(
            [
                Problem(
                    "a nested study needs two operators, two batches each and two trials each", key="values"
                )
            ]
        )
    table = _sums_of_squares(cells)
    variances = _components(table, cells.shape)
    intervals = _intervals(table, cells.shape, confidence)
    room = tolerance_of(tolerance, lower, upper, float(np.mean(measured)))
    provenance = Provenance(
        method="nested gauge R&R, analysis of variance, all factors random",
        estimator="expected mean squares; negative components set to zero",
        rules="F(operator) = MS_operator / MS_part(operator)",
        data_sha256=data_hash(measured, o_index, within),
    )
    flat = (o_index * batches + within).astype(np.int64)
    names = [""] * (len(operators) * batches)
    for place, label, who in zip(flat, p_labels, o_index, strict=True):
        names[place] = f"{operators[who]}/{part_names[label]}"
    return GaugeStudy(
        components=compare(variances, room, study_sigmas, intervals, process_sigma),
        anova=table,
        interaction_pooled=True,
        study_sigmas=study_sigmas,
        tolerance=room.width,
        values=measured,
        part=flat,
        operator=o_index,
        parts=tuple(names),
        operators=operators,
        provenance=provenance,
    )


def _batches_within(parts: IntArray, operators: IntArray, names: tuple[str, ...]) -> IntArray:
    """The number of each batch among its operator's own, from 0."""
    within = np.empty_like(parts)
    counts = []
    for who in range(len(names)):
        mine = operators == who
        distinct, place = np.unique(parts[mine], return_inverse=True)
        within[mine] = place
        counts.append(len(distinct))
    if len(set(counts)) > 1:
        at = int(np.argmin(counts))
        raise InputError(
            [Problem(f"operator {names[at]} has {counts[at]} batches, others have {max(counts)}", key="part",
                     hint="an expanded study takes unbalanced data")]
        )  # fmt: skip
    return within


def _sums_of_squares(cells: FloatArray) -> tuple[AnovaRow, ...]:
    o, p, r = cells.shape
    deviation = cells - np.mean(cells)
    of_operator = deviation.mean(axis=(1, 2))
    of_batch = deviation.mean(axis=2)
    ss_operator = p * r * float(np.sum(of_operator**2))
    ss_batch = r * float(np.sum((of_batch - of_operator[:, None]) ** 2))
    ss_error = float(np.sum((deviation - of_batch[:, :, None]) ** 2))
    df_batch, df_error = o * (p - 1), o * p * (r - 1)
    return (
        tested_row("operator", o - 1, ss_operator, ss_batch / df_batch, df_batch),
        tested_row("part(operator)", df_batch, ss_batch, ss_error / df_error, df_error),
        plain_row("repeatability", df_error, ss_error),
        plain_row("total", cells.size - 1, float(np.sum(deviation**2))),
    )


def _components(table: tuple[AnovaRow, ...], shape: tuple[int, ...]) -> dict[str, float]:
    operator, batch, error, _ = table
    _, p, r = shape
    repeatability = error.ms
    part = max(0.0, (batch.ms - error.ms) / r)
    reproducibility = max(0.0, (operator.ms - batch.ms) / (p * r))
    gauge = repeatability + reproducibility
    return {
        "gauge": gauge,
        "repeatability": repeatability,
        "reproducibility": reproducibility,
        "operator": reproducibility,
        "part": part,
        "total": gauge + part,
    }


def _intervals(table: tuple[AnovaRow, ...], shape: tuple[int, ...], confidence: float) -> dict[str, Interval]:
    operator, batch, error, _ = table
    _, p, r = shape
    share = 1.0 / (p * r)
    a, b, e = (operator.ms, operator.df), (batch.ms, batch.df), (error.ms, error.df)
    reproducibility = combination_interval([(share, *a), (-share, *b)], confidence)
    return {
        "repeatability": variance_interval(error.ms, error.df, confidence),
        "reproducibility": reproducibility,
        "operator": reproducibility,
        "part": combination_interval([(1.0 / r, *b), (-1.0 / r, *e)], confidence),
        "gauge": combination_interval([(share, *a), (-share, *b), (1.0, *e)], confidence),
        "total": combination_interval([(share, *a), (1.0 / r - share, *b), (1.0 - 1.0 / r, *e)], confidence),
    }
