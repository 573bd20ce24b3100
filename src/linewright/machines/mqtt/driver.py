"""Machines behind Sparkplug B edge nodes, as the line sees them: they tell, people start them.

One driver for one broker. Signs are metrics by the last level of their name, in the words of MTConnect: `Execution`,
`FunctionalMode`, `PartCount`, `BadPartCount`, `Availability`, `CharacteristicStatus`, `Fault` (words, or "" for none),
and the characteristics of the plant under their own names. All metrics go to the telemetry.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiomqtt

from linewright.machines.desk import Desk
from linewright.machines.driver import Job
from linewright.machines.mqtt.broker import Broker
from linewright.machines.mqtt.nodes import NAMESPACE, REBIRTH, Ask, Born, Data, Died, Finding, Node, Nodes
from linewright.machines.mqtt.payload import Metric, Type, write_payload
from linewright.machines.patience import Patience
from linewright.machines.sheets import Sheets
from linewright.machines.telemetry import Reading, Telemetry
from linewright.machines.watch import About, Sign, Stand, Told, Watch
from linewright.machines.watching import WatchingDriver

SIGNS = {
    "execution": Sign.EXECUTION,
    "functionalmode": Sign.MODE,
    "partcount": Sign.COUNT,
    "badpartcount": Sign.BAD,
    "availability": Sign.AVAILABLE,
    "characteristicstatus": Sign.STATUS,
    "fault": Sign.FAULT,
}


class SparkplugDriver(WatchingDriver):
    """Watches machines by number, each a device of an edge node (or a whole node: device "").

    `host` is our name as host application; see `WatchingDriver` for the rest.
    """

    def __init__(
        self,
        broker: Broker,
        machines: Mapping[int, tuple[Node, str]],
        sheets: Sheets,
        host: str = "linewright",
        notes: Path | None = None,
        telemetry: Telemetry | None = None,
        handed: Callable[[Job], None] | None = None,
    ) -> None:
        super().__init__(sheets, notes, telemetry, handed)
        self.broker, self.host = broker, host
        self._nodes = Nodes()
        self._edges = sorted({node for node, _ in machines.values()})
        self._ears = {place: Ear(self, About.of(sheets, m)) for m, place in machines.items()}
        self.desks = {m: self._ears[place].desk for m, place in machines.items()}

    def listening(self) -> Sequence[Coroutine[Any, Any, None]]:
        """To the broker."""
        return [self._listen()]

    # ------------------------------------------------------------ the broker

    async def _listen(self) -> None:
        """For ever."""
        patience = Patience()
        while True:
            try:
                async with self.broker.client(f"{self.host}-host", self._state(False)) as client:
                    await client.subscribe(f"{NAMESPACE}/#", qos=0)
                    online = self._state(True)
                    await client.publish(online.topic, online.payload, qos=1, retain=True)
                    patience.reset()
                    try:
                        await self._hear(client)
                    finally:
                        gone = self._state(False)  # our will is spoken only if we hang up without a word
                        with contextlib.suppress(aiomqtt.MqttError):
                            await client.publish(gone.topic, gone.payload, qos=1, retain=True, timeout=1.0)
            except (aiomqtt.MqttError, OSError) as error:
                self._nodes.forget()
                for ear in self._ears.values():
                    ear.lose(f"broker {self.broker}: {error}")
                await patience.pause()

    async def _hear(self, client: aiomqtt.Client) -> None:
        for node in self._edges:
            await self._ask(client, node)
        async for message in client.messages:
            topic, data = message.topic.value, message.payload
            if topic.startswith(f"{NAMESPACE}/STATE/") or not isinstance(data, bytes):
                continue
            for finding in self._nodes.take(topic, data, time.monotonic()):
                if isinstance(finding, Ask):
                    if finding.alive:  # else it is not lost: we have just come, and it was born before
                        self._lose(finding.node, finding.words)
                    await self._ask(client, finding.node)
                else:
                    self._take(finding)

    async def _ask(self, client: aiomqtt.Client, node: Node) -> None:
        """Be born again, with all values."""
        rebirth = Metric(REBIRTH, True, Type.BOOLEAN)
        await client.publish(node.topic("NCMD"), write_payload([rebirth], None, round(1000.0 * time.time())), qos=0)

    def _state(self, online: bool) -> aiomqtt.Will:
        """That we are there, or not: edge nodes may wait for their host."""
        payload = json.dumps({"online": online, "timestamp": round(1000.0 * time.time())})
        return aiomqtt.Will(f"{NAMESPACE}/STATE/{self.host}", payload, qos=1, retain=True)

    # ------------------------------------------------------------ what is found

    def _take(self, finding: Finding) -> None:
        if isinstance(finding, Born | Data):
            ear = self._ears.get((finding.node, finding.device))
            if ear:
                ear.hear(finding.metrics, isinstance(finding, Born))
        elif isinstance(finding, Died):
            self._lose(finding.node, "it said that it goes", finding.device)

    def _lose(self, node: Node, words: str, device: str = "") -> None:
        for (its_node, its_device), ear in self._ears.items():
            if its_node == node and (not device or device == its_device):
                ear.lose(f"edge node {node.group}/{node.name}: {words}")


class Ear:
    """Hears one machine."""

    def __init__(self, driver: SparkplugDriver, about: About) -> None:
        self._driver, self._about = driver, about
        page = driver.notebook.page(about.name)
        self._missed = "we were not there" if page else ""
        self.desk = Desk(Watch(about, Stand.of(page), driver.notebook.memory), driver.report, driver.hand, self._note)
        self._lost_s: float | None = None

    def hear(self, metrics: Sequence[Metric], all_of_them: bool) -> None:
        """Values: new ones, or all of them with the machine's birth."""
        self._keep(metrics)
        told = [each for metric in metrics if not metric.historical for each in self._told(metric)]
        if all_of_them:
            self.desk.reach(True)
            self.desk.look(told, self._missed)
            self._missed = "the edge node was born anew"
            if self._lost_s is not None and self._driver.telemetry:
                why = "the edge node was not heard"
                self._driver.telemetry.lost(self._about.name, self._lost_s, time.time(), None, why)
            self._lost_s = None
            return
        for each in told:
            self.desk.tell(each)
        self.desk.note()

    def lose(self, words: str) -> None:
        """Not heard any more."""
        self._lost_s = self._lost_s or time.time()
        self._missed = words
        self.desk.reach(False, words)

    def _told(self, metric: Metric) -> Iterator[Told]:
        name = metric.name.rpartition("/")[2]
        sign = SIGNS.get(name.replace(" ", "").replace("_", "").lower())
        if name in self._about.characteristics:
            if isinstance(metric.value, float | int):
                yield Told(Sign.MEASURED, repr(float(metric.value)), name)
        elif sign is not None and metric.value is not None:
            value = "" if metric.value is False else _reading(metric.value)  # no fault
            yield Told(sign, value, metric.name if sign is Sign.FAULT else "")

    def _keep(self, metrics: Sequence[Metric]) -> None:
        telemetry = self._driver.telemetry
        if telemetry:
            now_s = time.time()
            telemetry.put(
                self._about.name,
                [
                    Reading(m.name, now_s if m.time_ms is None else m.time_ms / 1000.0, _reading(m.value))
                    for m in metrics
                    if m.value is not None
                ],
            )

    def _note(self, stand: Stand) -> None:
        self._driver.notebook.note(self._about.name, stand.kept())


def _reading(value: float | int | bool | str | bytes) -> str:
    """A value as it goes to the telemetry."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str) else repr(value)


def place_of(text: str, device: str = "") -> tuple[Node, str]:
    """Node and device of `group/node/device` or `group/node`. Raises ValueError."""
    levels = text.strip("/").split("/") + ([device] if device else [])
    if len(levels) not in (2, 3) or not all(levels):
        raise ValueError(f"{text!r} is no group/node/device")
    return Node(levels[0], levels[1]), levels[2] if len(levels) == 3 else ""
