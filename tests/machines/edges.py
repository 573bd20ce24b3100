"""A Sparkplug B edge node that shows a floor of virtual machines: its devices are the machines."""

from __future__ import annotations

import asyncio
import contextlib
import time

import aiomqtt

from linewright.machines.floor import Floor, Item, Observation, VirtualMachine
from linewright.machines.jobs import OUTCOME, JobState, Work
from linewright.machines.mqtt.broker import Broker
from linewright.machines.mqtt.nodes import BD_SEQ, REBIRTH, Node
from linewright.machines.mqtt.payload import Metric, Type, read_payload, write_payload

NODE = Node("shop", "edge 1")


class Edge:
    """`run` it; its faults on command: `lose` a message, `die` without a word."""

    def __init__(self, floor: Floor, broker: Broker) -> None:
        self.floor, self.broker = floor, broker
        self.lose = 0  # so many messages get lost on their way
        self.births = 0
        self._seq = 0
        self._out: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._alive = False
        self._verdict: dict[str, str] = {}  # on the last workpiece, by machine
        self._bore: dict[str, float] = {}
        floor.watch(self._told)

    async def run(self) -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                self.births += 1
                bd_seq = Metric(BD_SEQ, self.births, Type.INT64)
                will = aiomqtt.Will(NODE.topic("NDEATH"), write_payload([bd_seq], None, _now_ms()), qos=1)
                async with self.broker.client("edge-1", will) as client:
                    await client.subscribe(NODE.topic("NCMD"), qos=1)
                    self._out = asyncio.Queue()
                    self._be_born()
                    sending = asyncio.create_task(self._send(client))
                    try:
                        async for message in client.messages:
                            assert isinstance(message.payload, bytes)
                            if read_payload(message.payload).value(REBIRTH) is True:
                                self._be_born()
                    finally:
                        sending.cancel()
                        self._alive = False
            await asyncio.sleep(0.05)

    async def _send(self, client: aiomqtt.Client) -> None:
        while True:
            topic, data = await self._out.get()
            if self.lose > 0:
                self.lose -= 1
                continue
            await client.publish(topic, data, qos=0)

    # ------------------------------------------------------------ what is told

    def _be_born(self) -> None:
        self._alive, self._seq = True, 0
        metrics = [Metric(BD_SEQ, self.births, Type.INT64), Metric(REBIRTH, False, Type.BOOLEAN)]
        self._put(NODE.topic("NBIRTH"), metrics)
        for m, machine in enumerate(self.floor.machines.values()):
            known = [
                Metric("Controller/FunctionalMode", _mode(machine), Type.STRING, 10 * m),
                Metric("Controller/Execution", str(machine.execution), Type.STRING, 10 * m + 1),
                Metric("Controller/PartCount", machine.parts, Type.INT32, 10 * m + 2),
                Metric("Controller/Fault", machine.alarm, Type.STRING, 10 * m + 3),
                Metric("Controller/CharacteristicStatus", self._verdict.get(machine.name, ""), Type.STRING, 10 * m + 4),
                Metric("Gauge/bore", self._bore.get(machine.name), Type.DOUBLE, 10 * m + 5),
                Metric("Axes/X/Position", 0.0, Type.FLOAT, 10 * m + 6),
            ]
            self._put(f"{NODE.topic('DBIRTH')}/{machine.name}", known)

    def _put(self, topic: str, metrics: list[Metric]) -> None:
        self._out.put_nowait((topic, write_payload(metrics, self._seq, _now_ms())))
        self._seq = (self._seq + 1) % 256

    def _told(self, observation: Observation) -> None:
        machine, item, value, _ = observation
        if not self._alive:
            return
        base = 10 * list(self.floor.machines).index(machine.name)
        found: list[Metric] = []
        if item in (Item.EXECUTION, Item.PROGRAM):
            found.append(Metric("", _mode(machine), Type.STRING, base))
        if item == Item.EXECUTION:
            found.append(Metric("", str(value), Type.STRING, base + 1))
        elif item == Item.PARTS:
            found.append(Metric("", int(value), Type.INT32, base + 2))
        elif item == Item.ALARM:
            found.append(Metric("", str(value), Type.STRING, base + 3))
        elif item == Item.JOBS:
            found += self._results(machine, str(value), base)
        elif item == "Xpos":
            found.append(Metric("", float(value), Type.FLOAT, base + 6))
        if found:
            self._put(f"{NODE.topic('DDATA')}/{machine.name}", found)

    def _results(self, machine: VirtualMachine, job: str, base: int) -> list[Metric]:
        ended = machine.jobs.get(job)
        if ended is None or ended.state is not JobState.ENDED or ended.order.work is not Work.OPERATION:
            return []
        status = "PASS" if ended.results.get(OUTCOME) == "pass" else "FAIL"
        found = [Metric("", status, Type.STRING, base + 4)]
        self._verdict[machine.name] = status
        if "bore" in ended.results:
            self._bore[machine.name] = float(ended.results["bore"])
            found.append(Metric("", float(ended.results["bore"]), Type.DOUBLE, base + 5))
        return found


def _mode(machine: VirtualMachine) -> str:
    job = machine.at_work
    return "SETUP" if job and job.order.work in (Work.CHANGE_OVER, Work.CHANGE_TOOL) else "PRODUCTION"


def _now_ms() -> int:
    return round(1000.0 * time.time())
