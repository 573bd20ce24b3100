"""Run rules: which patterns of points on a chart are a signal, in batch and point by point.

A `RuleBook` is an ordered choice of rules (`nelson()`, `western_electric()`, or one's own) with the counting
convention stated. `judge` marks a whole series, `RuleStream` takes one point at a time; both go through the
same compiled function, so they cannot disagree.
"""

from linewright.measure.rules.book import (
    RULE_1,
    Kind,
    Rule,
    RuleBook,
    nelson,
    western_electric,
)
from linewright.measure.rules.engine import RuleStream, judge

__all__ = ["RULE_1", "Kind", "Rule", "RuleBook", "RuleStream", "judge", "nelson", "western_electric"]
