"""Do people (or testers) agree when they judge? Kappas, Kendall's W and Bowker's test, with shares and
intervals.

Ratings come as a table [items, raters] of any labels. Kappa is agreement beyond chance: (P_o - P_e) / (1 -
P_e).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, chi2, norm

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, whole
from linewright.measure.gauge.study import FloatArray, IntArray, coded
from linewright.measure.result import Interval, Provenance, data_hash

Weights = str | FloatArray  # "none", "linear", "quadratic", or a table of agreement weights [k, k]


@dataclass(frozen=True, slots=True)
class Kappa:
    """One coefficient; `z` and `p` test kappa = 0, one-sided upwards as agreement is asked for."""

    kappa: float  # nan where everybody uses one category alone: agreement and chance cannot be told apart
    observed: float  # share of agreement
    expected: float  # by chance
    se_null: float  # under kappa = 0
    z: float
    p: float
    se: float  # for the interval; nan where no formula is known
    interval: Interval | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class FleissKappa:
    """Agreement of many raters over all categories and for each."""

    overall: Kappa
    by_category: dict[str, Kappa]


def cohen_kappa(
    first: Sequence[object],
    second: Sequence[object],
    weights: Weights = "none",
    confidence: float = 0.95,
    order: Sequence[object] | None = None,
) -> Kappa:
    """Cohen's kappa of two raters (1960), weighted (1968) where `weights` says "linear" or "quadratic".

    `order` gives the categories in their order; default is sorted. Standard errors: Fleiss, Cohen & Everitt
    (1969), the one under kappa = 0 for the test, the other for the interval.
    """
    between(confidence, 0.0, 1.0, "confidence")
    table, names = cross_table(first, second, order)
    share = table / table.sum()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    weight = weight_table(weights, len(names))
    observed = float(np.sum(weight * share))
    expected = float(np.sum(weight * np.outer(rows, columns)))
    n = float(table.sum())
    notes = f"weights {weights if isinstance(weights, str) else 'given'}; categories {', '.join(names)}"
    provenance = Provenance(
        "Cohen's kappa",
        "standard errors of Fleiss, Cohen & Everitt 1969",
        rules=notes,
        data_sha256=data_hash(table),
    )
    if expected >= 1.0 - 1e-15:
        return _undefined(observed, expected, provenance)
    kappa = (observed - expected) / (1.0 - expected)
    by_row, by_column = weight @ columns, weight.T @ rows
    both = by_row[:, None] + by_column[None, :]
    null = float(np.sum(np.outer(rows, columns) * (weight - both) ** 2)) - expected**2
    full = float(np.sum(share * (weight - both * (1.0 - kappa)) ** 2))
    full -= (kappa - expected * (1.0 - kappa)) ** 2
    scale = (1.0 - expected) * math.sqrt(n)
    return _kappa(
        kappa,
        observed,
        expected,
        math.sqrt(max(0.0, null)) / scale,
        math.sqrt(max(0.0, full)) / scale,
        confidence,
        provenance,
    )


def fleiss_kappa(ratings: Sequence[Sequence[object]], confidence: float = 0.95) -> FleissKappa:
    """Fleiss' kappa (1971) of a table [items, raters]; the same number of raters each, not always the same
    people.

    Standard error under kappa = 0: Fleiss, Nee & Landis (1979). No interval is given: the null error is not
    one.
    """
    between(confidence, 0.0, 1.0, "confidence")
    index, names = _coded_table(ratings)
    items, raters = index.shape
    counts = np.stack([(index == c).sum(axis=1) for c in range(len(names))], axis=1).astype(float)
    share = counts.sum(axis=0) / counts.sum()
    agreement = (np.sum(counts**2, axis=1) - raters) / (raters * (raters - 1))
    observed, expected = float(np.mean(agreement)), float(np.sum(share**2))
    provenance = Provenance(
        "Fleiss' kappa", "null standard error of Fleiss, Nee & Landis 1979", data_sha256=data_hash(counts)
    )
    spread = share * (1.0 - share)
    by_category = {}
    for c, name in enumerate(names):
        by_category[name] = _category_kappa(counts[:, c], raters, float(spread[c]), confidence, provenance)
    if expected >= 1.0 - 1e-15:
        return FleissKappa(_undefined(observed, expected, provenance), by_category)
    total = float(np.sum(spread))
    inner = total**2 - float(np.sum(spread * (1.0 - 2.0 * share)))
    error = math.sqrt(2.0 * inner / (items * raters * (raters - 1))) / total
    kappa = (observed - expected) / (1.0 - expected)
    return FleissKappa(
        _kappa(kappa, observed, expected, error, math.nan, confidence, provenance), by_category
    )


def _category_kappa(
    counts: FloatArray, raters: int, spread: float, confidence: float, provenance: Provenance
) -> Kappa:
    """One category against all others."""
    items = len(counts)
    observed = float(np.sum(counts * (counts - 1.0))) / max(1.0, float(np.sum(counts)) * (raters - 1))
    share = float(np.sum(counts)) / (items * raters)
    if spread == 0.0:
        return _undefined(observed, share, provenance)
    kappa = 1.0 - float(np.sum(counts * (raters - counts))) / (items * raters * (raters - 1) * spread)
    error = math.sqrt(2.0 / (items * raters * (raters - 1)))
    return _kappa(kappa, observed, share, error, math.nan, confidence, provenance)


def _kappa(
    kappa: float,
    observed: float,
    expected: float,
    null: float,
    full: float,
    confidence: float,
    by: Provenance,
) -> Kappa:
    z = kappa / null if null > 0.0 else math.copysign(math.inf, kappa) if kappa else math.nan
    interval = None
    if not math.isnan(full):
        half = float(norm.ppf(0.5 + 0.5 * confidence)) * full
        interval = Interval(max(-1.0, kappa - half), min(1.0, kappa + half), confidence, "large sample")
    return Kappa(kappa, observed, expected, null, z, float(norm.sf(z)), full, interval, by)


def _undefined(observed: float, expected: float, provenance: Provenance) -> Kappa:
    nan = math.nan
    return Kappa(nan, observed, expected, nan, nan, nan, nan, None, provenance)


def weight_table(weights: Weights, k: int) -> FloatArray:
    """Agreement weights [k, k]: 1 on the diagonal, less the further apart two categories are."""
    if not isinstance(weights, str):
        table: FloatArray = np.asarray(weights, dtype=np.float64)
        if table.shape != (k, k) or not np.all(np.isfinite(table)) or np.any(np.diag(table) != 1.0):
            raise InputError(
                [Problem(f"weights must be {k} x {k} numbers with 1 on the diagonal", key="weights")]
            )
        return table
    places = np.arange(k, dtype=float)
    gap = np.abs(places[:, None] - places[None, :]) / max(1, k - 1)
    kinds: dict[str, FloatArray] = {
        "none": np.eye(k),
        "linear": np.asarray(1.0 - gap, float),
        "quadratic": np.asarray(1.0 - gap**2, float),
    }
    if weights not in kinds:
        raise InputError(
            [Problem(f"weights {weights!r} are not known", key="weights", hint=", ".join(kinds))]
        )
    return kinds[weights]


def cross_table(
    first: Sequence[object], second: Sequence[object], order: Sequence[object] | None = None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Counts [k, k]: how often the first rater said the row while the second said the column."""
    if len(first) != len(second):
        raise InputError([Problem(f"{len(first)} ratings against {len(second)}", key="second")])
    if len(first) < 2:
        raise InputError([Problem("at least two items are needed", key="first")])
    index, names = _coded([*first, *second], order)
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (index[: len(first)], index[len(first) :]), 1.0)
    return table, names


