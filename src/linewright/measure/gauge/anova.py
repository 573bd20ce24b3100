"""Rows of an analysis of variance table, and a mean that keeps its digits."""

from __future__ import annotations

import math

from scipy.stats import f as f_distribution

from linewright.measure.gauge.study import AnovaRow, FloatArray


def exact_mean(values: FloatArray) -> float:
    """The mean with a correctly rounded sum."""
    return math.fsum(values) / values.size


def plain_row(source: str, df: int, ss: float) -> AnovaRow:
    return AnovaRow(source, df, ss, ss / df if df else math.nan)


def tested_row(source: str, df: int, ss: float, error_ms: float, error_df: int) -> AnovaRow:
    """A source tested against `error_ms`; without error any variation is certain."""
    ms = ss / df
    f = ms / error_ms if error_ms > 0.0 else (math.inf if ms > 0.0 else math.nan)
    p = float(f_distribution.sf(f, df, error_df)) if not math.isnan(f) else math.nan
    return AnovaRow(source, df, ss, ms, f, p)
