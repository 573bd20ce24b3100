"""Virtual machines behind OPC UA: memory and start of 500 on one server, latency of calls, CPU of a busy floor.

    make bench-machines [MACHINES=500]      (or: python benchmarks/bench_machines.py [MACHINES])

Server and client are processes of their own on one computer, over loopback, Aes256_Sha256_RsaPss, sign and encrypt.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from linewright.control import Command
from linewright.control.compile import compile_line
from linewright.machines.driver import Happening, Job, Taken
from linewright.machines.jobs import JobOrder, Work
from linewright.machines.natural import natural_floor
from linewright.machines.opcua import isa95
from linewright.machines.opcua.driver import OpcUaDriver
from linewright.machines.opcua.security import Pki
from linewright.machines.opcua.server import OpcUaServer
from linewright.machines.opcua.session import Address, Session
from linewright.machines.sheets import Sheets
from linewright.plant.check import open_plant

PLANT = """
plant: hall
materials: {{ bar: {{ buy: true }}, part: {{}} }}
stations: {{ mill: {{ machines: {n}, tools: {{ T1: {{ life: 30, change: 1 min }} }} }} }}
routes: {{ part: [ {{ cut: {{ at: mill, takes: {{ bar: 1 }}, time: 60 s }} }} ] }}
orders: {{ from: orders.csv }}
"""
CALLS = 500
BUSY_S = 20.0


def main(machines: int) -> None:
    """Measure, and print one line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plant.yaml").write_text(PLANT.format(n=machines), encoding="utf-8")
        (folder / "orders.csv").write_text("order,material,quantity\na,part,1\n", encoding="utf-8")
        Pki.open(folder / "pki")
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, theirs))
        process.start()
        facts = ours.recv()
        try:
            facts |= asyncio.run(measure(folder, facts.pop("endpoint"), process.pid or 0, machines))
        finally:
            process.kill()
        print(json.dumps(facts))


def serve(folder: Path, tell: Connection) -> None:
    """Serve the machines for ever."""
    asyncio.run(_serve(folder, tell))


async def _serve(folder: Path, tell: Connection) -> None:
    floor = natural_floor(open_plant(folder / "plant.yaml"), 1, 1.0)
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    async with OpcUaServer(floor, Pki.open(folder / "pki"), port=0) as server:
        tell.send(
            {
                "machines": len(floor.machines),
                "endpoint": server.endpoint,
                "start_s": round(time.monotonic() - began_s, 2),
                "start_cpu_s": round(time.process_time() - began_cpu_s, 2),
                "memory_mb": round(psutil.Process().memory_info().rss / 2**20),
            }
        )
        await floor.run()


async def measure(folder: Path, endpoint: str, server: int, machines: int) -> dict[str, object]:
    """Calls one after the other, then all machines at work for a while under one driver."""
    pki = Pki.open(folder / "pki")
    session = Session(Address.read(endpoint), pki)
    await session.open()
    names = [f"mill-{k + 1}" for k in range(machines)] if machines > 1 else ["mill"]
    await session.find(names)
    call_ms, look_ms = [], []
    for k in range(CALLS):
        order = isa95.job_order_sent(JobOrder(f"bench-{k}-0", Work.OFFSET_TOOL, "T1", amount=0.0))
        began = time.perf_counter()
        await session.do(names[k % len(names)], "StoreAndStart", order)
        between = time.perf_counter()
        await session.look(names[k % len(names)])
        call_ms.append(1000 * (between - began))
        look_ms.append(1000 * (time.perf_counter() - between))
    await session.close()
    checked = open_plant(folder / "plant.yaml")
    line, line_names = compile_line(checked.plant, checked.orders, folder)
    driver = OpcUaDriver(Address.read(endpoint), dict(enumerate(names)), Sheets(line, line_names), pki)
    connect_s = time.monotonic()
    await driver.connect([])
    connect_s = time.monotonic() - connect_s
    busy = await keep_busy(driver, machines, server)
    await driver.close()
    return {
        "store_and_start_ms": quantiles(call_ms),
        "look_ms": quantiles(look_ms),
        "driver_connect_s": round(connect_s, 2),
        **busy,
    }


async def keep_busy(driver: OpcUaDriver, machines: int, server: int) -> dict[str, object]:
    """Jobs of a minute, spread evenly over the machines, and offsets in between: what does it cost?"""
    heard: list[object] = []
    sent: dict[str, float] = {}
    taken_ms: list[float] = []

    async def listen() -> None:
        async for report in driver.events():
            heard.append(report)
            if isinstance(report, Taken):
                taken_ms.append(1000 * (time.perf_counter() - sent[report.job]))

    listening = asyncio.create_task(listen())
    await asyncio.sleep(10.0)
    processes = [psutil.Process(), psutil.Process(server)]
    before = [sum(p.cpu_times()[:2]) for p in processes]
    began_s = time.monotonic()
    for k in range(machines):
        name = f"hall-{k}-0"
        sent[name] = time.perf_counter()
        await driver.send([Job(name, (int(Command.START_OPERATION), k, 0, 0, 1, 0.0, 0.0), False, (k,))])
        await asyncio.sleep(max(began_s + BUSY_S * (k + 1) / machines - time.monotonic(), 0.0))
    await asyncio.sleep(2.0)
    took_s = time.monotonic() - began_s
    client, theirs = (sum(p.cpu_times()[:2]) - b for p, b in zip(processes, before, strict=True))
    listening.cancel()
    return {
        "jobs_per_s": round(machines / BUSY_S, 1),
        "taken_ms": quantiles(taken_ms),
        "taken": len(taken_ms),
        "lost_connections": sum(not report.reached for report in heard if hasattr(report, "reached")),
        "ended": sum(isinstance(report, Happening) for report in heard),
        "driver_cpu": round(client / took_s, 3),
        "server_cpu": round(theirs / took_s, 3),
        "server_memory_mb": round(processes[1].memory_info().rss / 2**20),
    }


def quantiles(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile."""
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p99": round(ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)], 2),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