def _coded(labels: list[object], order: Sequence[object] | None) -> tuple[IntArray, tuple[str, ...]]:
    if order is None:
        return coded(labels, "ratings")
    place = {label: i for i, label in enumerate(order)}
    unknown = next((label for label in labels if label not in place), None)
    if unknown is not None:
        raise InputError([Problem(f"rating {unknown!r} is not in the order given", key="order")])
    return np.array([place[label] for label in labels], np.int64), tuple(str(label) for label in order)


def _coded_table(ratings: Sequence[Sequence[object]]) -> tuple[IntArray, tuple[str, ...]]:
    rows = [list(row) for row in ratings]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise InputError([Problem("at least two items and two raters are needed", key="ratings")])
    odd = next((i for i, row in enumerate(rows) if len(row) != len(rows[0])), None)
    if odd is not None:
        raise InputError(
            [
                Problem(
                    f"item {odd + 1} has {len(rows[odd])} ratings, the first has {len(rows[0])}",
                    key="ratings",
                )
            ]
        )
    index, names = coded([label for row in rows for label in row], "ratings")
    return index.reshape(len(rows), -1), names


@dataclass(frozen=True, slots=True)
class KendallW:
    """Kendall's coefficient of concordance: 1 where all raters rank alike, 0 where not at all."""

    w: float
    chi_square: float
    df: int
    p: float
    provenance: Provenance


