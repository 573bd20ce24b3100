"""A Mosquitto of the tests' own, that can be taken away and given back."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from linewright.machines.mqtt.broker import Broker

_FOUND = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


class Mosquitto:
    """Started with `start`; nothing outlives it but its port."""

    def __init__(self, folder: Path) -> None:
        if _FOUND is None:
            pytest.skip("no Mosquitto here (Debian, Ubuntu: apt-get install mosquitto)")
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._conf = folder / "mosquitto.conf"
        self._conf.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            "max_queued_messages 0\nset_tcp_nodelay true\n",
            encoding="utf-8",
        )
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def broker(self) -> Broker:
        return Broker("127.0.0.1", self.port)

    def start(self) -> None:
        log = (self._folder / "mosquitto.log").open("ab")
        self._process = subprocess.Popen([str(_FOUND), "-c", str(self._conf)], stdout=log, stderr=log)
        log.close()
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.01)
        raise AssertionError((self._folder / "mosquitto.log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """While entered, it runs."""
    found = Mosquitto(folder)
    found.start()
    try:
        yield found
    finally:
        found.stop()
