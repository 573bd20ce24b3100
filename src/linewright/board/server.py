"""The server beside the line, in one event loop: it serves until stopped, whatever becomes of the line."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from linewright.board.accounts import Accounts
from linewright.board.app import make_app
from linewright.board.guard import is_loopback
from linewright.board.reading import read_past
from linewright.board.scene import Scene
from linewright.errors import InputError, Problem

_log = logging.getLogger(__name__)

BACKLOG = 128  # connections that wait to be taken
LEAVE_S = 2  # how long a browser has to say goodbye


@dataclass(frozen=True)
class Address:
    """Where to serve."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def secure(self) -> bool:
        """Over TLS?"""
        return self.certificate is not None

    @property
    def url(self) -> str:
        """What to type into a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.secure else ''}://{host}:{self.port}"

    def check(self) -> None:
        """Raises InputError where passwords would travel in the open, or the certificate is half there."""
        if (self.certificate is None) != (self.key is None):
            raise InputError([Problem("a certificate and its key go together", key="--tls-cert, --tls-key")])
        for path in (self.certificate, self.key):
            if path and not path.is_file():
                raise InputError([Problem("there is no such file", str(path))])
        if not is_loopback(self.host) and not self.secure:
            hint = "give --tls-cert and --tls-key, or let a proxy on this machine end TLS and stay on 127.0.0.1"
            raise InputError([Problem("serving to other machines needs TLS", key="--host", hint=hint)])


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: Ctrl-C is the caller's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(scene: Scene, address: Address, accounts: Accounts, ready: Callable[[str], None]) -> None:
    """Serve the scene until SIGINT or SIGTERM; a live line runs meanwhile and leaves a journal to resume.

    `ready` is told the address when it can be opened. Raises InputError where that cannot be had.
    """
    app = make_app(scene, accounts, loopback=is_loopback(address.host), secure=address.secure)
    listening = _listen(address)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=1024,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=LEAVE_S,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, server)
    tasks = [asyncio.create_task(scene.broadcast.run()), asyncio.create_task(scene.outlook.run())]
    tasks.append(asyncio.create_task(_read_past(scene)))
    line = asyncio.create_task(_run_line(scene))
    ready(Address(address.host, listening.getsockname()[1], address.certificate, address.key).url)
    try:
        await server.serve([listening])
    finally:
        for task in (*tasks, line):
            task.cancel()
        await asyncio.gather(*tasks, line, return_exceptions=True)
        scene.outlook.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _stop(server: uvicorn.Server) -> None:
    server.should_exit = True


async def _read_past(scene: Scene) -> None:
    """What happened before a restart is read beside the line."""
    try:
        await read_past(scene)
    except Exception as error:
        scene.watch.unreadable = f"a fault of ours: {error!r}"
        _log.exception("the past cannot be read")


async def _run_line(scene: Scene) -> None:
    """The line runs; the board says when and why it does not any more."""
    if scene.live is None:
        return
    try:
        await scene.live.run()
        scene.stop("all orders are done" if scene.watch.decider.all_done else "nothing moves any more")
    except InputError as error:
        scene.stop(str(error))
        _log.error("the line stopped: %s", error)
        raise
    except Exception as error:
        scene.stop(f"a fault of ours: {error!r}")
        _log.exception("the line stopped by a fault of ours")
        raise


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address.host, address.port))
        listening.listen(BACKLOG)  # who is told the address may come at once, before uvicorn is ready
    except OSError as error:
        listening.close()
        words = f"cannot serve at {address.host}:{address.port}: {error.strerror}"
        raise InputError([Problem(words, key="--port")]) from None
    return listening
