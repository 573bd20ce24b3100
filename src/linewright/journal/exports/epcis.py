"""EPCIS 2.0 (GS1; ISO/IEC 19987:2024) in JSON-LD: commissioning, each operation, assembly, inspection, the end.

Units, machines and orders are named by URIs of the plant (`urn:linewright:PLANT:unit:17`); a plant with a GS1
company prefix maps them to SGTIN and SGLN on the way out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from linewright.journal.exports.tables import Tale
from linewright.journal.genealogy import Biography, Work

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
FAILED = 1  # control.codes.Outcome.FAIL
SCRAPPED = 2


def epcis_document(tale: Tale) -> dict[str, Any]:
    """The whole run as one EPCISDocument; events in the order of their times."""
    events = sorted((event for unit in tale.biographies() for event in _Teller(tale).tell(unit)), key=_when)
    created = events[-1]["eventTime"] if events else tale.epoch.isoformat()
    return {
        "@context": [CONTEXT, {"linewright": "urn:linewright:"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created,
        "epcisBody": {"eventList": [_named(event) for event in events]},
    }


def _when(event: dict[str, Any]) -> str:
    return str(event["eventTime"])


def _named(event: dict[str, Any]) -> dict[str, Any]:
    """With an identifier that the same event always has (not the canonical hash of CBV 2.0)."""
    digest = sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
    return {
        "eventID": f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}",
        **event,
    }


class _Teller:
    def __init__(self, tale: Tale) -> None:
        self.tale = tale

    def tell(self, unit: Biography) -> Iterator[dict[str, Any]]:
        """The events of one unit."""
        yield self._event(unit, unit.released_s, action="ADD", step="commissioning", disposition="active")
        for work in unit.work:
            if not math.isinf(work.finished_s):
                yield self._operation(unit, work)
        for characteristic, value, time_s in unit.values:
            yield self._measured(unit, characteristic, value, time_s)
        if unit.components:
            yield self._assembled(unit)
        if unit.ended_s is not None:
            yield self._ended(unit, unit.ended_s)

    def _uri(self, kind: str, name: object) -> str:
        return f"urn:linewright:{quote(self.tale.plant, safe='')}:{kind}:{quote(str(name), safe='')}"

    def _event(
        self, unit: Biography, time_s: float, *, action: str, step: str, disposition: str, **more: Any
    ) -> dict[str, Any]:
        event = {
            "type": "ObjectEvent",
            "eventTime": self.tale.at(time_s).isoformat(timespec="microseconds"),
            "eventTimeZoneOffset": "+00:00",
            "epcList": [self._uri("unit", unit.serial)],
            "action": action,
            "bizStep": step,
            "disposition": disposition,
            **more,
        }
        if unit.order:
            event["bizTransactionList"] = [{"type": "prodorder", "bizTransaction": self._uri("order", unit.order)}]
        return event

    def _operation(self, unit: Biography, work: Work) -> dict[str, Any]:
        more: dict[str, Any] = {"linewright:started": self.tale.at(work.started_s).isoformat()}
        if work.crew:
            more["linewright:crew"] = work.crew
        if work.tools:
            more["linewright:tools"] = [f"{name}#{edge}" for name, edge in work.tools]
        return self._event(
            unit,
            work.finished_s,
            action="OBSERVE",
            step=self._uri("operation", work.operation),
            disposition="non_conformant" if work.outcome in (FAILED, SCRAPPED) else "in_progress",
            readPoint={"id": self._uri("machine", work.machine)},
            **more,
        )

    def _measured(self, unit: Biography, characteristic: str, value: float, time_s: float) -> dict[str, Any]:
        report = {"type": self._uri("characteristic", characteristic), "value": self.tale.value(characteristic, value)}
        if uom := self.tale.unit(characteristic):
            report["linewright:unit"] = uom
        return self._event(
            unit,
            time_s,
            action="OBSERVE",
            step="inspecting",
            disposition="in_progress",
            sensorElementList=[{"sensorReport": [report]}],
        )

    def _assembled(self, unit: Biography) -> dict[str, Any]:
        units = self.tale.genealogy.units
        times = [taken for serial in unit.components if (taken := units[serial].taken_s) is not None]
        event = self._event(
            unit, min(times), action="ADD", step="assembling", disposition="in_progress", type="AggregationEvent"
        )
        del event["epcList"]
        children = [self._uri("unit", serial) for serial in unit.components]
        return {**event, "parentID": self._uri("unit", unit.serial), "childEPCs": children}

    def _ended(self, unit: Biography, time_s: float) -> dict[str, Any]:
        if unit.end == "scrapped":
            return self._event(unit, time_s, action="DELETE", step="destroying", disposition="destroyed")
        return self._event(unit, time_s, action="OBSERVE", step="storing", disposition="conformant")
