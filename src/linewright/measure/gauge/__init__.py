"""Measurement systems: how much of what is seen is the gauge, and is the gauge good enough.

Gauge R&R crossed (analysis of variance, average and range), nested and expanded; type 1 and 3, bias,
linearity, stability; attribute agreement; and what the gauge's share means for capability and for the
uncertainty of a single reading. Where books and programs differ, `docs/quality-conventions-gauges.md` says
what is done here and why.
"""

from linewright.measure.gauge.agreement import (
    FleissKappa,
    Kappa,
    KendallW,
    Symmetry,
    bowker_of_table,
    bowker_test,
    cohen_kappa,
    fleiss_kappa,
    kendall_w,
    share_interval,
)
from linewright.measure.gauge.attribute import AttributeStudy, attribute_study
from linewright.measure.gauge.average_range import average_range
from linewright.measure.gauge.crossed import crossed_anova
from linewright.measure.gauge.expanded import ExpandedStudy, expanded_study
from linewright.measure.gauge.laboratories import Agreement, compare_laboratories
from linewright.measure.gauge.nested import nested_anova
from linewright.measure.gauge.study import AnovaRow, Component, GaugeStudy
from linewright.measure.gauge.true_capability import observed_capability, true_capability, uncertainty_from
from linewright.measure.gauge.type1 import (
    Bias,
    Linearity,
    Stability,
    Type1Study,
    bias_study,
    linearity_study,
    stability_study,
    type1_study,
)
from linewright.measure.gauge.type3 import type3_study

__all__ = [
    "Agreement",
    "AnovaRow",
    "AttributeStudy",
    "Bias",
    "Component",
    "ExpandedStudy",
    "FleissKappa",
    "GaugeStudy",
    "Kappa",
    "KendallW",
    "Linearity",
    "Stability",
    "Symmetry",
    "Type1Study",
    "attribute_study",
    "average_range",
    "bias_study",
    "bowker_of_table",
    "bowker_test",
    "cohen_kappa",
    "compare_laboratories",
    "crossed_anova",
    "expanded_study",
    "fleiss_kappa",
    "kendall_w",
    "linearity_study",
    "nested_anova",
    "observed_capability",
    "share_interval",
    "stability_study",
    "true_capability",
    "type1_study",
    "type3_study",
    "uncertainty_from",
]
