"""Decisions under uncertainty: may this part be called good, what does the rule risk, and what does
correcting do.

Guard bands (ISO 14253-1 by default), specific and global risks (JCGM 106), and the closed forms of run-to-run
correction that the controllers of the line are held against.
"""

from linewright.measure.decide.guard import (
    Limits,
    Verdict,
    Zones,
    conformity_probability,
    dobbert_multiplier,
    guard_factor,
    measurement_capability,
    zones,
)
from linewright.measure.decide.risk import (
    Process,
    Risks,
    global_risks,
    guard_for_risk,
    posterior,
    specific_risk,
    worst_false_acceptance,
)
from linewright.measure.decide.run_to_run import (
    best_weight,
    best_weight_under_drift,
    effective_weight,
    grubbs_variance,
    grubbs_weight,
    mean_square_under_drift,
    offset_under_drift,
    settling_runs,
    variance_on_ima,
    variance_on_white_noise,
)

__all__ = [
    "Limits",
    "Process",
    "Risks",
    "Verdict",
    "Zones",
    "best_weight",
    "best_weight_under_drift",
    "conformity_probability",
    "dobbert_multiplier",
    "effective_weight",
    "global_risks",
    "grubbs_variance",
    "grubbs_weight",
    "guard_factor",
    "guard_for_risk",
    "mean_square_under_drift",
    "measurement_capability",
    "offset_under_drift",
    "posterior",
    "settling_runs",
    "specific_risk",
    "variance_on_ima",
    "variance_on_white_noise",
    "worst_false_acceptance",
    "zones",
]
