"""Type 3 study: a gauge without an operator's influence reads several parts several times (VDA 5, Bosch
booklet 10).

    y_ik = mu + P_i + E_ik                            i = 1..p parts, k = 1..r trials

    sigma2_repeatability = MS_E, sigma2_part = (MS_P - MS_E) / r; the gauge is its repeatability.
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
    GaugeStudy,
    clean_columns,
    compare,
    fill_cells,
    tolerance_of,
)
from linewright.measure.result import Provenance, data_hash


def type3_study(
    values: ArrayLike,
    part: Sequence[Hashable],
    *,
    tolerance: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    study_sigmas: float = STUDY_SIGMAS,
    process_sigma: float | None = None,
    confidence: float = 0.95,
) -> GaugeStudy:
    """Repeatability on real parts; `values` [n], `part` [n] labels, balanced. Arguments as in
    `crossed_anova`.
    """
    between(confidence, 0.0, 1.0, "confidence")
    positive(study_sigmas, "study_sigmas")
    measured, codes = clean_columns(values, part=part)
    index, parts = codes["part"]
    cells = fill_cells(measured, (index,), (len(parts),), ("part",))
    p, r = cells.shape
    if p < 2 or r < 2:
        raise InputError([Problem(f"{p} part(s), {r} trial(s): at least two of each are needed", key="part")])
    deviation = cells - np.mean(cells)
    means = deviation.mean(axis=1)
    error = plain_row("repeatability", p * (r - 1), float(np.sum((deviation - means[:, None]) ** 2)))
    between_parts = tested_row("part", p - 1, r * float(np.sum(means**2)), error.ms, error.df)
    spread = max(0.0, (between_parts.ms - error.ms) / r)
    repeatability = variance_interval(error.ms, error.df, confidence)
    room = tolerance_of(tolerance, lower, upper, float(np.mean(measured)))
    a, e = (between_parts.ms, between_parts.df), (error.ms, error.df)
    return GaugeStudy(
        components=compare(
            {
                "gauge": error.ms,
                "repeatability": error.ms,
                "reproducibility": 0.0,
                "part": spread,
                "total": error.ms + spread,
            },
            room,
            study_sigmas,
            {
                "gauge": repeatability,
                "repeatability": repeatability,
                "part": combination_interval([(1.0 / r, *a), (-1.0 / r, *e)], confidence),
                "total": combination_interval([(1.0 / r, *a), (1.0 - 1.0 / r, *e)], confidence),
            },
            process_sigma,
        ),
        anova=(between_parts, error, plain_row("total", p * r - 1, float(np.sum(deviation**2)))),
        interaction_pooled=True,
        study_sigmas=study_sigmas,
        tolerance=room.width,
        values=measured,
        part=index,
        operator=np.zeros_like(index),
        parts=parts,
        operators=("gauge",),
        provenance=Provenance(
            method="type 3 gauge study, one-way analysis of variance",
            estimator="expected mean squares; negative components set to zero",
            data_sha256=data_hash(measured, index),
        ),
    )
