"""CPU of the server for 50 stations, five pictures a second, eight browsers: `make bench-board`.

A line of 50 stations runs at 20 times real time in `linewright serve`. Measured is the CPU time of the whole
process, first with nobody looking, then with clients that read the picture as a browser does, then with clients
that also ask what the page Line asks (`/now` every five seconds, the forecast whenever there is a new one).
Ends with one line of JSON: shares of one core; `board` is what eight clients add to the line by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websockets

STATIONS, CLIENTS, SPEED = 50, 8, "20x"
WARM_S, MEASURED_S = 8.0, 30.0
TICKS = os.sysconf("SC_CLK_TCK")


def plant() -> str:
    """Fifty stations in series, places between them, failures."""
    stations = [
        f"  s{k:02d}: {{ queue: 4, failures: [ {{ name: jam, every: {{ dist: exponential, mean: 2 h }}, "
        f"repair: {{ dist: gamma, mean: 5 min, cv: 0.6 }} }} ] }}"
        for k in range(STATIONS)
    ]
    route = [
        f"    - op{k:02d}: {{ at: s{k:02d}, time: {{ dist: lognormal, mean: {60 + k * 37 % 23} s, cv: 0.2 }} }}"
        for k in range(STATIONS)
    ]
    head, middle, tail = ["plant: fifty", "materials: { part: {} }", "stations:"], ["routes:", "  part:"], []
    tail = ["orders: { saturated: [part] }"]
    return "\n".join([*head, *stations, *middle, *route, *tail]) + "\n"


def cpu_s(process: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def look(url: str, seen: list[int]) -> None:
    """Read the picture until cancelled; counts messages and bytes."""
    async with websockets.connect(f"{url.replace('http', 'ws')}/api/v1/live", compression=None) as socket:
        async for message in socket:
            seen[0] += 1
            seen[1] += len(message)


async def ask(url: str) -> None:
    """Ask what the page Line asks."""
    while True:
        for path in ("now", "forecast"):
            await asyncio.to_thread(lambda path=path: urllib.request.urlopen(f"{url}/api/v1/{path}").read())
        await asyncio.sleep(5.0)


async def share(process: int, tasks: list[asyncio.Task[None]]) -> float:
    """CPU of the process by the time, while the tasks run."""
    await asyncio.sleep(WARM_S)
    begun, used = time.monotonic(), cpu_s(process)
    await asyncio.sleep(MEASURED_S)
    found = (cpu_s(process) - used) / (time.monotonic() - begun)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


async def measure(process: int, url: str) -> dict[str, float]:
    """The three measurements."""
    seen = [0, 0]
    alone = await share(process, [])
    looking = await share(process, [asyncio.create_task(look(url, seen)) for _ in range(CLIENTS)])
    span_s = WARM_S + MEASURED_S
    pages = [asyncio.create_task(look(url, [0, 0])) for _ in range(CLIENTS)]
    asking = await share(process, [*pages, *(asyncio.create_task(ask(url)) for _ in range(CLIENTS))])
    return {
        "line_alone": round(alone, 4),
        "with_clients": round(looking, 4),
        "board": round(looking - alone, 4),
        "with_pages_and_forecasts": round(asking, 4),
        "messages_per_client_and_s": round(seen[0] / CLIENTS / span_s, 2),
        "bytes_per_message": round(seen[1] / max(seen[0], 1), 1),
    }


def main() -> None:
    """Serve, measure, tell."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "plant.yaml").write_text(plant())
        words = ["serve", "plant.yaml", "--port", "0", "--speed", SPEED, "--ahead", "4 h", "--json"]
        serving = subprocess.Popen(
            [sys.executable, "-m", "linewright.cli", *words], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        try:
            assert serving.stdout is not None
            url = json.loads(serving.stdout.readline())["url"]
            print(json.dumps(asyncio.run(measure(serving.pid, url))))
        finally:
            serving.terminate()
            serving.wait(20)


if __name__ == "__main__":
    main()
