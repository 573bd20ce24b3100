"""Which driver is for which address: by the address's scheme; other people's drivers by entry point.

A package registers its driver in the entry point group `linewright.drivers`, under the scheme that it is for:

    [project.entry-points."linewright.drivers"]
    focas = "our_package.focas:make_driver"

`make_driver(places, site)` is called once for each server (all machines with addresses of the same scheme, host and
port) and returns a `Driver` for them. See docs/machines.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from linewright.control import Line
from linewright.control.line import Names
from linewright.errors import InputError, Problem, nearest
from linewright.machines.driver import Driver
from linewright.machines.telemetry import Telemetry
from linewright.plant.model import Plant

GROUP = "linewright.drivers"
VIRTUAL = "virtual"  # in place of an address: the machines are not real, whatever the plant file says
OURS = {
    "opc.tcp": "linewright.machines.opcua:make_driver",
    "mtconnect": "linewright.machines.mtconnect:make_driver",
    "mtconnects": "linewright.machines.mtconnect:make_driver",
    "sparkplug": "linewright.machines.mqtt:make_driver",
    "sparkplugs": "linewright.machines.mqtt:make_driver",
}


@dataclass(frozen=True)
class Site:
    """What a driver may need to know of the plant."""

    line: Line
    names: Names
    pki: Path  # folder of certificates
    telemetry: Telemetry | None = None  # takes what machines measure of themselves; None: nobody wants it


Maker = Callable[[Mapping[int, str], Site], Driver]


class Placed(NamedTuple):
    """A driver and the machines that it is for, by number."""

    driver: Driver
    machines: frozenset[int]


def addresses(plant: Plant, names: Names, all_at: str = "") -> dict[int, str]:
    """The addresses of machines by number: those of the plant file, or one server for all machines of stations.

    None at all where `all_at` is VIRTUAL.
    """
    found: dict[int, str] = {}
    if all_at == VIRTUAL:
        return found
    for station, table in plant.stations.items():
        given = plant.machines.get(station, [])
        listed = [given] if isinstance(given, str) else list(given)
        for k in range(table.machines):
            label = station if table.machines == 1 else f"{station}-{k + 1}"
            if all_at:
                found[names.machines.index(label)] = f"{all_at.partition('#')[0]}#{label}"
            elif listed:
                found[names.machines.index(label)] = listed[k]
    return found


def drivers_for(places: Mapping[int, str], site: Site) -> list[Placed]:
    """A driver for each server. Raises InputError where an address is none, or nobody has a driver for it."""
    servers: dict[tuple[str, str], dict[int, str]] = {}
    problems = []
    for machine, text in places.items():
        parts = urlsplit(text)
        key = f"machines.{site.names.stations[int(site.line.machine.station[machine])]}"
        if not parts.scheme or not parts.netloc:
            problems.append(Problem(f"{text!r} is no address", key=key, hint="as opc.tcp://host:4840#machine"))
        elif parts.scheme not in known_schemes():
            hint = nearest(parts.scheme, known_schemes())
            problems.append(Problem(f"there is no driver for {parts.scheme!r}", key=key, hint=hint))
        servers.setdefault((parts.scheme, parts.netloc), {})[machine] = text
    if problems:
        raise InputError(problems)
    made = []
    for (scheme, _), theirs in servers.items():
        try:
            made.append(Placed(maker_of(scheme)(theirs, site), frozenset(theirs)))
        except ValueError as error:
            problems.append(Problem(str(error), key="machines"))
    if problems:
        raise InputError(problems)
    return made


def known_schemes() -> set[str]:
    """The schemes that somebody has a driver for."""
    return set(OURS) | set(entry_points(group=GROUP).names)


def maker_of(scheme: str) -> Maker:
    """What makes drivers for a scheme; other people's go before ours."""
    for point in entry_points(group=GROUP, name=scheme):
        made: Maker = point.load()
        return made
    module, _, name = OURS[scheme].partition(":")
    maker: Maker = getattr(__import__(module, fromlist=[name]), name)
    return maker
