"""Engineering units: exact both ways, pint only where it is needed, mistakes with their remedy."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewright.plant.quantities import Measure, read_sample, write_amount, write_duration, write_share
from linewright.units import UnitError, read_quantity, write_quantity


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("45 s", 45.0, "time"),
        ("6.5 min", 390.0, "time"),
        ("2 d", 172800.0, "time"),
        ("1/2 h", 1800.0, "time"),
        ("1e3 ms", 1.0, "time"),
        ("0.013 mm", 1.3e-5, "length"),
        ("13 um", 1.3e-5, "length"),
        ("−0.013 mm", -1.3e-5, "length"),
        ("+0.021 mm", 2.1e-5, "length"),
        ("1 in", 0.0254, "length"),
        ("12/h", 12 / 3600, "rate"),
        ("1.2 m/s", 1.2, "speed"),
        ("3%", 0.03, "share"),
        ("1/12", 1 / 12, "share"),
        ("14.2 l/min", 14.2 / 60000, "flow"),
        ("2 fortnight", 2 * 14 * 86400.0, "time"),
        ("3 mile", 4828.032, "length"),
        ("20 degC", 293.15, "temperature"),
        ("90 deg", 1.5707963267948966, "angle"),
        ("7 N*m", 7.0, "torque"),
        ("2 lbf*ft", 2.7116358966, "torque"),
    ],
)
def test_quantities_in_si(text: str, value: float, dimension: str) -> None:
    assert read_quantity(text, dimension)[0] == pytest.approx(value, rel=1e-10, abs=0)


def test_the_same_length_is_the_same_number() -> None:
    assert read_quantity("0.013 mm")[0] == read_quantity("13 um")[0] == read_quantity("1.3e-5 m")[0] == 1.3e-5


@pytest.mark.parametrize(
    ("text", "dimension", "message", "hint"),
    [
        ("45 sek", "time", "unknown unit 'sek'", "did you mean 'sec'?"),
        ("45 mm", "time", "'45 mm' is a length; a time is expected", "as 45 s"),
        ("45", "time", "'45' has no unit; a time is expected", "write 45 s"),
        ("6,5 min", "time", "'6,5 min' has a decimal comma", "write a decimal point"),
        ("fast", "speed", "'fast' is not a number with a unit", ""),
        ("1/0 h", "time", "'1/0 h' divides by zero", ""),
    ],
)
def test_mistakes(text: str, dimension: str, message: str, hint: str) -> None:
    with pytest.raises(UnitError) as raised:
        read_quantity(text, dimension)
    assert (raised.value.message, raised.value.hint) == (message, hint)


FINITE = st.floats(min_value=1e-9, max_value=1e9)


@given(FINITE, st.sampled_from(["s", "min", "h", "d", "mm", "in", "l/min", "%", "km/h", "degC", "lbf"]))
def test_what_is_written_reads_back_to_the_bit(value: float, unit: str) -> None:
    assert read_quantity(write_quantity(value, unit))[0] == value


@given(st.floats(min_value=0, max_value=1e9, allow_subnormal=False))
def test_durations_read_back_to_the_bit(seconds: float) -> None:
    text = write_duration(seconds)
    assert (text == 0 and seconds == 0) or read_quantity(str(text), "time")[0] == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(45, "45 s"), (390, "6.5 min"), (90, "90 s"), (2700, "45 min"), (5400, "90 min"), (216000, "60 h"),
     (172800, "2 d"), (0.25, "250 ms"), (0, 0), (240, "4 min"), (1814400, "21 d")],
)  # fmt: skip
def test_durations_are_readable(seconds: float, text: str | int) -> None:
    assert write_duration(float(seconds)) == text


def test_shares_and_amounts_are_readable() -> None:
    assert [write_share(share) for share in (0.03, 1 / 3, 0.0, 1.0, 0.125)] == ["3%", "1/3", 0, 1, "1/8"]
    assert [write_amount(amount) for amount in (2.0, 1 / 12, 0.5, 0.1)] == [2, "1/12", 0.5, 0.1]


def test_samples() -> None:
    assert read_sample("all") == (1, 1, 0)
    assert read_sample("1 in 5") == (1, 5, 0)
    assert read_sample("5 every 1 h") == (5, 0, 3600)


def test_a_measure_keeps_its_unit() -> None:
    measure = Measure(*read_quantity("14.2 l/min"))
    assert str(measure) == "14.2 l/min"
    assert measure.dimension == "flow"
    assert measure == pytest.approx(14.2 / 60000)


def test_pint_is_left_alone_by_common_units() -> None:
    code = (
        "import sys; from linewright.units import read_quantity;"
        "read_quantity('6.5 min'); read_quantity('14.2 l/min'); assert 'pint' not in sys.modules;"
        "read_quantity('1 furlong'); assert 'pint' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
