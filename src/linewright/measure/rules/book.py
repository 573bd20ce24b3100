"""The rules as data: what a pattern is, how many points it takes, and how points are counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from linewright.errors import InputError, Problem, nearest
from linewright.measure.checks import choice, positive, whole

LONGEST_WINDOW = 62  # points a "k of m" rule may look back over: one bit each in a signed 64-bit word


class Kind(IntEnum):
    """The seven patterns of which every common rule set is made."""

    BEYOND = 0  # one point beyond `zone` sigma, or beyond the chart's own limits
    SAME_SIDE = 1  # k points in a row on one side of the centre line
    TREND = 2  # k points in a row, each above (or each below) the one before
    ALTERNATE = 3  # k points in a row, alternately up and down
    K_OF_M = 4  # k of m points in a row beyond `zone` sigma on the same side, the last point one of them
    WITHIN = 5  # k points in a row within `zone` sigma of the centre line, either side
    OUTSIDE = 6  # k points in a row beyond `zone` sigma, either side


ZONE_KINDS = frozenset({Kind.K_OF_M, Kind.WITHIN, Kind.OUTSIDE})
STEP_KINDS = frozenset({Kind.TREND, Kind.ALTERNATE})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `zone` in standard deviations of the plotted statistic; NaN: the chart's own limits."""

    name: str
    kind: Kind
    k: int = 1
    m: int = 1
    zone: float = float("nan")
    text: str = ""

    def __post_init__(self) -> None:
        whole(self.k, f"{self.name}.k", at_least=2 if self.kind in STEP_KINDS else 1)
        if self.kind == Kind.K_OF_M and not self.k <= self.m <= LONGEST_WINDOW:
            text = f"{self.k} of {self.m} points: k at most m, m at most {LONGEST_WINDOW}"
            raise InputError([Problem(text, key=self.name)])
        if self.kind in ZONE_KINDS:
            positive(self.zone, f"{self.name}.zone")


@dataclass(frozen=True)
class RuleBook:
    """An ordered choice of rules. Bit i of a signal mask belongs to `rules[i]`.

    `counting` concerns trends and alternation alone: "points" counts k points (Nelson 1984), "steps" counts
    k moves between points, that is k + 1 points (Minitab, JASP).
    """

    name: str
    rules: tuple[Rule, ...]
    counting: str = "points"
    codes: NDArray[np.int64] = field(init=False, repr=False, compare=False)  # (r, 3): kind, k, m
    zones: NDArray[np.float64] = field(init=False, repr=False, compare=False)  # (r,)

    def __post_init__(self) -> None:
        choice(self.counting, ("points", "steps"), "counting")
        if not 0 < len(self.rules) <= 31:
            raise InputError([Problem(f"{len(self.rules)} rules; 1 to 31 can be watched", key="rules")])
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise InputError([Problem(f"a rule is named twice: {', '.join(names)}", key="rules")])
        extra = 1 if self.counting == "steps" else 0
        codes = [(r.kind, r.k + extra * (r.kind in STEP_KINDS), r.m) for r in self.rules]
        object.__setattr__(self, "codes", np.array(codes, dtype=np.int64))
        object.__setattr__(self, "zones", np.array([r.zone for r in self.rules], dtype=np.float64))

    def __str__(self) -> str:
        names = ", ".join(rule.name for rule in self.rules)
        steps = any(rule.kind in STEP_KINDS for rule in self.rules)
        return f"{self.name}: {names}" + (f"; trends count {self.counting}" if steps else "")

    def select(self, *names: str) -> RuleBook:
        """The same book with the named rules alone, in the book's order."""
        known = [rule.name for rule in self.rules]
        for name in names:
            if name not in known:
                raise InputError([Problem(f"no rule {name!r}", key="rules", hint=nearest(name, known))])
        return RuleBook(self.name, tuple(r for r in self.rules if r.name in names), self.counting)

    def without(self, kinds: Iterable[Kind]) -> RuleBook | None:
        """The book without some kinds of rule; None where nothing is left."""
        dropped = frozenset(kinds)
        kept = tuple(rule for rule in self.rules if rule.kind not in dropped)
        return RuleBook(self.name, kept, self.counting) if kept else None

    def bit(self, name: str) -> int:
        """The bit of a signal mask that stands for the named rule."""
        known = [rule.name for rule in self.rules]
        if name not in known:
            raise InputError([Problem(f"no rule {name!r}", key="rules", hint=nearest(name, known))])
        return 1 << known.index(name)

    def fired(self, mask: int) -> tuple[Rule, ...]:
        """The rules that a signal mask stands for."""
        return tuple(rule for i, rule in enumerate(self.rules) if mask >> i & 1)


