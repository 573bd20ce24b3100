"""MIL-STD-105E (1989), sampling by attributes: code letters, single, double and multiple plans, arrows
followed.

The master tables have one structure. Sample sizes and AQLs both rise by the fifth root of ten, so what a
cell holds depends on the sum of its row and column alone: along each falling diagonal stands the same pair
of acceptance and rejection numbers. The tables here are these diagonals, with the corners where the printed
tables end; the arrows follow from them. The standard is a work of the United States government and in the
public domain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from linewright.errors import InputError, Problem
from linewright.measure.checks import choice, whole
from linewright.measure.sampling.plan import AttributePlan, Stage

Severity = Literal["normal", "tightened", "reduced"]
Kind = Literal["single", "double", "multiple"]
SEVERITIES = ("normal", "tightened", "reduced")
KINDS: tuple[Kind, ...] = ("single", "double", "multiple")  # from the simplest on

LETTERS = "ABCDEFGHJKLMNPQR"  # S (3150) stands in the tightened table alone
AQLS = (
    0.010, 0.015, 0.025, 0.040, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0, 15.0,
    25.0, 40.0, 65.0, 100.0, 150.0, 250.0, 400.0, 650.0, 1000.0,
)  # fmt: skip
SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150)
REDUCED_SIZES = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800)

# table I: largest lot size of each row, and its letters by level
LEVELS = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")
LOT_ROWS = (
    (8, "AAAAAAB"), (15, "AAAAABC"), (25, "AABBBCD"), (50, "ABBCCDE"), (90, "BBCCCEF"), (150, "BBCDDFG"),
    (280, "BCDEEGH"), (500, "BCDEFHJ"), (1200, "CCEFGJK"), (3200, "CDEGHKL"), (10000, "CDFGJLM"),
    (35000, "CDFHKMN"), (150000, "DEGJLNP"), (500000, "DEGJMPQ"), (0, "DEHKNQR"),
)  # fmt: skip

# diagonal (row + column) -> acceptance number; the last two stand for letters A to E only
NORMAL = {14: 0, 17: 1, 18: 2, 19: 3, 20: 5, 21: 7, 22: 10, 23: 14, 24: 21, 25: 30, 26: 44}
TIGHTENED = {15: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 8, 23: 12, 24: 18, 25: 27, 26: 41}
REDUCED = {
    14: (0, 1), 17: (0, 2), 18: (1, 3), 19: (1, 4), 20: (2, 5), 21: (3, 6), 22: (5, 8), 23: (7, 10),
    24: (10, 13), 25: (14, 17), 26: (21, 24),
}  # fmt: skip
# letters A and B inspect 2 units like C: their acceptance numbers are C's, with a smaller gap
REDUCED_CORNER = {
    ("A", 17): (1, 2), ("A", 18): (2, 3), ("A", 19): (3, 4), ("A", 20): (5, 6), ("A", 21): (7, 8),
    ("A", 22): (10, 11), ("A", 23): (14, 15), ("A", 24): (21, 22), ("A", 25): (30, 31),
    ("B", 17): (0, 2), ("B", 18): (1, 3), ("B", 19): (2, 4), ("B", 20): (3, 5), ("B", 21): (5, 6),
    ("B", 22): (7, 8), ("B", 23): (10, 11), ("B", 24): (14, 15), ("B", 25): (21, 22), ("B", 26): (30, 31),
}  # fmt: skip
LAST_LETTER_OF_HIGH = 4  # E: the diagonals 25 and 26 end there
UP = {
    "normal": (15,),
    "tightened": (),
    "reduced": (15,),
}  # diagonals of upward arrows between Ac 0 and the next

# the double and multiple plans that go with a single plan's acceptance (and rejection) number
DOUBLE = {
    1: ((0, 2), (1, 2)), 2: ((0, 3), (3, 4)), 3: ((1, 4), (4, 5)), 5: ((2, 5), (6, 7)), 7: ((3, 7), (8, 9)),
    8: ((3, 7), (11, 12)), 10: ((5, 9), (12, 13)), 12: ((6, 10), (15, 16)), 14: ((7, 11), (18, 19)),
    18: ((9, 14), (23, 24)), 21: ((11, 16), (26, 27)), 27: ((15, 20), (34, 35)), 30: ((17, 22), (37, 38)),
    41: ((23, 29), (52, 53)), 44: ((25, 31), (56, 57)),
}  # fmt: skip
REDUCED_DOUBLE = {
    (0, 2): ((0, 2), (0, 2)), (1, 3): ((0, 3), (0, 4)), (1, 4): ((0, 4), (1, 5)), (2, 5): ((0, 4), (3, 6)),
    (3, 6): ((1, 5), (4, 7)), (5, 8): ((2, 7), (6, 9)), (7, 10): ((3, 8), (8, 12)),
    (10, 13): ((5, 10), (12, 16)), (14, 17): ((7, 12), (18, 22)), (21, 24): ((11, 17), (26, 30)),
}  # fmt: skip
MULTIPLE = {
    1: ((-1, 2), (-1, 2), (0, 2), (0, 3), (1, 3), (1, 3), (2, 3)),
    2: ((-1, 2), (0, 3), (0, 3), (1, 4), (2, 4), (3, 5), (4, 5)),
    3: ((-1, 3), (0, 3), (1, 4), (2, 5), (3, 6), (4, 6), (6, 7)),
    5: ((-1, 4), (1, 5), (2, 6), (3, 7), (5, 8), (7, 9), (9, 10)),
    7: ((0, 4), (1, 6), (3, 8), (5, 10), (7, 11), (10, 12), (13, 14)),
    8: ((0, 4), (2, 7), (4, 9), (6, 11), (9, 12), (12, 14), (14, 15)),
    10: ((0, 5), (3, 8), (6, 10), (8, 13), (11, 15), (14, 17), (18, 19)),
    12: ((0, 6), (3, 9), (7, 12), (10, 15), (14, 17), (18, 20), (21, 22)),
    14: ((1, 7), (4, 10), (8, 13), (12, 17), (17, 20), (21, 23), (25, 26)),
    18: ((1, 8), (6, 12), (11, 17), (16, 22), (22, 25), (27, 29), (32, 33)),
    21: ((2, 9), (7, 14), (13, 19), (19, 25), (25, 29), (31, 33), (37, 38)),
    27: ((3, 10), (10, 17), (17, 24), (24, 31), (32, 37), (40, 43), (48, 49)),
    30: ((4, 12), (11, 19), (19, 27), (27, 34), (36, 40), (45, 47), (53, 54)),
    41: ((6, 15), (16, 25), (26, 36), (37, 46), (49, 55), (61, 64), (72, 73)),
    44: ((6, 16), (17, 27), (29, 39), (40, 49), (53, 58), (65, 68), (77, 78)),
}  # fmt: skip
REDUCED_MULTIPLE = {
    (0, 2): ((-1, 2), (-1, 2), (0, 2), (0, 3), (0, 3), (0, 3), (1, 3)),
    (1, 3): ((-1, 2), (-1, 3), (0, 3), (0, 4), (0, 4), (1, 5), (1, 5)),
    (1, 4): ((-1, 3), (-1, 3), (0, 4), (0, 5), (1, 6), (1, 6), (2, 7)),
    (2, 5): ((-1, 3), (0, 4), (0, 5), (1, 6), (2, 7), (3, 7), (4, 8)),
    (3, 6): ((-1, 4), (0, 5), (1, 6), (2, 7), (3, 8), (4, 9), (6, 10)),
    (5, 8): ((-1, 4), (1, 6), (2, 8), (3, 10), (5, 11), (7, 12), (9, 14)),
    (7, 10): ((0, 5), (1, 7), (3, 9), (5, 12), (7, 13), (10, 15), (13, 17)),
    (10, 13): ((0, 6), (3, 9), (6, 12), (8, 15), (11, 17), (14, 20), (18, 22)),
}  # fmt: skip
# how many letters back the sample of a stage stands, and the first letters whose table has such plans
STEPS_BACK: dict[Kind, int] = {"double": 1, "multiple": 3}
FIRST_ROW: dict[tuple[Kind, bool], int] = {  # by kind, reduced or not
    ("double", False): 1, ("double", True): 3, ("multiple", False): 3, ("multiple", True): 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mil105Plan:
    """A plan of the standard: the letter actually used (arrows may lead away from the lot's own) and its
    numbers.
    """

    letter: str
    asked_letter: str
    aql: float  # per cent nonconforming, or defects per hundred units
    severity: Severity
    kind: Kind  # of this plan: where the double or multiple table has none, it sends to a simpler one
    plan: AttributePlan

    @property
    def n(self) -> int:
        return self.plan.stages[0].n

    @property
    def accept(self) -> int:
        return self.plan.stages[0].accept

    @property
    def reject(self) -> int:
        return self.plan.stages[0].reject


def code_letter(lot_size: int, level: str = "II") -> str:
    """Table I: the sample size code letter of a lot at an inspection level (S-1 to S-4, I, II, III)."""
    whole(lot_size, "lot_size", 2)
    column = LEVELS.index(choice(level, LEVELS, "level"))
    row = next(letters for largest, letters in LOT_ROWS if largest == 0 or lot_size <= largest)
    return row[column]


def plan_for_lot(
    lot_size: int, aql: float, level: str = "II", severity: Severity = "normal", kind: Kind = "single"
) -> Mil105Plan:
    """The plan for a lot. A sample as large as the lot or larger means that every unit is inspected
    (4.9.4).
    """
    return plan_for_letter(code_letter(lot_size, level), aql, severity, kind)


def plan_for_letter(
    letter: str, aql: float, severity: Severity = "normal", kind: Kind = "single"
) -> Mil105Plan:
    """Tables II to IV, arrows followed: the plan of a code letter at an AQL in per cent (or defects per 100
    units).
    """
    choice(severity, SEVERITIES, "severity")
    choice(kind, KINDS, "kind")
    row, column = _row(letter, severity), _column(aql)
    row = _follow_arrows(row, column, severity)
    used = (LETTERS + "S")[row]
    kind_used, plan = _build(row, _cell(row, column, severity) or (0, 1), severity, kind)
    return Mil105Plan(used, letter, aql, severity, kind_used, plan)


def _row(letter: str, severity: Severity) -> int:
    letters = LETTERS + ("S" if severity == "tightened" else "")
    if len(letter) != 1 or letter not in letters:
        raise InputError(
            [Problem(f"code letter {letter!r} is not known", key="letter", hint=f"one of {letters}")]
        )
    return letters.index(letter)


def _column(aql: float) -> int:
    return aql_column(aql, AQLS)


def aql_column(aql: float, known: Sequence[float]) -> int:
    """The column of a table that an AQL stands in; an `InputError` that names the nearest one where it has none."""
    for column, each in enumerate(known):
        if abs(aql - each) <= 1e-9 * each:
            return column
    hint = ", ".join(f"{each:g}" for each in known)
    if 0.0 < aql < math.inf:
        hint = f"the nearest is {min(known, key=lambda each: abs(math.log(each / aql))):g}"
    raise InputError([Problem(f"AQL {aql:g} is not in the standard", key="aql", hint=hint)])


def _cell(row: int, column: int, severity: Severity) -> tuple[int, int] | None:
    """The pair printed in a cell of the single plans; None where an arrow stands."""
    diagonal = row + column
    last = 16 if severity == "tightened" else 15
    if not 0 <= row <= last or (diagonal > 24 and row > LAST_LETTER_OF_HIGH):
        return None
    if row == 16 and diagonal != 18:
        return None  # letter S is there for one cell
    if severity == "reduced":
        corner = REDUCED_CORNER.get((LETTERS[row], diagonal))
        return corner or REDUCED.get(diagonal)
    if severity == "tightened" and diagonal == 15 and row == 0:
        return None  # letter A: two units with none bad are no tightened plan
    accept = (NORMAL if severity == "normal" else TIGHTENED).get(diagonal)
    return None if accept is None else (accept, accept + 1)


def _follow_arrows(row: int, column: int, severity: Severity) -> int:
    """The nearest row with a plan, in the direction in which the arrow points; where it points out of the
    table, back.
    """
    if _cell(row, column, severity) is not None:
        return row
    diagonal = row + column
    up = diagonal in UP[severity] or diagonal > 24
    for step in (-1, 1) if up else (1, -1):
        at = row + step
        while 0 <= at <= 16:
            if _cell(at, column, severity) is not None:
                return at
            at += step
    raise InputError([Problem(f"no plan in the column of AQL {AQLS[column]:g}", key="aql")])


def _build(row: int, pair: tuple[int, int], severity: Severity, kind: Kind) -> tuple[Kind, AttributePlan]:
    """The plan of a cell. Where a table has none, it sends to the next simpler one, at last to the single plans."""
    sizes = REDUCED_SIZES if severity == "reduced" else SIZES
    for having in KINDS[1 : KINDS.index(kind) + 1][::-1]:
        pairs = _pairs(pair, severity, having)
        if pairs is not None and row >= FIRST_ROW[having, severity == "reduced"]:
            n = sizes[row - STEPS_BACK[having]]
            return having, AttributePlan(tuple(Stage(n, a, r) for a, r in pairs))
    return "single", AttributePlan((Stage(sizes[row], *pair),))


def _pairs(pair: tuple[int, int], severity: Severity, kind: Kind) -> tuple[tuple[int, int], ...] | None:
    """Acceptance and rejection numbers stage by stage; None for Ac 0, which stands in the single table alone."""
    if severity == "reduced":
        return (REDUCED_DOUBLE if kind == "double" else REDUCED_MULTIPLE).get(pair)
    return (DOUBLE if kind == "double" else MULTIPLE).get(pair[0])
