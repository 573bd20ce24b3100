"""Where the broker is and who we are to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt

KEEP_ALIVE_S = 20
PASSWORD = "LINEWRIGHT_MQTT_PASSWORD"  # environment variable for a user named in the address without one
_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Broker:
    """An MQTT 3.1.1 broker; `secure` with TLS, the certificate checked against those that the system trusts."""

    host: str
    port: int
    secure: bool = False
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, text: str) -> Broker:
        """Of `mqtt://user@host:1883` or `mqtts://...` (8883). Raises ValueError."""
        parts = urlsplit(text)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError(f"{text!r} is no mqtt://host:port address")
        user, password = unquote(parts.username or ""), unquote(parts.password or os.environ.get(PASSWORD, ""))
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "mqtts", user, password)

    @classmethod
    def with_topic(cls, text: str) -> tuple[Broker, str]:
        """The broker of `mqtt://host:1883/enterprise/site/area`, and the topic that the path names.

        Raises ValueError.
        """
        parts = urlsplit(text)
        if any(sign in text.partition(parts.netloc)[2] for sign in "+#$?"):
            raise ValueError(f"{text!r} is no mqtt://host:port/topic")
        return cls.of(f"{parts.scheme}://{parts.netloc}"), unquote(parts.path).strip("/")

    def client(self, identifier: str, will: aiomqtt.Will, in_flight: int = 100) -> aiomqtt.Client:
        """A client that is not yet connected; its session ends with the connection."""
        return aiomqtt.Client(
            self.host,
            self.port,
            identifier=identifier,
            username=self.user or None,
            password=self.password or None,
            will=will,
            clean_session=True,
            keepalive=KEEP_ALIVE_S,
            max_inflight_messages=in_flight,
            max_queued_outgoing_messages=0,
            max_queued_incoming_messages=100_000,
            tls_context=ssl.create_default_context() if self.secure else None,
        )

    def __str__(self) -> str:
        return f"{'mqtts' if self.secure else 'mqtt'}://{self.host}:{self.port}"


async def while_connected(client: aiomqtt.Client, work: Coroutine[Any, Any, None], goodbye: aiomqtt.Will) -> None:
    """Work that lasts as long as the connection. Raises MqttError when that is lost, also while nothing is sent.

    Cancelled, the client says goodbye: a broker speaks a will only for who hangs up without a word.
    """
    tasks = [asyncio.create_task(work), asyncio.create_task(_hold(client))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except asyncio.CancelledError:
        with contextlib.suppress(aiomqtt.MqttError):
            await client.publish(goodbye.topic, goodbye.payload, goodbye.qos, goodbye.retain, timeout=1.0)
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _hold(client: aiomqtt.Client) -> None:
    async for _ in client.messages:
        pass  # nothing was subscribed to; it ends, with an error, as the connection does
