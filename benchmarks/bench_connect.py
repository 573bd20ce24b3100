"""MTConnect, Sparkplug and telemetry: observations, payloads and rows in a second of CPU; messages in a second.

    make bench-connect      (or: python benchmarks/bench_connect.py)

Everything runs in this process, over loopback where there is a network; Mosquitto runs beside it where it is
installed. The last line printed is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from linewright.machines.mqtt.broker import Broker
from linewright.machines.mqtt.payload import Metric, Type, read_payload, write_payload
from linewright.machines.mqtt.publisher import Publisher
from linewright.machines.mtconnect import Client, pages
from linewright.machines.mtconnect.agent import Agent, Component
from linewright.machines.mtconnect.documents import Category, Item, Streams, read
from linewright.machines.mtconnect.server import Server
from linewright.machines.telemetry import Reading, Telemetry

MACHINES, ITEMS = 500, 10
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin")


def rate(n: int, work: Callable[[], object]) -> float:
    """How many of `n` things in a second of CPU."""
    begun_s = time.process_time()
    work()
    return n / (time.process_time() - begun_s)


def new_agent() -> tuple[Agent, list[list[str]]]:
    """500 machines with ten readings each, and the ids of these."""
    agent, ids = Agent(time.time()), []
    for m in range(MACHINES):
        name = f"mill-{m}"
        items = tuple(
            Item(f"{name}_{k}", "POSITION", "ACTUAL", Category.SAMPLE, f"X{k}", "MILLIMETER", "Device", name, name)
            for k in range(ITEMS)
        )
        agent.declare(Component("Device", name, name, items), name, time.time())
        ids.append([item.id for item in items])
    return agent, ids


def fill(agent: Agent, ids: list[list[str]], n: int) -> None:
    """`n` observations, all machines in turn."""
    for k in range(n):
        agent.add(ids[k % MACHINES][k // MACHINES % ITEMS], f"{k * 0.001:.3f}", 1.77e9 + k * 1e-3)


def mtconnect() -> dict[str, float]:
    """Observations in a second of CPU: put into the buffer, written as XML, read from it."""
    agent, ids = new_agent()
    found = {"agent_add": rate(100_000, lambda: fill(agent, ids, 100_000))}
    shelves, start = agent.chosen("mill-7"), agent.first
    rows, next_ = agent.sample(shelves, start, 10_000)
    n = sum(len(some) for _, some in rows)
    documents = [pages.streams(agent, rows, next_, 0.0) for _ in range(1)]
    found["write_xml"] = rate(100 * n, lambda: [pages.streams(agent, rows, next_, 0.0) for _ in range(100)])
    streams = read(documents[0])
    assert isinstance(streams, Streams) and len(streams) == n
    found["read_xml"] = rate(100 * n, lambda: [read(documents[0]) for _ in range(100)])
    found["agent_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    return found


async def over_loopback(n: int) -> float:
    """Observations in a second of CPU from our agent over HTTP to our client, both in this process."""
    agent, ids = new_agent()
    server = Server(agent, "127.0.0.1", 0)
    await server.start()
    start = agent.next
    fill(agent, ids, n)
    begun_s, seen = time.process_time(), 0
    async for streams in Client(f"http://127.0.0.1:{server.port}", interval_s=0.0).stream(start):
        seen += len(streams)
        if seen == n:
            break
    cpu_s = time.process_time() - begun_s
    await server.stop()
    return n / cpu_s


def sparkplug() -> dict[str, float]:
    """Payloads of ten metrics by alias in a second of CPU, written and read."""
    metrics = [Metric("", 12.34 * k, Type.DOUBLE, alias=k) for k in range(10)]
    data = write_payload(metrics, 3, 1_769_844_600_000)
    return {
        "payload_bytes": float(len(data)),
        "payload_write": rate(5000, lambda: [write_payload(metrics, 3, 1_769_844_600_000) for _ in range(5000)]),
        "payload_read": rate(5000, lambda: [read_payload(data) for _ in range(5000)]),
    }


def telemetry(folder: Path) -> dict[str, float]:
    """Rows in a second of CPU from `put` to the disk, and bytes each."""
    store, n = Telemetry(folder, segment_s=1e9), 250_000
    blocks = [
        [
            Reading(f"item{k % 20}", 1.77e9 + 0.1 * b + 0.001 * k, f"{(k * 7919 + b * 104729) % 10007 / 100:.3f}")
            for k in range(100)
        ]
        for b in range(n // 100)
    ]

    def work() -> None:
        for b, block in enumerate(blocks):
            store.put(f"mill-{b % 50}", block)
        store.close()

    rows = rate(n, work)
    return {"rows": rows, "row_bytes": sum(path.stat().st_size for path in folder.rglob("*.parquet")) / n}


async def publish(folder: Path) -> dict[str, float]:
    """Events and states in a second of the wall clock to Mosquitto, confirmed (QoS 1)."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    conf = folder / "mosquitto.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n", encoding="utf-8")
    process = subprocess.Popen([str(MOSQUITTO), "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        publisher = Publisher(Broker("127.0.0.1", port), "a/b/c/d", "bench")
        running = asyncio.create_task(publisher.run())
        await publisher.settle()
        figures = {}
        for name, n in (("events", 50_000), ("states", 3_000)):
            begun_s, cpu_s = time.perf_counter(), time.process_time()
            for k in range(n):
                if name == "events":
                    publisher.say({"event": "operation finished", "machine": "mill-1", "time_s": 0.5 * k})
                else:
                    publisher.set(f"mill-{k}/state", {"state": "processing", "since_s": 0.5 * k})
            await publisher.settle()
            figures[f"{name}_per_s"] = n / (time.perf_counter() - begun_s)
            figures[f"{name}_per_cpu_s"] = n / (time.process_time() - cpu_s)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return figures
    finally:
        process.kill()
        process.wait()


def main() -> int:
    figures: dict[str, object] = {"mtconnect": mtconnect() | {"over_loopback": asyncio.run(over_loopback(50_000))}}
    figures["sparkplug"] = sparkplug()
    with tempfile.TemporaryDirectory() as folder:
        figures["telemetry"] = telemetry(Path(folder))
        if MOSQUITTO:
            figures["publisher"] = asyncio.run(publish(Path(folder)))
        else:
            print("no Mosquitto here: the publisher is left out", file=sys.stderr)
    for room, some in figures.items():
        for name, value in some.items():  # type: ignore[attr-defined]
            print(f"{room:10} {name:16} {value:12,.0f}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
