"""What every gauge study gives: where the variation comes from, and whether the gauge is good enough for
it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linewright.errors import InputError, Problem
from linewright.measure.checks import clean_values, finite, positive
from linewright.measure.result import Interval, Provenance

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STUDY_SIGMAS = (
    6.0  # study variation spans this many standard deviations (AIAG MSA 4th edition; 5.15 before 2002)
)


@dataclass(frozen=True, slots=True)
class AnovaRow:
    """One source of variation. `f` and `p` are nan where nothing tests it."""

    source: str
    df: int
    ss: float  # unit of the values, squared
    ms: float
    f: float = math.nan
    p: float = math.nan


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the variation, beside the whole."""

    name: str
    variance: float  # an estimate below zero is reported as zero
    contribution_pct: float  # of the total variance
    study_pct: float  # of the total standard deviation; these do not add up to 100
    tolerance_pct: float | None  # study variation as a share of the tolerance; None without one
    interval: Interval | None = None  # of the variance

    @property
    def sigma(self) -> float:
        return math.sqrt(self.variance)


@dataclass(frozen=True)
class GaugeStudy:
    """A gauge repeatability and reproducibility study.

    `components` holds "gauge", "repeatability", "reproducibility", the operators' share in it ("operator",
    and "interaction" where it is kept), "part" and "total".
    """

    components: dict[str, Component]
    anova: tuple[AnovaRow, ...]
    interaction_pooled: bool
    study_sigmas: float
    tolerance: float | None
    values: FloatArray  # [n] as studied
    part: IntArray  # [n] index into `parts`
    operator: IntArray  # [n] index into `operators`
    parts: tuple[str, ...]
    operators: tuple[str, ...]
    provenance: Provenance

    def __getitem__(self, name: str) -> Component:
        return self.components[name]

    @property
    def distinct_categories(self) -> float:
        """sqrt(2) sigma_part / sigma_gauge (AIAG); infinite for a gauge without variation."""
        gauge = self["gauge"].sigma
        return math.sqrt(2.0) * self["part"].sigma / gauge if gauge > 0.0 else math.inf

    @property
    def ndc(self) -> int:
        """Number of distinct categories: the above cut down to a whole number, at least 1."""
        categories = self.distinct_categories
        return max(1, math.floor(categories)) if math.isfinite(categories) else np.iinfo(np.int32).max

    @property
    def verdict(self) -> str:
        """AIAG's guide: below 10 % accepted, to 30 % conditional; by tolerance where there is one."""
        gauge = self["gauge"]
        share = gauge.study_pct if gauge.tolerance_pct is None else gauge.tolerance_pct
        if share < 10.0:
            return "acceptable"
        return "conditional" if share <= 30.0 else "not acceptable"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What the gauge is judged against: a width, or one limit with the mean it is seen from."""

    width: float | None = None
    room: float | None = None  # one-sided: distance from mean to limit

    def share(self, sigma: float, sigmas: float) -> float | None:
        """Per cent of the tolerance that a spread of `sigmas` standard deviations takes; half of it
        one-sided.
        """
        if self.width is not None:
            return 100.0 * sigmas * sigma / self.width
        return None if self.room is None else 100.0 * 0.5 * sigmas * sigma / self.room


def tolerance_of(tolerance: float | None, lower: float | None, upper: float | None, mean: float) -> Tolerance:
    """From a width, two limits, or one limit (then half the spread is held against its distance from the
    mean).
    """
    if tolerance is not None:
        return Tolerance(width=positive(tolerance, "tolerance"))
    if lower is not None and upper is not None:
        width = finite(upper, "upper") - finite(lower, "lower")
        if width <= 0.0:
            raise InputError([Problem(f"limits {lower:g} and {upper:g} leave no tolerance", key="tolerance")])
        return Tolerance(width=width)
    limit = lower if upper is None else upper
    if limit is None:
        return Tolerance()
    room = abs(finite(limit, "limit") - mean)
    if room == 0.0:
        raise InputError(
            [Problem("the mean stands on the limit: no room to judge the gauge by", key="tolerance")]
        )
    return Tolerance(room=room)


def compare(
    variances: dict[str, float],
    tolerance: Tolerance,
    study_sigmas: float,
    intervals: dict[str, Interval] | None = None,
    process_sigma: float | None = None,
) -> dict[str, Component]:
    """Each variance against the total and the tolerance.

    `process_sigma`: a known total standard deviation; %study then refers to it, and the share of the parts
    is what it leaves (AIAG: for studies whose parts do not span the process).
    """
    variances = {name: max(0.0, variance) for name, variance in variances.items()}
    if process_sigma is not None:
        variances["total"] = positive(process_sigma, "process_sigma") ** 2
        variances["part"] = max(0.0, variances["total"] - variances["gauge"])
    total = variances["total"]
    if total <= 0.0:
        raise InputError([Problem("all values are the same: there is no variation to study", key="values")])
    sure = intervals or {}
    return {
        name: Component(
            name=name,
            variance=variance,
            contribution_pct=100.0 * variance / total,
            study_pct=100.0 * math.sqrt(variance / total),
            tolerance_pct=tolerance.share(math.sqrt(variance), study_sigmas),
            interval=sure.get(name),
        )
        for name, variance in variances.items()
    }


def coded(labels: Sequence[Hashable] | NDArray[np.generic], name: str) -> tuple[IntArray, tuple[str, ...]]:
    """Labels [n] as indices and the sorted distinct labels."""
    found = list(labels)
    if any(label is None or (isinstance(label, float) and math.isnan(label)) for label in found):
        raise InputError([Problem("a label is missing", key=name)])
    distinct = sorted(set(found), key=_natural)
    place = {label: i for i, label in enumerate(distinct)}
    return np.array([place[label] for label in found], np.int64), tuple(str(label) for label in distinct)


def _natural(label: Hashable) -> tuple[int, float, str]:
    """Numbers by their size, words by the alphabet after them."""
    try:
        return (0, float(str(label)), "")
    except ValueError:
        return (1, 0.0, str(label))


def clean_columns(
    values: object, **factors: object
) -> tuple[FloatArray, dict[str, tuple[IntArray, tuple[str, ...]]]]:
    """Values [n] and coded factors of the same length."""
    measured = clean_values(values, "values", 2)  # type: ignore[arg-type]
    codes = {name: coded(labels, name) for name, labels in factors.items()}  # type: ignore[arg-type]
    for name, (index, _) in codes.items():
        if len(index) != len(measured):
            raise InputError([Problem(f"{len(index)} labels for {len(measured)} values", key=name)])
    return measured, codes


def fill_cells(
    values: FloatArray, codes: Sequence[IntArray], sizes: Sequence[int], names: Sequence[str]
) -> FloatArray:
    """Values [n] as a full block [*sizes, trials]; an error names the first cell with another number of
    trials.
    """
    flat = np.ravel_multi_index(tuple(codes), tuple(sizes))
    counts = np.bincount(flat, minlength=int(np.prod(sizes)))
    trials = int(counts[0])
    if trials == 0 or np.any(counts != trials):
        odd = int(np.flatnonzero(counts != np.bincount(counts).argmax())[0])
        cell = np.unravel_index(odd, tuple(sizes))
        where = ", ".join(f"{name} {i + 1}" for name, i in zip(names, cell, strict=True))
        usual = np.bincount(counts).argmax()
        problem = f"the study is not balanced: {where} has {counts[odd]} values, others have {usual}"
        raise InputError([Problem(problem, key="values", hint="an expanded study takes unbalanced data")])
    order = np.argsort(flat, kind="stable")
    return values[order].reshape(*sizes, trials)
