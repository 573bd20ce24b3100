"""The OPC UA driver against our virtual machines behind OPC UA, over loopback, encrypted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from driver_contract import GAUGE, MILL, OutlivingContract, Shop
from shop import renew, small_floor, until

from linewright.control import Line
from linewright.control.line import Names
from linewright.machines.opcua.driver import OpcUaDriver
from linewright.machines.opcua.security import Pki
from linewright.machines.opcua.server import OpcUaServer
from linewright.machines.opcua.session import Address
from linewright.machines.telemetry import Reading, Telemetry


class OpcUaShop(Shop):
    """One server, and drivers for it."""

    def __init__(self, line: Line, names: Names, server: OpcUaServer) -> None:
        super().__init__(line, names)
        self.server = server

    def driver(self) -> OpcUaDriver:
        machines = {MILL: "mill", GAUGE: "gauge-1"}
        address = Address.read(self.server.endpoint)
        return OpcUaDriver(address, machines, self.sheets, self.server.pki, poll_s=0.2)

    async def cut(self) -> None:
        await self.server.cut()

    async def forget(self) -> None:
        for machine in self.server.floor.machines.values():
            machine.forget()


class TestOpcUaDriver(OutlivingContract):
    """All that a driver of real machines must do. One server for all tests: it takes seconds to start."""

    runner: asyncio.Runner
    server: OpcUaServer

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def served(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        folder = tmp_path_factory.mktemp("opcua")
        floor = small_floor(folder)
        server = OpcUaServer(floor, Pki.open(folder / "pki"), port=0)
        with asyncio.Runner() as runner:
            cls.runner, cls.server = runner, server
            runner.run(server.__aenter__())
            yield
            runner.run(server.__aexit__())

    def run(self, play: Coroutine[Any, Any, None]) -> None:
        self.runner.run(play)

    @contextlib.asynccontextmanager
    async def shop(self, folder: Path, line: Line, names: Names) -> AsyncIterator[Shop]:
        floor = self.server.floor
        renew(floor, folder)
        running = asyncio.create_task(floor.run())
        try:
            yield OpcUaShop(line, names, self.server)
        finally:
            running.cancel()

    async def jobs_kept(self, shop: Shop) -> int:
        return len(self.server.floor.machines["gauge-1"].jobs)

    def test_what_machines_monitor_is_kept_and_what_was_missed_is_declared(self, tmp_path: Path) -> None:
        kept: list[tuple[str, str]] = []
        lost: list[tuple[str, str]] = []

        class Store:
            def put(self, machine: str, readings: list[Reading]) -> None:
                kept.extend((machine, reading.item) for reading in readings)

            def lost(self, machine: str, from_s: float, to_s: float, count: int | None, why: str) -> None:
                assert from_s < to_s and count is None
                lost.append((machine, why))

        async def play() -> None:
            async with self.opened(tmp_path) as shop:
                driver = shop.driver()
                assert isinstance(driver, OpcUaDriver)
                driver.telemetry = cast(Telemetry, Store())
                await driver.connect([])
                await until(lambda: ("mill", "Monitoring/MachineTool/OperationMode") in kept)
                assert not lost
                await shop.cut()
                await until(lambda: len(lost) == 2)
                await driver.close()

        self.run(play())
        why = "the machine was not reached"
        assert sorted(lost) == [("gauge-1", why), ("mill", why)]
        assert {machine for machine, _ in kept} == {"mill"}  # a gauge without tools is no machine tool
