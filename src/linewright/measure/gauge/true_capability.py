"""What the gauge does to what is seen: capability without it, and the uncertainty of one reading."""

from __future__ import annotations

import math

from linewright.errors import InputError, Problem
from linewright.measure.checks import finite, positive
from linewright.measure.gauge.study import GaugeStudy


def true_capability(observed: float, gauge_sigma: float, observed_sigma: float) -> float:
    """Capability of the process itself from the one seen through the gauge.

    Cp_true = Cp_observed / sqrt(1 - (sigma_gauge / sigma_observed)^2), for the observed variance is the sum
    of both (AIAG MSA 4th edition, appendix B). For Cp and Pp; Cpk and Ppk the same way as long as the bias
    is nil.
    """
    seen = finite(observed, "observed")
    share = finite(gauge_sigma, "gauge_sigma") / positive(observed_sigma, "observed_sigma")
    if not 0.0 <= share < 1.0:
        raise InputError(
            [
                Problem(
                    f"the gauge's sigma is {share:.3g} of the observed one: it must be less",
                    key="gauge_sigma",
                )
            ]
        )
    return seen / math.sqrt(1.0 - share**2)


def observed_capability(true: float, gauge_sigma: float, process_sigma: float) -> float:
    """Capability that will be seen through a gauge: the other way round, `process_sigma` without the
    gauge.
    """
    ratio = finite(gauge_sigma, "gauge_sigma") / positive(process_sigma, "process_sigma")
    if ratio < 0.0:
        raise InputError([Problem("a standard deviation cannot be below zero", key="gauge_sigma")])
    return finite(true, "true") / math.sqrt(1.0 + ratio**2)


def uncertainty_from(
    study: GaugeStudy,
    *,
    bias: float = 0.0,
    bias_uncertainty: float = 0.0,
    reference_uncertainty: float = 0.0,
    resolution: float = 0.0,
    readings: int = 1,
) -> float:
    """Standard uncertainty of a result, the mean of `readings` repeats, from a gauge study; unit of the
    values.

    u^2 = sigma_repeatability^2 / readings + sigma_reproducibility^2 + u_bias^2 + u_reference^2 + bias^2 / 3,
    where the resolution takes the place of the repeatability if resolution / sqrt(12) is larger (VDA 5, ISO
    22514-7). A bias that is corrected for is given as 0 with its uncertainty; one that is not enters as a
    rectangular error.
    """
    if readings < 1:
        raise InputError([Problem(f"{readings} readings: at least one is needed", key="readings")])
    repeat = max(study["repeatability"].variance / readings, finite(resolution, "resolution") ** 2 / 12.0)
    systematic = bias_uncertainty**2 + reference_uncertainty**2 + finite(bias, "bias") ** 2 / 3.0
    return math.sqrt(repeat + study["reproducibility"].variance + systematic)
