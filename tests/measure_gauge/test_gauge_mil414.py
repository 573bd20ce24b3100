"""MIL-STD-414: the published examples, k against the M that the standard prints, and the order of the tables."""

from __future__ import annotations

import pytest

from linewright.errors import InputError
from linewright.measure.sampling import (
    estimated_fraction,
    variables_code_letter,
    variables_plan_for_letter,
    variables_plan_for_lot,
)
from linewright.measure.sampling.mil414 import AQLS, CONSTANTS, LETTERS, LOT_ROWS

# table B-3, M in per cent, of the letters with 3, 4, 5, 7, 10, 15, 20, 25, 35, 50, 75, 100, 150, 200 units; 0: an arrow
PRINTED_SIZES = (3, 4, 5, 7, 10, 15, 20, 25, 35, 50, 75, 100, 150, 200)
PRINTED_M = {
    0.10: (0, 0, 0, 0, 0, 0.311, 0.356, 0.378, 0.373, 0.355, 0.326, 0.315, 0.292, 0.294),
    0.25: (0, 0, 0, 0.421, 0.714, 0.839, 0.864, 0.874, 0.833, 0.778, 0.711, 0.684, 0.636, 0.637),
    0.65: (0, 0, 1.34, 2.13, 2.14, 2.09, 2.03, 2.00, 1.87, 1.73, 1.59, 1.52, 1.42, 1.42),
    1.0: (0, 1.49, 3.33, 3.54, 3.27, 3.06, 2.93, 2.86, 2.66, 2.47, 2.27, 2.18, 2.05, 2.04),
    2.5: (7.59, 10.88, 9.80, 8.40, 7.26, 6.55, 6.18, 5.98, 5.58, 5.21, 4.83, 4.67, 4.42, 4.39),
    10.0: (33.69, 29.43, 26.55, 23.30, 20.73, 18.97, 18.07, 17.55, 16.67, 15.87, 15.07, 14.71, 14.18, 14.11),
}


def test_the_example_of_the_standard():
    """Example B-1: a lot of 40 at AQL 1 %, level IV: letter D, 5 units, k = 1.53."""
    found = variables_plan_for_lot(40, 1.0)
    assert (found.letter, found.plan.n, found.plan.k) == ("D", 5, 1.53)


def test_the_bottles_of_montgomery():
    """Lots of 100,000 at AQL 1 %: letter O, 100 units, k = 2.00 normal and 2.14 tightened."""
    normal = variables_plan_for_lot(100_000, 1.0)
    tightened = variables_plan_for_lot(100_000, 1.0, severity="tightened")
    assert (normal.letter, normal.plan.n, normal.plan.k) == ("O", 100, 2.00)
    assert (tightened.plan.n, tightened.plan.k) == (100, 2.14)


@pytest.mark.parametrize("aql", PRINTED_M)
def test_k_is_the_k_of_the_printed_m(aql):
    """Forms 1 and 2 are one rule: M is the estimate at k. Both were rounded by hand: k to 0.015."""
    for n, most in zip(PRINTED_SIZES, PRINTED_M[aql], strict=True):
        k = CONSTANTS[n][AQLS.index(aql) - len(AQLS)] if most else None
        if k is not None:
            assert 100 * estimated_fraction(k + 0.015, n) <= most <= 100 * estimated_fraction(k - 0.015, n), n


@pytest.mark.parametrize(
    ("letter", "n", "most"), [("B", 3, 40.47), ("F", 4, 36.79), ("I", 10, 27.65), ("Q", 75, 21.05)]
)
def test_reduced_plans_at_the_largest_aql(letter, n, most):
    plan = variables_plan_for_letter(letter, 10.0, "reduced").plan
    assert plan.n == n
    assert 100 * plan.largest_fraction == pytest.approx(most, abs=0.15)


def test_arrows_lead_to_the_next_larger_sample():
    found = variables_plan_for_letter("B", 0.25)
    assert (found.asked_letter, found.letter, found.plan.n, found.plan.k) == ("B", "E", 7, 2.00)
    assert variables_plan_for_letter("B", 0.04).letter == "G"
    assert variables_plan_for_letter("B", 1.0, "reduced").plan.n == 4


def test_tables_are_in_order():
    """k falls along a row; a tightened plan asks for more, a reduced one for fewer units and less."""
    for row in CONSTANTS.values():
        assert list(row) == sorted(row, reverse=True)
    for letter in LETTERS:
        for aql in AQLS[1:-1]:
            normal, tightened, reduced = (
                variables_plan_for_letter(letter, aql, severity).plan for severity in ("normal", "tightened", "reduced")
            )
            share = [aql / 100]
            assert tightened.acceptance(share)[0] < normal.acceptance(share)[0] < 1.0
            assert (
                reduced.n <= normal.n and reduced.acceptance([3 * aql / 100])[0] > normal.acceptance([3 * aql / 100])[0]
            )


def test_good_lots_are_accepted_about_as_often_as_the_standard_says():
    """The producer's risk at the AQL is some 1 to 11 per cent, smaller for larger samples."""
    for letter in LETTERS:
        for aql in AQLS[7:12]:
            assert 0.85 < variables_plan_for_letter(letter, aql).plan.acceptance([aql / 100])[0] < 0.995


def test_code_letters():
    assert [variables_code_letter(1000, level) for level in ("I", "II", "III", "IV", "V")] == list("EGIKL")
    assert variables_code_letter(3) == "B" and variables_code_letter(10**6) == "Q"
    for column in range(5):
        letters = [row[column] for _, row in LOT_ROWS]
        assert letters == sorted(letters)


@pytest.mark.parametrize(
    "call",
    [
        lambda: variables_plan_for_letter("A", 1.0),
        lambda: variables_plan_for_letter("D", 1.2),
        lambda: variables_plan_for_letter("D", 0.04, "tightened"),
        lambda: variables_plan_for_letter("D", 15.0, "reduced"),
        lambda: variables_plan_for_letter("D", 1.0, "harsh"),
        lambda: variables_code_letter(2),
        lambda: variables_code_letter(100, "VI"),
    ],
)
def test_what_is_not_there_is_said(call):
    with pytest.raises(InputError):
        call()
