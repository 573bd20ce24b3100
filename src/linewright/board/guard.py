"""Who asks, and may they? Sessions, the loopback viewer, cross-site requests, too many requests.

A browser has a session cookie (HttpOnly, SameSite=Strict, Secure over TLS) and sends the session's token with
everything that changes something. Whoever asks over the loopback address of this very machine may look without
a password, and no more than that: not behind a proxy, and only under a name of the loopback, so that no foreign
page can reach the line through the browser (DNS rebinding).
"""

from __future__ import annotations

import hmac
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.params import Depends as DependsMarker
from starlette.requests import HTTPConnection

from linewright.board.accounts import Accounts, may
from linewright.board.models import Role

COOKIE = "linewright"
LASTS_S = 12 * 3600.0  # a session, from its last use
SESSIONS = 1000
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass
class Session:
    """Somebody who has signed in."""

    person: str
    csrf: str
    used_s: float


@dataclass(frozen=True)
class Asker:
    """Who asks."""

    person: str  # "" where nobody has signed in
    role: Role | None
    csrf: str = ""
    must_change: bool = False


@dataclass
class Bucket:
    """So many at once, and so many a second."""

    most: float
    per_s: float
    level: float = field(init=False)
    seen_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.seen_s = self.most, time.monotonic()

    def take(self) -> float:
        """Take one; returns how long to wait for it, s (0: it is there)."""
        now = time.monotonic()
        self.level = min(self.most, self.level + (now - self.seen_s) * self.per_s)
        self.seen_s = now
        if self.level < 1.0:
            return (1.0 - self.level) / self.per_s
        self.level -= 1.0
        return 0.0


class Limits:
    """Buckets by name; the longest unused goes when there are too many."""

    MOST = 10_000

    def __init__(self, most: float, per_s: float) -> None:
        self.most, self.per_s = most, per_s
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, *names: str) -> None:
        """Raises HTTPException 429 where one of them has had too many."""
        for name in names:
            bucket = self._buckets.setdefault(name, Bucket(self.most, self.per_s))
            self._buckets.move_to_end(name)
            if len(self._buckets) > self.MOST:
                self._buckets.popitem(last=False)
            if (wait_s := bucket.take()) > 0.0:
                after = str(math.ceil(wait_s))
                raise HTTPException(429, "too many requests; wait a moment", {"Retry-After": after})


class Guard:
    """The sessions of one board."""

    def __init__(self, accounts: Accounts, loopback: bool, secure: bool) -> None:
        self.accounts, self.loopback, self.secure = accounts, loopback, secure
        self.sign_ins = Limits(most=5, per_s=1 / 20)
        self.requests = Limits(most=200, per_s=50)
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def asker(self, connection: HTTPConnection) -> Asker:
        """Who sends this request."""
        session = self._session(connection)
        account = self.accounts.get(session.person) if session else None
        if session and account:
            role = None if account.must_change else account.role
            return Asker(account.person, role, session.csrf, account.must_change)
        if self.loopback and is_local(connection):
            return Asker("", "viewer")
        return Asker("", None)

    def begin(self, person: str) -> tuple[str, Session]:
        """A new session: the token for the cookie, and the session."""
        token = secrets.token_urlsafe(32)
        session = Session(person, secrets.token_urlsafe(24), time.monotonic())
        self._sessions[_digest(token)] = session
        while len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)
        return token, session

    def end(self, connection: HTTPConnection) -> None:
        """This session is over."""
        self._sessions.pop(_digest(connection.cookies.get(COOKIE, "")), None)

    def end_all(self, person: str) -> None:
        """All sessions of a person are over: the password or the rights have changed."""
        self._sessions = OrderedDict((k, one) for k, one in self._sessions.items() if one.person != person)

    def refuse_cross_site(self, request: HTTPConnection) -> None:
        """Raises HTTPException 403 where another site's page sends this."""
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            raise HTTPException(403, "a page of another site may not do this")

    def refuse_forged(self, request: Request, asker: Asker) -> None:
        """Raises HTTPException 403 where the session's own pages did not send this."""
        self.refuse_cross_site(request)
        sent = request.headers.get("x-csrf-token", "")
        if not asker.csrf or not hmac.compare_digest(sent.encode(), asker.csrf.encode()):
            raise HTTPException(403, "the header X-CSRF-Token is missing or not this session's")

    def _session(self, connection: HTTPConnection) -> Session | None:
        digest = _digest(connection.cookies.get(COOKIE, ""))
        session = self._sessions.get(digest)
        now = time.monotonic()
        if session is None or now - session.used_s > LASTS_S:
            self._sessions.pop(digest, None)
            return None
        session.used_s = now
        self._sessions.move_to_end(digest)
        return session


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def is_local(connection: HTTPConnection) -> bool:
    """Does this come from a program on this machine that asked for the loopback address itself?"""
    client = connection.client
    name = connection.headers.get("host", "")
    host = name if name.endswith("]") else name.rpartition(":")[0] or name
    direct = not any(header in connection.headers for header in FORWARDED)
    return client is not None and is_loopback(client.host) and host in LOOPBACK_NAMES and direct


def is_loopback(address: str) -> bool:
    """Is this an address (or name) of this machine's loopback?"""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


# ---------------------------------------------------------------- for the API


def _asker(request: Request) -> Asker:
    guard: Guard = request.app.state.guard
    asker = guard.asker(request)
    guard.requests.take(asker.person or (request.client.host if request.client else ""))
    return asker


Anybody = Annotated[Asker, Depends(_asker)]


def needs(role: Role, changes: bool = False) -> DependsMarker:
    """A dependency: somebody with this role, whose own page sends it where it changes anything."""

    def check(request: Request, asker: Anybody) -> Asker:
        if asker.must_change:
            raise HTTPException(403, "choose a password of your own first")
        if asker.role is None:
            raise HTTPException(401, "sign in first")
        if changes:
            request.app.state.guard.refuse_forged(request, asker)
        if not may(asker.role, role):
            raise HTTPException(403, f"this needs the role {role}")
        return asker

    marker: DependsMarker = Depends(check)
    return marker


__all__ = ["Anybody", "Asker", "Guard", "is_local", "is_loopback", "needs"]
