"""The application: API, broadcast, pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import linewright
from linewright.board import api, downloads, people
from linewright.board.accounts import Accounts, may
from linewright.board.guard import Guard
from linewright.board.scene import Scene
from linewright.board.watch import NotYetRead
from linewright.errors import InputError
from linewright.live import Forbidden

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
POLICY, GOING_AWAY = 1008, 1001  # WebSocket close codes


def make_app(scene: Scene, accounts: Accounts, *, loopback: bool, secure: bool) -> FastAPI:
    """The board of a scene. `loopback`: whoever asks on this machine may look without a password."""
    app = FastAPI(
        title="Linewright",
        version=linewright.__version__,
        description="A production line: what it does, what it will do, and what was done to every unit.",
        openapi_url=None,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.scene, app.state.accounts = scene, accounts
    app.state.guard = Guard(accounts, loopback, secure)
    app.add_middleware(SafeHeaders, secure=secure)
    app.add_exception_handler(InputError, _refuse)
    app.add_exception_handler(NotYetRead, _not_yet)
    for part in (api, people, downloads):
        app.include_router(part.router)
    _add_openapi(app)
    app.add_api_websocket_route("/api/v1/live", live)
    app.add_api_route("/plotly.js", plotly, include_in_schema=False)
    app.mount("/", StaticFiles(directory=STATIC, html=True))
    return app


def _add_openapi(app: FastAPI) -> None:
    async def openapi() -> JSONResponse:
        return JSONResponse(app.openapi())

    app.add_api_route("/api/v1/openapi.json", openapi, include_in_schema=False, dependencies=[api.VIEWER])


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 403 if isinstance(error, Forbidden) else 400)


async def _not_yet(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 503, {"Retry-After": "1"})


async def live(socket: WebSocket) -> None:
    """The moving picture: binary messages, see `board.picture`."""
    guard: Guard = socket.app.state.guard
    origin = socket.headers.get("origin")
    foreign = origin is not None and origin.partition("://")[2] != socket.headers.get("host")
    if foreign or not may(guard.asker(socket).role, "viewer"):
        await socket.close(POLICY)
        return
    await socket.accept()
    try:
        async for message in socket.app.state.scene.broadcast.follow():
            await socket.send_bytes(message)
    except (WebSocketDisconnect, RuntimeError):
        return


async def plotly() -> FileResponse:
    """The script of the charts, from plotly's own package."""
    import plotly as package

    return FileResponse(Path(package.__file__).parent / "package_data" / "plotly.min.js", media_type="text/javascript")


class SafeHeaders:
    """Adds the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        self._headers = dict(HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: Any = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_safely)
