"""Values as the plant file writes them: SI inside, the characteristic's own unit on every page."""

from __future__ import annotations

from linewright.plant.model import Characteristic
from linewright.units import find_unit


class Scale:
    """A characteristic in the unit in which the plant file writes it."""

    def __init__(self, one: Characteristic) -> None:
        self.unit = getattr(one.nominal, "unit", "")
        found = find_unit(self.unit)
        self._factor, self._offset = float(found.factor), float(found.offset)
        self.nominal = self.of(one.nominal)
        self.lower = None if one.lower is None else self.of(one.nominal + one.lower)
        self.upper = None if one.upper is None else self.of(one.nominal + one.upper)

    def of(self, value_si: float) -> float:
        """A value."""
        return float(f"{(value_si - self._offset) / self._factor:.12g}")

    def si(self, value: float) -> float:
        """A value of this unit in SI units."""
        return value * self._factor + self._offset

    def difference(self, value_si: float) -> float:
        """A difference of values."""
        return float(f"{value_si / self._factor:.12g}")

    def inside(self, value: float) -> bool:
        """Is a value (in this unit) within the limits?"""
        return (self.lower is None or value >= self.lower) and (self.upper is None or value <= self.upper)
