"""Capability: how much of the tolerance does the process need, and how sure is that?

`capability` for normal data (Cp, Cpk within, Pp, Ppk, Cpm overall, with intervals), `nonnormal_capability` by
percentiles of a fitted distribution (ISO 22514), `box_cox` and `johnson` to transform, `binomial_capability`,
`poisson_capability`, `step_yields` for attributes. Each result holds its estimators and a hash of its data.
"""

from linewright.measure.capability.attribute import (
    BinomialCapability,
    PoissonCapability,
    Yields,
    binomial_capability,
    poisson_capability,
    step_yields,
)
from linewright.measure.capability.bootstrap import bca
from linewright.measure.capability.drawn import ppk_statistic
from linewright.measure.capability.fits import (
    DISTRIBUTIONS,
    Fit,
    Goodness,
    compare_fits,
    fit,
    goodness,
    normality,
)
from linewright.measure.capability.intervals import (
    cp_interval,
    cpk_interval,
    cpk_lower_bound,
    cpm_interval,
    one_sided_interval,
    proportion_interval,
    rate_interval,
)
from linewright.measure.capability.normal import Capability, Index, IndexSet, capability
from linewright.measure.capability.percentile import NonnormalCapability, nonnormal_capability
from linewright.measure.capability.spec import Fallout, Indices, Spec, compare, normal_fallout, taguchi
from linewright.measure.capability.transforms import BoxCox, Johnson, box_cox, johnson, transformed_capability

__all__ = [
    "DISTRIBUTIONS",
    "BinomialCapability",
    "BoxCox",
    "Capability",
    "Fallout",
    "Fit",
    "Goodness",
    "Index",
    "IndexSet",
    "Indices",
    "Johnson",
    "NonnormalCapability",
    "PoissonCapability",
    "Spec",
    "Yields",
    "bca",
    "binomial_capability",
    "box_cox",
    "capability",
    "compare",
    "compare_fits",
    "cp_interval",
    "cpk_interval",
    "cpk_lower_bound",
    "cpm_interval",
    "fit",
    "goodness",
    "johnson",
    "nonnormal_capability",
    "normal_fallout",
    "normality",
    "one_sided_interval",
    "poisson_capability",
    "ppk_statistic",
    "proportion_interval",
    "rate_interval",
    "step_yields",
    "taguchi",
    "transformed_capability",
]
