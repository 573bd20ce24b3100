"""Machines behind MTConnect agents, as the line sees them: they tell, people start them."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from linewright.errors import InputError, Problem
from linewright.machines.desk import Desk
from linewright.machines.driver import Job
from linewright.machines.mtconnect.client import Client
from linewright.machines.mtconnect.documents import Device, Probe, Streams
from linewright.machines.mtconnect.follow import Current, Gap, Lost, Position, follow
from linewright.machines.mtconnect.http import Url
from linewright.machines.mtconnect.signs import Signs
from linewright.machines.sheets import Sheets
from linewright.machines.telemetry import Reading, Telemetry
from linewright.machines.watch import About, Stand, Watch
from linewright.machines.watching import WatchingDriver


@dataclass(frozen=True, slots=True)
class Address:
    """Where a machine is told about: an agent, one of its devices, one path of that.

    Device "": the only one, or the one with the machine's name; path "": the first.
    """

    agent: Url
    device: str
    path: str

    @classmethod
    def of(cls, text: str) -> Address:
        """Of `mtconnect://host:5000/Device?path=name` or `mtconnect://host:5000#Device` (`mtconnects` with TLS).

        Raises ValueError.
        """
        parts = urlsplit(text)
        scheme = {"mtconnect": "http", "mtconnects": "https"}.get(parts.scheme)
        query = parse_qs(parts.query, keep_blank_values=True)
        if scheme is None or set(query) - {"path"}:
            raise ValueError(f"{text!r} is no mtconnect://host:port/device?path=name address")
        folder, _, device = (parts.path, "", parts.fragment) if parts.fragment else parts.path.rpartition("/")
        return cls(Url.of(f"{scheme}://{parts.netloc}{folder}"), unquote(device), query.get("path", [""])[-1])


class MtconnectDriver(WatchingDriver):
    """Watches machines (address by number), each in a task of its own; see `WatchingDriver` for the rest."""

    def __init__(
        self,
        machines: Mapping[int, str],
        sheets: Sheets,
        notes: Path | None = None,
        telemetry: Telemetry | None = None,
        handed: Callable[[Job], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(sheets, notes, telemetry, handed)
        self.listeners = {
            m: Listener(self, About.of(sheets, m), _address(sheets.names.machines[m], address), tls)
            for m, address in machines.items()
        }
        self.desks = {m: listener.desk for m, listener in self.listeners.items()}

    def listening(self) -> Sequence[Coroutine[Any, Any, None]]:
        """To each agent."""
        return [listener.listen() for listener in self.listeners.values()]

    def tell(self, machine: str, readings: Sequence[Reading]) -> None:
        """Telemetry."""
        if self.telemetry:
            self.telemetry.put(machine, readings)

    def declare(self, machine: str, from_s: float, lost: int | None, why: str) -> None:
        """Telemetry that is lost."""
        if self.telemetry:
            self.telemetry.lost(machine, from_s, time.time(), lost, why)


class Listener:
    """Listens to the agent of one machine."""

    def __init__(self, driver: MtconnectDriver, about: About, address: Address, tls: ssl.SSLContext | None) -> None:
        self._driver, self._about, self._address = driver, about, address
        self._client = Client(str(address.agent), address.device, tls=tls)  # device "": of all, and we choose
        page = driver.notebook.page(about.name)
        self.position = Position(*page["position"]) if page.get("position") else None
        stand = Stand.of(page.get("stand") or {})
        self.desk = Desk(
            Watch(about, stand, driver.notebook.memory),
            driver.report,
            driver.hand,
            self._note,
            seen=self.position is not None,
        )
        self._signs: Signs | None = None
        self._missed = ""
        self._heard_s = time.time()

    async def listen(self) -> None:
        """For ever."""
        async for what in follow(self._client, self.position):
            if isinstance(what, Streams):
                self._streams(what)
            elif isinstance(what, Probe):
                self._probe(what)
            elif isinstance(what, Current):
                self._current(what)
            elif isinstance(what, Gap):
                self._gap(what)
            elif isinstance(what, Lost):
                self.desk.reach(False, what.words)

    def _probe(self, probe: Probe) -> None:
        device = _device(probe, self._address.device, self._about.name)
        if device is None:
            names = ", ".join(each.name for each in probe.devices) or "none"
            self.desk.reach(False, f"the agent has several devices or none of that name: {names}")
            return
        about = self._about
        self._signs = Signs(device, self._address.path, about.characteristics, self.desk.watch.stand.faults)
        if not self._signs.has_execution:
            self.desk.reach(False, f"the device {device.name} tells no execution")
            self._signs = None
            return
        self.desk.reach(True)

    def _gap(self, gap: Gap) -> None:
        self._missed = gap.words
        self.desk.reach(False, gap.words)  # on record: for a while it was not heard
        self.desk.reach(True)
        self._driver.declare(self._about.name, self._heard_s, gap.lost, gap.words)

    def _current(self, current: Current) -> None:
        if self._signs is None:
            return
        rows = current.streams.observations.get(self._signs.device, [])
        told = [each for row in rows for each in self._signs.of(row)]
        self.position = _position(current.streams, 0)
        self.desk.look(told, self._missed)
        self._missed = ""

    def _streams(self, streams: Streams) -> None:
        signs = self._signs
        if signs is None:
            return
        rows = streams.observations.get(signs.device, [])
        names = signs.names
        readings = [
            Reading(names.get(row.item, row.item), row.time_s, row.kind if signs.is_fault(row.item) else row.value)
            for row in rows
        ]
        self._driver.tell(self._about.name, readings)
        self.position = _position(streams, self.position.next if self.position else 0)
        for row in rows:
            for told in signs.of(row):
                self.desk.tell(told)
        self._heard_s = time.time()
        if rows:
            self.desk.note()

    def _note(self, stand: Stand) -> None:
        """Keep where the machine stands with how far it was read."""
        self._driver.notebook.note(self._about.name, {"position": self.position, "stand": stand.kept()})


def _position(streams: Streams, least: int) -> Position:
    return Position(streams.header.instance, max(streams.header.next, least))


def _device(probe: Probe, name: str, machine: str) -> Device | None:
    """The device of a name; without one the only machine there is, or the one called as ours."""
    machines = [device for device in probe.devices if device.find("EXECUTION")]
    if not name and len(machines) == 1:
        return machines[0]
    return next((device for device in probe.devices if (name or machine) in (device.name, device.uuid)), None)


def _address(name: str, address: str) -> Address:
    try:
        return Address.of(address)
    except ValueError as error:
        raise InputError([Problem(str(error), key=f"machines.{name}")]) from None
