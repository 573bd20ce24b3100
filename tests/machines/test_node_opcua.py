"""OPC UA of other people's making: node-opcua as client of our virtual machines, and as server for our driver.

Its packages are installed once, in a folder of their own outside the project. Without node, npm or a registry these
tests say so and are skipped.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from driver_contract import GAUGE, MILL, UNIT, check, job
from shop import small_floor, small_plant, until

from linewright.control import Command, Event
from linewright.control.codes import Outcome
from linewright.control.compile import compile_line
from linewright.machines.driver import Happening, Report, Taken
from linewright.machines.opcua.driver import OpcUaDriver
from linewright.machines.opcua.security import Pki
from linewright.machines.opcua.server import OpcUaServer
from linewright.machines.opcua.session import Address
from linewright.machines.sheets import Sheets

HERE = Path(__file__).parent / "node"
VERSION = json.loads((HERE / "package.json").read_text())["dependencies"]["node-opcua"]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "linewright" / f"node-opcua-{VERSION}"
WORK_S = 0.4  # how long a job takes at the node-opcua server


@pytest.fixture(scope="module")
def node() -> dict[str, str]:
    """The environment in which node finds node-opcua."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not here")
    if not (CACHE / "node_modules" / "node-opcua").is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", CACHE)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=CACHE, capture_output=True, timeout=300)
        if done.returncode:
            pytest.skip(f"npm cannot install node-opcua: {done.stderr.decode()[-200:]}")
    return {**os.environ, "NODE_PATH": str(CACHE / "node_modules")}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.open(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(ours: Pki, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str, str]:
    """node-opcua, whom we trust: its certificate, key, application uri, and a folder for its store."""
    folder = tmp_path_factory.mktemp("theirs")
    pki = Pki.open(folder / "pki")
    certificate = folder / "certificate.pem"
    made = x509.load_der_x509_certificate(pki.own.read_bytes())
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    shutil.copy(pki.own, ours.trusted / "node.der")
    return str(certificate), str(pki.key), pki.uri, str(folder / "store")


def test_a_client_gives_our_machine_a_job_and_reads_what_came_of_it(
    node: dict[str, str], ours: Pki, theirs: tuple[str, ...], tmp_path: Path
) -> None:
    async def play() -> dict[str, Any]:
        floor = small_floor(tmp_path)
        async with OpcUaServer(floor, ours, port=0) as server:
            running = asyncio.create_task(floor.run())
            process = await asyncio.create_subprocess_exec(
                "node", str(HERE / "client.cjs"), server.endpoint, *theirs, env=node,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, errors = await asyncio.wait_for(process.communicate(), 90)
            running.cancel()
            assert process.returncode == 0, errors.decode()
            found: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
            return found

    found = asyncio.run(play())
    for policy in ("Basic256Sha256", "Aes256"):
        seen = found[policy]
        assert (seen["machine"], seen["status"], seen["again"]) == ("mill", 1, 16)
        assert seen["states"][-1] == 5 and set(seen["states"]) <= {1, 2, 3, 5}
        assert seen["response"] == {"id": f"node-{policy}-0", "state": 5, "data": {"outcome": "pass"}}
        assert "BadUserAccessDenied" in seen["write"]
    assert found["anonymous"]["state"] == "NotExecuting"
    assert "BadUserAccessDenied" in found["anonymous"]["call"]


@pytest.fixture(scope="module")
def counterpart(node: dict[str, str], theirs: tuple[str, ...]) -> Iterator[str]:
    """A machine of node-opcua, made of the published nodesets: its address."""
    command = ["node", str(HERE / "server.cjs"), *theirs, str(1000 * WORK_S)]
    process = subprocess.Popen(command, env=node, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = next((line for line in process.stdout if line.startswith("{")), "")
        yield f"opc.tcp://127.0.0.1:{json.loads(line)['port']}"
    finally:
        process.kill()
        process.wait()


def test_our_driver_has_a_machine_of_node_opcua_work(counterpart: str, ours: Pki, tmp_path: Path) -> None:
    checked = small_plant(tmp_path)
    line, names = compile_line(checked.plant, checked.orders, tmp_path)
    heard: list[Report] = []

    def ends() -> list[Happening]:
        return [r for r in heard if isinstance(r, Happening) and r.kind == Event.OPERATION_FINISHED]

    async def listen(driver: OpcUaDriver) -> None:
        async for report in driver.events():
            heard.append(report)

    async def play() -> None:
        driver = OpcUaDriver(Address.read(counterpart), {GAUGE: "mill"}, Sheets(line, names), ours, poll_s=0.1)
        await driver.connect([])
        listening = asyncio.create_task(listen(driver))
        await driver.send([check("run-1-0"), check("run-1-0")])
        await until(lambda: Taken("run-1-0") in heard)
        await driver.send([job("run-2-0", Command.PAUSE, GAUGE)])
        await until(lambda: Taken("run-2-0") in heard)
        await asyncio.sleep(1.5 * WORK_S)
        assert not ends()
        await driver.send([job("run-3-0", Command.RESUME, GAUGE)])
        await until(ends)
        for k in range(4, 8):
            await driver.send([check(f"run-{k}-0")])
            await until(lambda k=k: len(ends()) == k - 2)
        await asyncio.sleep(0.1)
        assert not listening.done(), listening.exception()
        listening.cancel()
        await driver.close()

    asyncio.run(play())
    assert [(end.job, end.detail) for end in ends()] == [
        (f"run-{k}-0", int(Outcome.FAIL)) for k in (1, 4, 5, 6, 7)
    ]
    values = [r for r in heard if isinstance(r, Happening) and r.kind == Event.VALUE_MEASURED]
    assert [(v.subject, v.number, v.amount) for v in values] == [(GAUGE, UNIT, 0.0201)] * 5
    assert MILL == 0


def test_a_server_that_we_do_not_trust_gets_no_job(counterpart: str, tmp_path: Path) -> None:
    checked = small_plant(tmp_path)
    line, names = compile_line(checked.plant, checked.orders, tmp_path)
    strange = Pki.open(tmp_path / "strange")
    driver = OpcUaDriver(Address.read(counterpart), {GAUGE: "mill"}, Sheets(line, names), strange)
    with pytest.raises(PermissionError, match="is not trusted"):
        asyncio.run(driver.connect([]))
    assert len(list(strange.rejected.iterdir())) == 1
