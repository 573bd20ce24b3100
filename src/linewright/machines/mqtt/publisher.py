"""Messages to a broker, at least once each, without ever keeping the line waiting.

States are retained: of each topic the last one counts, and all are told again to a broker that came back. Events wait
in a queue of bounded size and go out in batches, as many in one message as came while the last one was on its way;
when the queue is full the oldest are dropped, counted, and the count is published.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

import aiomqtt

from linewright.machines.mqtt.broker import Broker, while_connected
from linewright.machines.patience import Patience

MOST_EVENTS = 100_000  # that wait
BATCH = 500  # events in one message
IN_FLIGHT = 100  # messages sent and not yet confirmed
CONFIRM_S = 10.0
LAST_S = 2.0  # for what is still to be told when the line ends

Words = Mapping[str, Any]


class Publisher:
    """Publishes below a topic: states, events at `<base>/events`, and `<base>/online`."""

    def __init__(self, broker: Broker, base: str, identifier: str, most_events: int = MOST_EVENTS) -> None:
        self.broker, self.base, self.identifier = broker, base, identifier
        self.most_events = most_events
        self.dropped = 0  # events, ever
        self.connected = False
        self._states: dict[str, Words] = {}
        self._new: dict[str, None] = {}  # topics whose state is to be told, the oldest first
        self._events: deque[Words] = deque()
        self._stir = asyncio.Event()

    # ------------------------------------------------------------ in

    def set(self, topic: str, state: Words) -> None:
        """The state of `<base>/<topic>` is now this."""
        self._states[topic] = state
        self._new[topic] = None
        self._stir.set()

    def say(self, event: Words) -> None:
        """Something happened."""
        if len(self._events) >= self.most_events:
            self._events.popleft()
            self.dropped += 1
        self._events.append(event)
        self._stir.set()

    async def settle(self) -> None:
        """Wait until all has been confirmed."""
        while self._new or self._events or not self.connected:
            await asyncio.sleep(0.01)

    # ------------------------------------------------------------ out

    async def run(self) -> None:
        """Publish for ever; a broker that goes away is waited for."""
        patience = Patience()
        offline = aiomqtt.Will(f"{self.base}/online", _json({"online": False}), qos=1, retain=True)
        while True:
            try:
                async with self.broker.client(self.identifier, offline, IN_FLIGHT) as client:
                    client.pending_calls_threshold = 2 * IN_FLIGHT
                    self._new = dict.fromkeys(self._states)
                    await self._publish("online", {"online": True, "dropped": self.dropped}, client)
                    self.connected = True
                    patience.reset()
                    await while_connected(client, self._publish_on(client), offline)
            except (aiomqtt.MqttError, OSError):
                self.connected = False
                await patience.pause()

    async def run_beside(self) -> None:
        """Publish until cancelled; then tell what is still to be told, if the broker is there in time."""
        running = asyncio.create_task(self.run())
        try:
            await asyncio.wait([running])
            running.result()
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_S):
                    await self.settle()
            raise
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _publish_on(self, client: aiomqtt.Client) -> None:
        told = self.dropped
        while True:
            if not self._new and not self._events:
                self._stir.clear()
                await self._stir.wait()
            await self._publish_events(client)
            await self._publish_states(client)
            if self.dropped != told:
                told = self.dropped
                await self._publish("online", {"online": True, "dropped": told}, client)

    async def _publish_events(self, client: aiomqtt.Client) -> None:
        batch = [self._events.popleft() for _ in range(min(BATCH, len(self._events)))]
        if batch:
            try:
                await client.publish(f"{self.base}/events", _json(batch), qos=1, timeout=CONFIRM_S)
            except BaseException:
                self._events.extendleft(reversed(batch))  # perhaps it arrived: then they come twice
                raise

    async def _publish_states(self, client: aiomqtt.Client) -> None:
        topics = [topic for topic, _ in zip(self._new, range(IN_FLIGHT), strict=False)]
        for topic in topics:
            del self._new[topic]  # what is set from now on is told again
        try:
            await asyncio.gather(*(self._publish(topic, self._states[topic], client) for topic in topics))
        except BaseException:
            self._new = dict.fromkeys(topics) | self._new
            raise

    async def _publish(self, topic: str, state: Words, client: aiomqtt.Client) -> None:
        await client.publish(f"{self.base}/{topic}", _json(state), qos=1, retain=True, timeout=CONFIRM_S)


def _json(what: Any) -> str:
    return json.dumps(what, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
