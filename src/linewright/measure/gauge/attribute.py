"""Attribute agreement study: people judge the same parts again and again, and against the truth (AIAG MSA
ch. III C).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from linewright.errors import InputError, Problem
from linewright.measure.checks import between
from linewright.measure.gauge.agreement import (
    FleissKappa,
    Kappa,
    KendallW,
    Symmetry,
    bowker_test,
    cohen_kappa,
    fleiss_kappa,
    kendall_w,
    share_interval,
)
from linewright.measure.gauge.study import coded
from linewright.measure.result import Interval, Provenance


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the exact interval."""

    hits: int
    n: int
    interval: Interval

    @property
    def pct(self) -> float:
        return 100.0 * self.hits / self.n


@dataclass(frozen=True, slots=True)
class Rater:
    """How one person did."""

    name: str
    within: Share | None  # parts judged the same in all trials; None with one trial
    within_kappa: FleissKappa | None
    effectiveness: Share | None  # parts judged right in all trials; None without a standard
    kappa_to_standard: Kappa | None  # all trials against the standard
    symmetry_to_standard: Symmetry | None
    miss: Share | None  # bad parts called good, of all judgements of bad parts
    false_alarm: Share | None  # good parts called bad, of all judgements of good parts


@dataclass(frozen=True, slots=True)
class AttributeStudy:
    """An attribute agreement study."""

    raters: tuple[Rater, ...]
    between: Share  # parts on which all people agree in all trials
    between_kappa: FleissKappa
    pairs: dict[tuple[str, str], Kappa]  # Cohen's kappa of two people, all trials
    all_right: Share | None  # parts that all people judge right in all trials
    kendall: KendallW | None  # for ordinal ratings
    provenance: Provenance


def attribute_study(
    ratings: Sequence[Hashable],
    part: Sequence[Hashable],
    rater: Sequence[Hashable],
    *,
    standard: Sequence[Hashable] | None = None,
    good: Hashable | None = None,
    ordinal: bool = False,
    confidence: float = 0.95,
) -> AttributeStudy:
    """Agreement of `rater`s [n] on `part`s [n], every one judging every part equally often.

    `standard` [n] is the truth of each row's part. `good` names the rating that accepts: then the rates of
    misses and false alarms are given. `ordinal`: the ratings are numbers whose order counts (Kendall's W).
    """
    between(confidence, 0.0, 1.0, "confidence")
    index, parts, people = _block(ratings, part, rater)  # [parts, people, trials] of row numbers
    labels = np.array(list(ratings), dtype=object)
    table = labels[index]
    truth = None if standard is None else _truth(standard, index, parts)
    flat = table.reshape(len(parts), -1)
    all_same = np.array([len(set(row)) == 1 for row in flat.tolist()])
    all_right = None
    if truth is not None:
        right = np.array([set(row) == {t} for row, t in zip(flat.tolist(), truth, strict=True)])
        all_right = _share(int(right.sum()), len(parts), confidence)
    pairs = {
        (people[a], people[b]): cohen_kappa(table[:, a].ravel().tolist(), table[:, b].ravel().tolist())
        for a, b in combinations(range(len(people)), 2)
    }
    return AttributeStudy(
        raters=tuple(_rater(people[i], table[:, i], truth, good, confidence) for i in range(len(people))),
        between=_share(int(all_same.sum()), len(parts), confidence),
        between_kappa=fleiss_kappa(flat.tolist(), confidence),
        pairs=pairs,
        all_right=all_right,
        kendall=kendall_w(flat.astype(float)) if ordinal else None,
        provenance=Provenance("attribute agreement study", "kappas and exact shares"),
    )


def _block(
    ratings: Sequence[Hashable], part: Sequence[Hashable], rater: Sequence[Hashable]
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Row numbers [parts, people, trials]."""
    p_index, parts = coded(part, "part")
    r_index, people = coded(rater, "rater")
    n = len(list(ratings))
    if len(p_index) != n or len(r_index) != n:
        raise InputError(
            [Problem(f"{n} ratings, {len(p_index)} parts, {len(r_index)} raters", key="ratings")]
        )
    if len(people) < 2 or len(parts) < 2:
        raise InputError([Problem("at least two parts and two raters are needed", key="rater")])
    flat = p_index * len(people) + r_index
    counts = np.bincount(flat, minlength=len(parts) * len(people))
    if counts.min() != counts.max():
        cell = int(counts.argmin())
        where = f"part {parts[cell // len(people)]}, rater {people[cell % len(people)]}"
        problem = f"{where}: {counts.min()} ratings, elsewhere {counts.max()}"
        raise InputError([Problem(problem, key="ratings")])
    order = np.argsort(flat, kind="stable")
    return order.reshape(len(parts), len(people), -1), parts, people


def _truth(standard: Sequence[Hashable], index: np.ndarray, parts: tuple[str, ...]) -> list[Hashable]:
    labels = list(standard)
    truth = []
    for name, rows in zip(parts, index.reshape(len(parts), -1), strict=True):
        said = {labels[row] for row in rows}
        if len(said) > 1:
            raise InputError(
                [Problem(f"part {name} has more than one truth: {sorted(map(str, said))}", key="standard")]
            )
        truth.append(said.pop())
    return truth


def _rater(
    name: str, table: np.ndarray, truth: list[Hashable] | None, good: Hashable | None, confidence: float
) -> Rater:
    """`table` [parts, trials]."""
    parts, trials = table.shape
    within = within_kappa = None
    if trials > 1:
        same = sum(len(set(row)) == 1 for row in table.tolist())
        within = _share(same, parts, confidence)
        within_kappa = fleiss_kappa(table.tolist(), confidence)
    if truth is None:
        return Rater(name, within, within_kappa, None, None, None, None, None)
    said = table.ravel().tolist()
    true = [t for t in truth for _ in range(trials)]
    right = sum(set(row) == {t} for row, t in zip(table.tolist(), truth, strict=True))
    miss = alarm = None
    if good is not None:
        bad_rows = [s for s, t in zip(said, true, strict=True) if t != good]
        good_rows = [s for s, t in zip(said, true, strict=True) if t == good]
        miss = _share(sum(s == good for s in bad_rows), len(bad_rows), confidence) if bad_rows else None
        alarm = _share(sum(s != good for s in good_rows), len(good_rows), confidence) if good_rows else None
    return Rater(
        name=name,
        within=within,
        within_kappa=within_kappa,
        effectiveness=_share(right, parts, confidence),
        kappa_to_standard=cohen_kappa(said, true, confidence=confidence),
        symmetry_to_standard=bowker_test(said, true),
        miss=miss,
        false_alarm=alarm,
    )


def _share(hits: int, n: int, confidence: float) -> Share:
    return Share(hits, n, share_interval(hits, n, confidence))