def kendall_w(scores: FloatArray | Sequence[Sequence[float]]) -> KendallW:
    """Kendall's W of ordinal ratings [items, raters], corrected for ties.

    W = 12 S / (m^2 (n^3 - n) - m T), S the squared deviations of the rank sums, T = sum (t^3 - t) over ties;
    chi-square = m (n - 1) W with n - 1 degrees of freedom (Kendall & Babington Smith 1939; Siegel &
    Castellan 1988).
    """
    from scipy.stats import rankdata

    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or table.shape[0] < 3 or table.shape[1] < 2 or not np.all(np.isfinite(table)):
        raise InputError(
            [Problem("Kendall's W needs numbers of three items and two raters at least", key="scores")]
        )
    n, m = table.shape
    ranks = rankdata(table, axis=0)
    sums = ranks.sum(axis=1)
    squares = float(np.sum((sums - sums.mean()) ** 2))
    ties = sum(
        float(np.sum(c**3 - c)) for c in (np.unique(column, return_counts=True)[1] for column in table.T)
    )
    room = m**2 * (n**3 - n) - m * ties
    w = 12.0 * squares / room if room > 0.0 else math.nan
    statistic = m * (n - 1) * w
    provenance = Provenance("Kendall's W", "corrected for ties", data_sha256=data_hash(table))
    return KendallW(w, statistic, n - 1, float(chi2.sf(statistic, n - 1)), provenance)


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Bowker's test: do two raters err in the same direction as often as in the other?"""

    chi_square: float
    df: int
    p: float
    provenance: Provenance


def bowker_test(
    first: Sequence[object], second: Sequence[object], order: Sequence[object] | None = None
) -> Symmetry:
    """Bowker's test of symmetry (1948); McNemar's without continuity correction where there are two
    categories.

    chi-square = sum over i < j of (n_ij - n_ji)^2 / (n_ij + n_ji); a pair that never occurs says nothing and
    gives no degree of freedom.
    """
    return bowker_of_table(cross_table(first, second, order)[0])


def bowker_of_table(table: FloatArray) -> Symmetry:
    """Bowker's test of a square table of counts."""
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or np.any(counts < 0):
        raise InputError([Problem("a square table of counts is needed", key="table")])
    upper = counts[np.triu_indices(len(counts), 1)]
    lower = counts.T[np.triu_indices(len(counts), 1)]
    seen = (upper + lower) > 0.0
    statistic = float(np.sum((upper[seen] - lower[seen]) ** 2 / (upper[seen] + lower[seen])))
    df = int(np.count_nonzero(seen))
    p = float(chi2.sf(statistic, df)) if df else 1.0
    provenance = Provenance("Bowker's test of symmetry", "chi-square", data_sha256=data_hash(counts))
    return Symmetry(statistic, df, p, provenance)


def share_interval(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Clopper-Pearson: exact interval of a share of `hits` in `n`."""
    whole(n, "n")
    whole(hits, "hits", 0)
    if hits > n:
        raise InputError([Problem(f"{hits} of {n} is no share", key="hits")])
    tail = 0.5 * (1.0 - between(confidence, 0.0, 1.0, "confidence"))
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.isf(tail, hits + 1, n - hits)) if hits < n else 1.0
    return Interval(low, high, confidence, "Clopper-Pearson, exact")
