"""A machine in a process of its own, over a local socket: jobs in, what became of them out.

Its log says what it physically did, job by job, whoever remembers it. Its memory (jobs known and done) outlives
the process unless it is begun anew with amnesia. SIGUSR1 cuts all its connections.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from pathlib import Path
from typing import Any

from linewright.control import Command

WORK = {int(Command.START_OPERATION), int(Command.CHANGE_OVER), int(Command.CHANGE_TOOL), int(Command.REPAIR)}


class Machine:
    """One machine: at most one piece of work and one repair at a time, each done once however often it is asked."""

    def __init__(self, folder: Path, number: int, amnesia: bool, seed: int) -> None:
        self.folder, self.number = folder, number
        self.random = random.Random(seed)
        self.memory_file = folder / f"machine-{number}.memory"
        if amnesia:
            self.memory_file.unlink(missing_ok=True)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.memory = ""
        self._remember()
        self.down, self.paused = False, False
        self.peers: set[asyncio.StreamWriter] = set()
        self.wake = asyncio.Event()

    # ------------------------------------------------------------ memory and log

    def _remember(self) -> None:
        if self.memory_file.exists():
            for line in self.memory_file.read_text().splitlines():
                try:
                    row = json.loads(line)
                except ValueError:
                    continue  # torn as it was killed
                if "memory" in row:
                    self.memory = row["memory"]
                else:
                    self.jobs[row["job"]] = self.jobs.get(row["job"], {}) | row
            log = self.folder / f"machine-{self.number}.log"
            for line in log.read_text().splitlines() if log.exists() else ():
                done = json.loads(line)["job"]  # killed between doing it and noting it: one thing for a real machine
                if done in self.jobs:
                    self.jobs[done]["state"] = "done"
        if not self.memory:
            self.memory = os.urandom(6).hex()
            self._note({"memory": self.memory})

    def _note(self, row: dict[str, Any]) -> None:
        with self.memory_file.open("ab") as file:
            file.write(b"\n" + json.dumps(row).encode() + b"\n")

    def _log(self, what: str, job: dict[str, Any]) -> None:
        with (self.folder / f"machine-{self.number}.log").open("ab") as file:
            row = {"what": what, "job": job["job"], "command": job["command"], "serials": job["serials"]}
            file.write(json.dumps(row).encode() + b"\n")

    # ------------------------------------------------------------ jobs

    def take(self, job: dict[str, Any]) -> None:
        """A job came in; one that is known is not taken again."""
        if job["job"] in self.jobs:
            return
        kind = job["command"][0]
        self.jobs[job["job"]] = job | {"state": "waits" if kind in WORK else "done"}
        self._note(self.jobs[job["job"]])
        if kind != Command.REPAIR:
            self.paused = kind == Command.PAUSE
        self.wake.set()

    def _next(self) -> dict[str, Any] | None:
        waiting = [job for job in self.jobs.values() if job["state"] in ("waits", "runs")]
        repairs = [job for job in waiting if job["command"][0] == Command.REPAIR]
        if repairs:
            return repairs[0]
        return waiting[0] if waiting and not self.paused and not self.down else None

    async def work(self) -> None:
        """Do what is to be done, for ever."""
        for job in self.jobs.values():  # what it was paused for is not remembered; a repair waits or it works
            self.down = self.down or (job["state"] == "waits" and job["command"][0] == Command.REPAIR)
        while True:
            job = self._next()
            if job is None:
                self.wake.clear()
                await self.wake.wait()
                continue
            if job["state"] == "waits":
                self._change(job, "runs")
            await asyncio.sleep(self.random.uniform(0.001, 0.012))
            if job["command"][0] == Command.REPAIR:
                self.down = self.paused = False
            elif self.random.random() < 0.04:
                self.down = True
                self._tell({"failed": self.number})
                continue
            elif self.paused:
                continue
            self._log("done", job)
            self._change(job, "done")
            self._tell({"done": job["job"]})

    def _change(self, job: dict[str, Any], state: str) -> None:
        job["state"] = state
        self._note({"job": job["job"], "state": state})

    # ------------------------------------------------------------ the socket

    def _tell(self, row: dict[str, Any]) -> None:
        for peer in self.peers:
            if not peer.is_closing():
                peer.write(json.dumps(row).encode() + b"\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.peers.add(writer)
        try:
            while line := await reader.readline():
                row = json.loads(line)
                if "ask" in row:
                    known = {name: self.jobs[name]["state"] for name in row["ask"] if name in self.jobs}
                    answer = {"memory": self.memory, "known": known, "down": self.down}
                    writer.write(json.dumps(answer).encode() + b"\n")
                else:
                    self.take(row)
                    writer.write(json.dumps({"taken": row["job"]}).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass
        finally:
            self.peers.discard(writer)
            writer.close()

    def cut(self) -> None:
        """All connections break."""
        for peer in list(self.peers):
            peer.transport.abort()

    async def run(self) -> None:
        """Serve until killed."""
        path = self.folder / f"machine-{self.number}.socket"
        path.unlink(missing_ok=True)
        await asyncio.start_unix_server(self.serve, path)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.cut)
        await self.work()
