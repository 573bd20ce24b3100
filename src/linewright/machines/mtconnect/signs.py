"""Which items of a device are the signs that a `Watch` looks for, and what an observation of them says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linewright.machines.mtconnect.documents import UNAVAILABLE, Category, Device, Item, Observation
from linewright.machines.watch import Sign, Told

_COUNTS = ("ALL", "COMPLETE", "", "GOOD")  # sub-types of a part count that tell how many were made, the best first
_SI = {"MILLIMETER": 1e-3, "MICROMETER": 1e-6, "DEGREE": 0.017453292519943295}


class Signs:
    """Finds the signs among the observations of one device, of all its paths or of one."""

    def __init__(self, device: Device, path: str, characteristics: Iterable[str], faults: Iterable[str]) -> None:
        self.device = device.name
        self._signs: dict[str, Sign] = {}
        self._scale: dict[str, tuple[str, float]] = {}
        self.names = {item.id: item.name or item.id for item in device.items}  # of all items, for the telemetry
        self.has_execution = self._find(device, path)
        known = set(characteristics)
        for item in device.items:
            if item.category == Category.CONDITION:
                self._signs[item.id] = Sign.FAULT
            elif item.name in known:
                self._signs[item.id] = Sign.MEASURED
                self._scale[item.id] = item.name, _SI.get(item.units, 1.0)
        self._faults: dict[str, set[str]] = {}  # active ones by item
        for fault in faults:
            item_id, _, code = fault.partition(" ")
            self._faults.setdefault(item_id, set()).add(code)

    def _find(self, device: Device, path: str) -> bool:
        executions = device.find("EXECUTION", component_name=path or None)
        if not executions:
            return False
        execution = next((item for item in executions if item.component == "Path"), executions[0])
        near = [item for item in device.items if item.component_id == execution.component_id]
        far = [item for item in device.items if item not in near] if not path else []
        chosen: list[tuple[Sign, Item | None]] = [
            (Sign.EXECUTION, execution),
            (Sign.COUNT, _first(near + far, "PART_COUNT", _COUNTS)),
            (Sign.BAD, _first(near + far, "PART_COUNT", ("BAD",))),
            (Sign.MODE, _first(near + far, "FUNCTIONAL_MODE", ("",))),
            (Sign.STATUS, _first(near + far, "CHARACTERISTIC_STATUS", ("",))),
            (Sign.AVAILABLE, _first(list(device.items), "AVAILABILITY", ("",))),
        ]
        for sign, item in chosen:
            if item is not None:
                self._signs[item.id] = sign
        return True

    def is_fault(self, item: str) -> bool:
        """Is this item the condition of something?"""
        return self._signs.get(item) is Sign.FAULT

    def of(self, row: Observation) -> Iterator[Told]:
        """The signs that an observation shows."""
        sign = self._signs.get(row.item)
        if sign is None:
            return
        if sign is Sign.FAULT:
            yield from self._fault(row)
        elif sign is Sign.MEASURED:
            yield from self._measured(row)
        else:
            yield Told(sign, row.value)

    def _fault(self, row: Observation) -> Iterator[Told]:
        active = self._faults.setdefault(row.item, set())
        if row.kind == "Fault":
            active.add(row.code)
            yield Told(Sign.FAULT, row.value or row.code or row.item, f"{row.item} {row.code}")
            return
        if row.kind == "Unavailable":
            return  # nobody knows: as it was
        for code in sorted(active if row.kind == "Normal" and not row.code else active & {row.code}):
            active.discard(code)
            yield Told(Sign.FAULT, "", f"{row.item} {code}")

    def _measured(self, row: Observation) -> Iterator[Told]:
        name, scale = self._scale[row.item]
        if row.value != UNAVAILABLE:
            try:
                yield Told(Sign.MEASURED, repr(float(row.value) * scale), name)
            except ValueError:
                return


def _first(items: list[Item], type_: str, sub_types: tuple[str, ...]) -> Item | None:
    for sub_type in sub_types:
        for item in items:
            if item.type == type_ and item.sub_type == sub_type:
                return item
    return None