def _limits_rule(name: str) -> Rule:
    return Rule(name, Kind.BEYOND, text="a point beyond a control limit")


RULE_1 = RuleBook("Shewhart", (_limits_rule("beyond"),))


def nelson(
    *tests: int,
    counting: str = "points",
    same_side: int = 9,
    trend: int = 6,
    alternate: int = 14,
    within: int = 15,
    outside: int = 8,
) -> RuleBook:
    """Nelson's tests for special causes, all eight or those named, as `nelson(1, 2, 5)`.

    Run lengths as in Nelson (1984), Journal of Quality Technology 16, 237-239; each can be changed. Test 8
    asks for points beyond one sigma on either side; it does not ask that both sides occur.
    """
    book = (
        _limits_rule("nelson1"),
        Rule(
            "nelson2",
            Kind.SAME_SIDE,
            same_side,
            text=f"{same_side} points in a row on one side of the centre",
        ),
        Rule("nelson3", Kind.TREND, trend, text=f"{trend} {counting} in a row steadily rising or falling"),
        Rule(
            "nelson4",
            Kind.ALTERNATE,
            alternate,
            text=f"{alternate} {counting} in a row alternating up and down",
        ),
        Rule("nelson5", Kind.K_OF_M, 2, 3, 2.0, "2 of 3 points beyond 2 sigma on the same side"),
        Rule("nelson6", Kind.K_OF_M, 4, 5, 1.0, "4 of 5 points beyond 1 sigma on the same side"),
        Rule("nelson7", Kind.WITHIN, within, 1, 1.0, f"{within} points in a row within 1 sigma"),
        Rule(
            "nelson8", Kind.OUTSIDE, outside, 1, 1.0, f"{outside} points in a row beyond 1 sigma, either side"
        ),
    )
    wanted = tests or tuple(range(1, 9))
    for test in wanted:
        if test not in range(1, 9):
            raise InputError([Problem(f"no Nelson test {test!r}", key="nelson", hint="choose from 1 to 8")])
    return RuleBook("Nelson 1984", tuple(book[test - 1] for test in sorted(set(wanted))), counting)


def western_electric(*rules: int, same_side: int = 8) -> RuleBook:
    """The four zone rules of the Western Electric Handbook (1956), all or those named.

    1 a point beyond 3 sigma, 2 two of three beyond 2 sigma, 3 four of five beyond 1 sigma (same side each),
    4 eight in a row on one side.
    """
    book = (
        _limits_rule("we1"),
        Rule("we2", Kind.K_OF_M, 2, 3, 2.0, "2 of 3 points beyond 2 sigma on the same side"),
        Rule("we3", Kind.K_OF_M, 4, 5, 1.0, "4 of 5 points beyond 1 sigma on the same side"),
        Rule("we4", Kind.SAME_SIDE, same_side, text=f"{same_side} points in a row on one side of the centre"),
    )
    wanted = rules or (1, 2, 3, 4)
    for rule in wanted:
        if rule not in range(1, 5):
            text = f"no Western Electric rule {rule!r}"
            raise InputError([Problem(text, key="western_electric", hint="choose from 1 to 4")])
    return RuleBook("Western Electric 1956", tuple(book[r - 1] for r in sorted(set(wanted))))
