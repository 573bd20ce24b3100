"""MIL-STD-414 (1957), sampling by variables: code letters and the plans for an unknown sigma, arrows followed.

Carried: table A-2 (code letters) and section B, tables B-1 and B-2 (standard deviation method, form 1). Tightened
and reduced plans are read from the same constants: tightened inspection at an AQL takes the column of the next
smaller AQL, reduced inspection a smaller sample and the column of the next larger one. The standard is a work of the
United States government and in the public domain. M of form 2 is computed from k (`VariablesPlan.largest_fraction`).

From lot to lot the plans follow each other by `switching.next_state`, with the counts of MIL-STD-105E as ANSI/ASQ Z1.9
took them over; the standard's own criterion (process average against table B-6) is not carried.
"""

from __future__ import annotations

from dataclasses import dataclass

from linewright.errors import InputError, Problem
from linewright.measure.checks import choice, whole
from linewright.measure.sampling.mil105 import SEVERITIES, Severity, aql_column
from linewright.measure.sampling.variables import VariablesPlan

AQLS = (0.04, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0, 15.0)
LETTERS = "BCDEFGHIJKLMNOPQ"
SIZES = (3, 4, 5, 7, 10, 15, 20, 25, 30, 35, 40, 50, 75, 100, 150, 200)
REDUCED_SIZES = (3, 3, 3, 3, 4, 5, 7, 10, 10, 15, 20, 20, 25, 30, 50, 75)

# table A-2: largest lot size of each row, and its letters by level
LEVELS = ("I", "II", "III", "IV", "V")
LOT_ROWS = (
    (8, "BBBBC"), (15, "BBBBD"), (25, "BBBCE"), (40, "BBBDF"), (65, "BBCEG"), (110, "BBDFH"), (180, "BCEGI"),
    (300, "BDFHJ"), (500, "CEGIK"), (800, "DFHJL"), (1300, "EGIKL"), (3200, "FHJLM"), (8000, "GILMN"),
    (22000, "HJMNO"), (110000, "IKNOP"), (550000, "IKOPQ"), (0, "IKPQQ"),
)  # fmt: skip

# table B-1: sample size -> k at the last AQLs of the table; above an AQL left out stands an arrow down
CONSTANTS = {
    3: (1.12, 0.958, 0.765, 0.566, 0.341),
    4: (1.45, 1.34, 1.17, 1.01, 0.814, 0.617, 0.393),
    5: (1.65, 1.53, 1.40, 1.24, 1.07, 0.874, 0.675, 0.455),
    7: (2.00, 1.88, 1.75, 1.62, 1.50, 1.33, 1.15, 0.955, 0.755, 0.536),
    10: (2.24, 2.11, 1.98, 1.84, 1.72, 1.58, 1.41, 1.23, 1.03, 0.828, 0.611),
    15: (2.64, 2.53, 2.42, 2.32, 2.20, 2.06, 1.91, 1.79, 1.65, 1.47, 1.30, 1.09, 0.886, 0.664),
    20: (2.69, 2.58, 2.47, 2.36, 2.24, 2.11, 1.96, 1.82, 1.69, 1.51, 1.33, 1.12, 0.917, 0.695),
    25: (2.72, 2.61, 2.50, 2.40, 2.26, 2.14, 1.98, 1.85, 1.72, 1.53, 1.35, 1.14, 0.936, 0.712),
    30: (2.73, 2.61, 2.51, 2.41, 2.28, 2.15, 2.00, 1.86, 1.73, 1.55, 1.36, 1.15, 0.946, 0.723),
    35: (2.77, 2.65, 2.54, 2.45, 2.31, 2.18, 2.03, 1.89, 1.76, 1.57, 1.39, 1.18, 0.969, 0.745),
    40: (2.77, 2.66, 2.55, 2.44, 2.31, 2.18, 2.03, 1.89, 1.76, 1.58, 1.39, 1.18, 0.971, 0.746),
    50: (2.83, 2.71, 2.60, 2.50, 2.35, 2.22, 2.08, 1.93, 1.80, 1.61, 1.42, 1.21, 1.00, 0.774),
    75: (2.90, 2.77, 2.66, 2.55, 2.41, 2.27, 2.12, 1.98, 1.84, 1.65, 1.46, 1.24, 1.03, 0.804),
    100: (2.92, 2.80, 2.69, 2.58, 2.43, 2.29, 2.14, 2.00, 1.86, 1.67, 1.48, 1.26, 1.05, 0.819),
    150: (2.96, 2.84, 2.73, 2.61, 2.47, 2.33, 2.18, 2.03, 1.89, 1.70, 1.51, 1.29, 1.07, 0.841),
    200: (2.97, 2.85, 2.73, 2.62, 2.47, 2.33, 2.18, 2.04, 1.89, 1.70, 1.51, 1.29, 1.07, 0.845),
}
COLUMN_STEP = {"normal": 0, "tightened": -1, "reduced": 1}


@dataclass(frozen=True, slots=True)
class Mil414Plan:
    """A plan of the standard: the letter actually used (arrows may lead away from the lot's own) and its numbers."""

    letter: str
    asked_letter: str
    aql: float  # per cent nonconforming
    severity: Severity
    plan: VariablesPlan


def variables_code_letter(lot_size: int, level: str = "IV") -> str:
    """Table A-2: the sample size code letter of a lot at an inspection level (I to V, IV unless said)."""
    whole(lot_size, "lot_size", 3)
    column = LEVELS.index(choice(level, LEVELS, "level"))
    return next(letters for largest, letters in LOT_ROWS if largest == 0 or lot_size <= largest)[column]


def variables_plan_for_lot(lot_size: int, aql: float, level: str = "IV", severity: Severity = "normal") -> Mil414Plan:
    """The plan for a lot. A sample as large as the lot or larger means that every unit is inspected."""
    return variables_plan_for_letter(variables_code_letter(lot_size, level), aql, severity)


def variables_plan_for_letter(letter: str, aql: float, severity: Severity = "normal") -> Mil414Plan:
    """Tables B-1 and B-2, arrows followed: the plan of a code letter at an AQL in per cent."""
    choice(severity, SEVERITIES, "severity")
    if len(letter) != 1 or letter not in LETTERS:
        raise InputError([Problem(f"code letter {letter!r} is not known", key="letter", hint=f"one of {LETTERS}")])
    column = _column(aql, severity)
    sizes = REDUCED_SIZES if severity == "reduced" else SIZES
    # the first letter from here on with a constant in this column; the rows from G on have all
    row = next(row for row in range(LETTERS.index(letter), len(LETTERS)) if _constant(sizes[row], column) is not None)
    k = _constant(sizes[row], column)
    assert k is not None
    return Mil414Plan(LETTERS[row], letter, aql, severity, VariablesPlan(sizes[row], k, sigma_known=False))


def _constant(n: int, column: int) -> float | None:
    """k of a sample size in a column of table B-1; None where an arrow stands."""
    row = CONSTANTS[n]
    place = column - (len(AQLS) - len(row))
    return row[place] if place >= 0 else None


def _column(aql: float, severity: Severity) -> int:
    """The column of table B-1 that an AQL is read from."""
    column = aql_column(aql, AQLS) + COLUMN_STEP[severity]
    if not 0 <= column < len(AQLS):
        raise InputError([Problem(f"there is no {severity} plan at AQL {aql:g}", key="aql")])
    return column
