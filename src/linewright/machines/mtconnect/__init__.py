"""MTConnect: machines that tell what they do and obey nobody, and an agent that shows virtual machines the same way."""

from __future__ import annotations

from collections.abc import Mapping

from linewright.machines.mtconnect.client import Client, Refused
from linewright.machines.mtconnect.documents import BadDocument
from linewright.machines.mtconnect.driver import MtconnectDriver
from linewright.machines.mtconnect.follow import Gap, Position, follow
from linewright.machines.mtconnect.publish import MtconnectServer
from linewright.machines.sheets import Sheets
from linewright.machines.watching import Site, notes_beside


def make_driver(places: Mapping[int, str], site: Site) -> MtconnectDriver:
    """A driver for the machines at `mtconnect://host:5000/Device?path=name`. Raises InputError."""
    notes = notes_beside(site, next(iter(places.values())))
    return MtconnectDriver(places, Sheets(site.line, site.names), notes, site.telemetry)


__all__ = [
    "BadDocument",
    "Client",
    "Gap",
    "MtconnectDriver",
    "MtconnectServer",
    "Position",
    "Refused",
    "follow",
    "make_driver",
]
