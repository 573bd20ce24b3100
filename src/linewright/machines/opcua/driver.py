"""The driver for machines behind OPC UA: job dispatch by ISA-95 Job Control, one driver for each server.

What the server tells by itself is a hint to look; what a look reads back is the truth. Every machine is looked at
after each hint, each command, each reconnection, and whenever a poll shows that something differs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from asyncua import ua

from linewright.machines.counterpart import Counterpart, Look, Step
from linewright.machines.driver import Job, Reach, Report
from linewright.machines.lookouts import Lookouts
from linewright.machines.opcua import isa95
from linewright.machines.opcua.security import Pki
from linewright.machines.opcua.session import Address, Refused, Session
from linewright.machines.sheets import Sheets, machine_of
from linewright.machines.telemetry import Reading, Telemetry

POLL_S = 1.0  # between looks at all machines
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0  # between attempts to connect; twice as long each time
AT_ONCE = 8  # machines that are looked at together: more would only wait for each other, and time out
LOST = (OSError, ua.UaError, TimeoutError, ValueError)  # whatever a call can end in: connect anew

_log = logging.getLogger(__name__)


class _Machine:
    """One machine of the server: what it is called there, and what is known of it."""

    def __init__(self, counterpart: Counterpart, name: str) -> None:
        self.counterpart, self.name = counterpart, name
        self.wanted = asyncio.Event()  # somebody wants it looked at
        self.shown: tuple[Any, ...] = ()  # as last looked at
        self.reached: bool | None = None
        self.why = ""
        self.lost_s: float | None = None  # since when its readings are missing, s since 1970


class OpcUaDriver:
    """The machines of one server, by their number in the line and their name at the server."""

    outlives_us = True

    def __init__(
        self,
        server: Address,
        machines: Mapping[int, str],
        sheets: Sheets,
        pki: Pki | None = None,
        poll_s: float = POLL_S,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.server, self.pki, self.poll_s, self.telemetry = server, pki, poll_s, telemetry
        labels = sheets.names.machines
        self._machines = {m: _Machine(Counterpart(m, labels[m], sheets), name) for m, name in machines.items()}
        self._sheets = sheets
        self._lookouts = Lookouts()
        self._session: Session | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """Find the machines; see `Driver.connect`. Raises Refused where a certificate is not trusted."""
        for m, machine in self._machines.items():
            machine.counterpart.take_over([job for job in open_jobs if machine_of(job) == m])
        try:
            session = await self._open()
        except Refused:
            raise
        except LOST as error:
            session = None
            self._unreached(self._machines.values(), error)
        self._lookouts.begin(self._keep_connected(session), *map(self._attend, self._machines.values()))

    def events(self) -> AsyncGenerator[Report, None]:
        """What happens at the machines, for ever."""
        return self._lookouts.reports()

    async def send(self, jobs: Sequence[Job]) -> None:
        """Have the machines do jobs; each waits for its machine in its order."""
        for job in jobs:
            machine = self._machines[machine_of(job)]
            machine.counterpart.want(job)
            machine.wanted.set()

    async def close(self) -> None:
        """Let go of the machines."""
        await self._lookouts.end()
        if self._session:
            await self._session.close()
            self._session = None

    # ------------------------------------------------------------ the connection

    async def _open(self) -> Session:
        session = Session(self.server, self.pki)
        try:
            await session.open()
            missing = await session.find([machine.name for machine in self._machines.values()])
            await session.hint(self._hint)
            if self.telemetry:
                await session.observe(self._keep, self._overflow)
        except BaseException:
            await session.close()
            raise
        for machine in self._machines.values():
            machine.why = missing.get(machine.name, "")
            if not machine.why:
                machine.counterpart.repairs_itself = session.is_virtual(machine.name)
        return session

    async def _keep_connected(self, session: Session | None) -> None:
        """Connect, poll until that fails, and again for ever."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                session = session or await self._open()
                pause_s = FIRST_PAUSE_S
                self._session = session
                self._reached(session)
                await self._poll(session)
            except LOST as error:
                _log.info("%s: %r", self.server.server, error)
                self._unreached(self._machines.values(), error)
            self._session = None
            if session:
                await session.close()
                session = None
            await asyncio.sleep(pause_s)
            pause_s = min(2.0 * pause_s, LONGEST_PAUSE_S)

    async def _poll(self, session: Session) -> None:
        machines = [machine for machine in self._machines.values() if not machine.why]
        for machine in machines:
            machine.wanted.set()
        while True:
            await asyncio.sleep(self.poll_s)
            if self._session is not session:
                raise ConnectionError("a call failed")
            if not machines:
                raise ConnectionError(next(machine.why for machine in self._machines.values()))
            for machine, shown in zip(machines, await session.read([m.name for m in machines]), strict=True):
                if shown != machine.shown or machine.counterpart.waiting:
                    machine.wanted.set()

    def _hint(self, name: str) -> None:
        for machine in self._machines.values():
            if machine.name == name:
                machine.wanted.set()

    def _reached(self, session: Session) -> None:
        for machine in self._machines.values():
            if machine.why:
                self._unreached([machine], ConnectionError(machine.why))
            else:
                self._lookouts.report(Reach(machine.counterpart.machine, True, memory=session.life))
                self._declare_gap(machine)
            machine.reached = not machine.why

    def _unreached(self, machines: Any, error: Exception) -> None:
        for machine in machines:
            if machine.reached is not False:
                words = str(error) or type(error).__name__
                self._lookouts.report(Reach(machine.counterpart.machine, False, words))
                machine.lost_s = time.time()
            machine.reached = False

    # ------------------------------------------------------------ telemetry

    def _keep(self, name: str, reading: Reading) -> None:
        if self.telemetry:
            self.telemetry.put(self._label(name), [reading])

    def _overflow(self, name: str, item: str, time_s: float) -> None:
        if self.telemetry:
            self.telemetry.lost(self._label(name), time_s, time_s, None, f"{item}: the server's queue ran over")

    def _declare_gap(self, machine: _Machine) -> None:
        """Readings of the time in which the machine was not reached are missing."""
        if self.telemetry and machine.lost_s is not None:
            label = machine.counterpart.label
            self.telemetry.lost(label, machine.lost_s, time.time(), None, "the machine was not reached")
        machine.lost_s = None

    def _label(self, name: str) -> str:
        """What a machine is called in the line."""
        return next(machine.counterpart.label for machine in self._machines.values() if machine.name == name)

    # ------------------------------------------------------------ one machine

    async def _attend(self, machine: _Machine) -> None:
        """Look at a machine whenever somebody wants it, and do what waits."""
        while True:
            await machine.wanted.wait()
            machine.wanted.clear()
            session = self._session
            if session is None or machine.name not in session.machines:
                continue  # it is wanted again when the connection is there
            try:
                more = True
                while more:
                    async with self._turns:
                        more = await self._advance(machine, session)
            except LOST as error:
                _log.info("%s at %s: %r", machine.name, self.server.server, error)
                if self._session is session:
                    self._session = None  # the poll ends, and connects anew

    async def _advance(self, machine: _Machine, session: Session) -> bool:
        """One look and one step; is there more to do?"""
        counterpart = machine.counterpart
        look, machine.shown = await session.look(machine.name)
        if over := counterpart.over(look):
            self._report(counterpart.end(await session.results(machine.name, over.name)))
        self._report(counterpart.see(look))
        step = counterpart.next_step(look)
        if step is None:
            return False
        if not isinstance(step, Step):
            self._report([step])
            return True
        return await self._take(step, machine, session, look)

    async def _take(self, step: Step, machine: _Machine, session: Session, look: Look) -> bool:
        counterpart = machine.counterpart
        counterpart.tried(step, look)
        argument: Any = step.name
        if step.job and step.method == "StoreAndStart":
            argument = isa95.job_order_sent(self._sheets.order(step.job))
        answer = await session.do(machine.name, step.method, argument)
        report = counterpart.answered(step, answer)
        self._report([report] if report else [])
        return report is not None or step.method == "Clear"

    def _report(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self._lookouts.report(report)

