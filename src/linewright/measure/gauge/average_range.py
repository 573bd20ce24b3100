"""Crossed gauge R&R by averages and ranges, as on the paper form (AIAG MSA 4th edition, ch. III).

    EV = Rbar / d2(r)
    AV = sqrt((Xdiff / d2*(o, 1))^2 - EV^2 / (p r))
    PV = Rp / d2*(p, 1)

with d2*(n, g) = sqrt(d2(n)^2 + d3(n)^2 / g): the form's K1, K2 and K3 are the reciprocals, here computed for
any number of trials, operators and parts. An interaction cannot be seen; it hides in EV and AV.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from linewright.errors import InputError, Problem
from linewright.measure.checks import positive
from linewright.measure.constants import SOURCE, d2, d3
from linewright.measure.gauge.study import (
    STUDY_SIGMAS,
    GaugeStudy,
    clean_columns,
    compare,
    fill_cells,
    tolerance_of,
)
from linewright.measure.result import Provenance, data_hash


def d2_star(n: int, groups: int) -> float:
    """Divisor of an average of `groups` ranges of n (Duncan, Quality Control and Industrial Statistics)."""
    return math.sqrt(d2(n) ** 2 + d3(n) ** 2 / groups)


def average_range(
    values: ArrayLike,
    part: Sequence[Hashable],
    operator: Sequence[Hashable],
    *,
    tolerance: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    study_sigmas: float = STUDY_SIGMAS,
    process_sigma: float | None = None,
) -> GaugeStudy:
    """Gauge R&R by the average and range method; arguments as in `crossed_anova`, one operator is allowed."""
    positive(study_sigmas, "study_sigmas")
    measured, codes = clean_columns(values, part=part, operator=operator)
    (p_index, parts), (o_index, operators) = codes["part"], codes["operator"]
    cells = fill_cells(measured, (p_index, o_index), (len(parts), len(operators)), ("part", "operator"))
    p, o, r = cells.shape
    if p < 2 or r < 2:
        raise InputError(
            [Problem(f"{p} part(s), {r} trial(s): at least two of each are needed", key="values")]
        )
    repeatability = float(np.mean(np.ptp(cells, axis=2))) / d2(r)
    operator_variance = 0.0
    if o > 1:
        spread = float(np.ptp(cells.mean(axis=(0, 2)))) / d2_star(o, 1)
        operator_variance = max(0.0, spread**2 - repeatability**2 / (p * r))
    part_sigma = float(np.ptp(cells.mean(axis=(1, 2)))) / d2_star(p, 1)
    gauge = repeatability**2 + operator_variance
    variances = {
        "gauge": gauge,
        "repeatability": repeatability**2,
        "reproducibility": operator_variance,
        "operator": operator_variance,
        "part": part_sigma**2,
        "total": gauge + part_sigma**2,
    }
    room = tolerance_of(tolerance, lower, upper, float(np.mean(measured)))
    provenance = Provenance(
        method="crossed gauge R&R, average and range method",
        estimator="EV = Rbar/d2(r), AV and PV from ranges of means with d2*(n, 1)",
        constants=SOURCE,
        data_sha256=data_hash(measured, p_index, o_index),
        notes=("an interaction of parts and operators cannot be seen by this method",),
    )
    return GaugeStudy(
        components=compare(variances, room, study_sigmas, None, process_sigma),
        anova=(),
        interaction_pooled=True,
        study_sigmas=study_sigmas,
        tolerance=room.width,
        values=measured,
        part=p_index,
        operator=o_index,
        parts=parts,
        operators=operators,
        provenance=provenance,
    )
