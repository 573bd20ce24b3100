"""From what a QIF tolerance says to limits in the unit of the nominal."""

from __future__ import annotations

from linewright.errors import InputError, Problem
from linewright.measure.files.naming import add_exactly
from linewright.measure.files.qif_parts import SIGNED_ZONES, Definition


def limits_of(
    file: str, definition: Definition, target: float | None
) -> tuple[float | None, float | None, float | None, str]:
    """(nominal, lower, upper, note): limits, never deviations; the note says where the letter was not
    followed.

    A geometric tolerance has a zone: 0 to its width, or plus and minus half of it where the value has a sign
    (point profile). `DefinedAsLimit` says whether minimum and maximum are limits; where it says no, they are
    deviations from the target. Some writers say no and write limits: where the pair holds the target but as
    deviations could not hold zero, limits is what was meant.
    """
    low, high = definition.low, definition.high
    if definition.zone is not None:
        return _zone(definition)
    if low is None and high is None:
        return target, None, None, ""
    note = ""
    deviations = definition.are_limits is False
    if deviations and target is None:
        deviations, note = False, "deviations without a target, taken as limits"
    if deviations and target is not None and _are_really_limits(low, high, target):
        deviations, note = False, "DefinedAsLimit is false, but the values are limits: taken as limits"
    if deviations and target is not None:
        low = None if low is None else add_exactly(target, low)
        high = None if high is None else add_exactly(target, high)
    if low is not None and high is not None and low > high:
        raise InputError(
            [
                Problem(
                    f"lower limit {low:g} lies above upper limit {high:g}",
                    file,
                    definition.line,
                    key=definition.name,
                )
            ]
        )
    return target, low, high, note


def _zone(definition: Definition) -> tuple[float | None, float | None, float | None, str]:
    width = definition.zone or 0.0
    if width < 0.0:
        return None, None, None, f"a tolerance zone of {width:g} is no zone: no limit taken"
    if definition.kind in SIGNED_ZONES:
        return 0.0, -0.5 * width, 0.5 * width, ""
    return 0.0, None, width, ""


def _are_really_limits(low: float | None, high: float | None, target: float) -> bool:
    if low is None or high is None:
        return False
    return low < target < high and not low <= 0.0 <= high
