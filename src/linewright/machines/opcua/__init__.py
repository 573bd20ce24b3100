"""Machines behind OPC UA: ISA-95 Job Control (OPC 10031-4) and MachineTool (OPC 40501), as client and as server.

`driver` dispatches jobs to real machines; `server` publishes virtual ones; `names` and `isa95` hold the facts of the
published models; `security` says whom to trust.
"""

from __future__ import annotations

from collections.abc import Mapping

from linewright.machines.driver import Driver
from linewright.machines.registry import Site


def make_driver(places: Mapping[int, str], site: Site) -> Driver:
    """The driver for machines of one server, by address. Raises ValueError where an address is none."""
    from linewright.machines.opcua.driver import OpcUaDriver
    from linewright.machines.opcua.security import Pki
    from linewright.machines.opcua.session import Address
    from linewright.machines.sheets import Sheets

    read = {machine: Address.read(text) for machine, text in places.items()}
    first = next(iter(read.values()))
    if not all(one.same_server(first) for one in read.values()):
        raise ValueError(f"machines of one server want it in different ways: {', '.join(places.values())}")
    called = {machine: one.machine or site.names.machines[machine] for machine, one in read.items()}
    pki = None if first.open else Pki.open(site.pki)
    return OpcUaDriver(first, called, Sheets(site.line, site.names), pki, telemetry=site.telemetry)


__all__ = ["make_driver"]
