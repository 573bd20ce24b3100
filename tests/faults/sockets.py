"""A driver for the machines of `machine.py`: the protocol of `machines.driver` over local sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from linewright.control import Event
from linewright.live.world import Surroundings
from linewright.machines import Happening, Job, Question, Reach, Report, Taken
from linewright.machines.driver import ENDS, FOR_MACHINES

RETRY_S = 0.01
SILENT_S = 0.25  # without an answer the connection is given up and made anew


class Wire:
    """The connection to one machine, made again for ever."""

    def __init__(self, folder: Path, machine: int, first_mode: int, heard: asyncio.Queue[Report]) -> None:
        self.path, self.machine, self.heard = folder / f"machine-{machine}.socket", machine, heard
        self.first_mode = first_mode
        self.jobs: dict[str, Job] = {}  # not known to have ended
        self.offered: set[str] = set()  # sent by this process, or perhaps by one before it
        self.asked: set[str] = set()
        self.waiting: asyncio.Queue[Job] = asyncio.Queue()
        self.memory = ""

    async def keep_on(self) -> None:
        """Connect, read back, serve; again and again."""
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self.path)
            except OSError as error:
                self.heard.put_nowait(Reach(self.machine, False, str(error)))
                await asyncio.sleep(RETRY_S)
                continue
            try:
                await self._read_back(reader, writer)
                await self._serve(reader, writer)
            except (OSError, ValueError, TimeoutError) as error:
                self.heard.put_nowait(Reach(self.machine, False, repr(error)))
            finally:
                writer.close()

    async def _read_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps({"ask": list(self.jobs)}).encode() + b"\n")
        while True:  # what the machine tells unasked meanwhile is in its answer too
            row = await self._row(reader)
            if "memory" in row:
                break
        self.memory = row["memory"]
        self.heard.put_nowait(Reach(self.machine, True, memory=self.memory))
        for job in list(self.jobs.values()):
            state = row["known"].get(job.name)
            if state is not None:
                self._acknowledged(job.name)
            if state == "done":
                self._ended(job.name)
            elif state is None:
                self._missing(job, writer)
        if row["down"]:
            self.heard.put_nowait(Happening(int(Event.MACHINE_FAILED), self.machine, self.first_mode))

    def _missing(self, job: Job, writer: asyncio.StreamWriter) -> None:
        """The machine does not know the job. It is sent where it cannot have been there, else somebody is asked."""
        never_there = job.name not in self.offered or (not job.acknowledged and job.memory == self.memory)
        if never_there:
            self._offer(job, writer)
        elif job.command[0] not in ENDS:
            self._acknowledged(job.name)  # a pause or a correction of something that is forgotten
        elif job.name not in self.asked:
            self.asked.add(job.name)
            self.heard.put_nowait(Question(self.machine, job.name, f"machine {self.machine} does not know {job.name}"))

    def _offer(self, job: Job, writer: asyncio.StreamWriter) -> None:
        self.offered.add(job.name)
        row = {"job": job.name, "command": job.command, "serials": job.serials}
        writer.write(json.dumps(row).encode() + b"\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not self.waiting.empty():
            self.waiting.get_nowait()  # they are among `jobs`, and were offered just now
        sending = asyncio.create_task(self._send(writer))
        try:
            while True:
                row = await self._row(reader, math_inf=not self.jobs)
                if "taken" in row:
                    self._acknowledged(row["taken"])
                elif "done" in row:
                    self._ended(row["done"])
                elif "failed" in row:
                    self.heard.put_nowait(Happening(int(Event.MACHINE_FAILED), self.machine, self.first_mode))
        finally:
            sending.cancel()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        while True:
            self._offer(await self.waiting.get(), writer)
            await writer.drain()

    async def _row(self, reader: asyncio.StreamReader, math_inf: bool = False) -> dict[str, Any]:
        async with asyncio.timeout(None if math_inf else SILENT_S):
            line = await reader.readline()
        if not line:
            raise ConnectionResetError("closed")
        row: dict[str, Any] = json.loads(line)
        return row

    def _acknowledged(self, name: str) -> None:
        job = self.jobs.get(name)
        if job is None:
            return
        self.jobs[name] = job._replace(acknowledged=True)
        self.heard.put_nowait(Taken(name))
        if job.command[0] not in ENDS:
            del self.jobs[name]

    def _ended(self, name: str) -> None:
        job = self.jobs.pop(name, None)
        if job is not None:
            self.heard.put_nowait(Happening(int(ENDS[job.command[0]]), self.machine, 0, job=name))

    def give(self, job: Job) -> None:
        """A new job; one of its kind that somebody answered for is open no longer."""
        if job.command[0] in ENDS:
            for old in [old for old in self.jobs.values() if old.command[0] == job.command[0]]:
                del self.jobs[old.name]
        self.jobs[job.name] = job


class Sockets:
    """All machines of a line over sockets, and the world around them."""

    outlives_us = True

    def __init__(self, folder: Path, first_modes: Sequence[int], world: Surroundings) -> None:
        self.heard: asyncio.Queue[Report] = asyncio.Queue()
        self.wires = [Wire(folder, m, mode, self.heard) for m, mode in enumerate(first_modes)]
        self.world = world
        self.tasks: list[asyncio.Task[None]] = []

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        await self.world.connect([job for job in open_jobs if job.command[0] not in FOR_MACHINES])
        for job in open_jobs:
            if job.command[0] in FOR_MACHINES:
                wire = self.wires[job.command[1]]
                wire.jobs[job.name] = job
                wire.offered.add(job.name)  # for all that we know
        self.tasks = [asyncio.create_task(wire.keep_on()) for wire in self.wires]
        self.tasks.append(asyncio.create_task(self._listen()))

    async def _listen(self) -> None:
        async for report in self.world.events():
            self.heard.put_nowait(report)
            await asyncio.sleep(0)  # the line takes it before the next is due

    async def events(self) -> AsyncGenerator[Report, None]:
        while True:
            yield await self.heard.get()

    async def send(self, jobs: Sequence[Job]) -> None:
        await self.world.send([job for job in jobs if job.command[0] not in FOR_MACHINES])
        for job in jobs:
            if job.command[0] in FOR_MACHINES:
                wire = self.wires[job.command[1]]
                wire.give(job)
                wire.waiting.put_nowait(job)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
