"""Local accounts: who may come in, and with which rights. Passwords are kept as Argon2id (RFC 9106)."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from linewright.board.models import Role
from linewright.errors import InputError, Problem

ROLES: tuple[Role, ...] = ("viewer", "operator", "engineer", "admin")  # each may do what those before it may
FIRST = "admin"


@dataclass(frozen=True)
class Account:
    """A person."""

    person: str
    role: Role
    digest: str
    must_change: bool = False  # the password was given out and is good for one thing: choosing another


class Accounts:
    """The accounts in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._accounts = self._load()

    def open_first(self) -> str | None:
        """Make an admin where there are no accounts yet; returns the one-time password."""
        if self._accounts:
            return None
        password = secrets.token_urlsafe(12)
        self.put(FIRST, "admin", password, must_change=True)
        return password

    def check(self, person: str, password: str) -> Account | None:
        """The account, if the password is right. Takes as long for a name that does not exist."""
        account = self._accounts.get(person)
        try:
            self._hasher.verify(account.digest if account else self._nobody, password)
        except Argon2Error:
            return None
        return account

    def get(self, person: str) -> Account | None:
        """An account by name."""
        return self._accounts.get(person)

    def all(self) -> list[Account]:
        """All accounts by name."""
        return [self._accounts[person] for person in sorted(self._accounts)]

    def put(self, person: str, role: Role, password: str | None, must_change: bool) -> None:
        """A new account, or another role or password of an old one. Raises InputError."""
        old = self._accounts.get(person)
        if old is None and password is None:
            raise InputError([Problem("a new account needs a password", key="password")])
        digest = self._hasher.hash(password) if password is not None else old.digest if old else ""
        change = must_change if password is not None else bool(old and old.must_change)
        self._store({**self._accounts, person: Account(person, role, digest, change)})

    def set_password(self, person: str, password: str) -> None:
        """A person's own choice."""
        account = replace(self._accounts[person], digest=self._hasher.hash(password), must_change=False)
        self._store({**self._accounts, person: account})

    def remove(self, person: str) -> None:
        """An account is no more. Raises InputError."""
        if person not in self._accounts:
            raise InputError([Problem(f"there is no account {person!r}", key="person")])
        self._store({name: one for name, one in self._accounts.items() if name != person})

    def _store(self, accounts: dict[str, Account]) -> None:
        if not any(account.role == "admin" for account in accounts.values()):
            raise InputError([Problem("the last admin must stay one", key="role")])
        text = json.dumps([asdict(account) for account in accounts.values()], indent=1)
        temporary = self.path.with_name(f"{self.path.name}.new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        self._accounts = accounts

    def _load(self) -> dict[str, Account]:
        if not self.path.exists():
            return {}
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))
            accounts = {row["person"]: Account(**row) for row in rows}
        except (ValueError, TypeError, KeyError):
            raise InputError([Problem("this is no file of accounts", str(self.path))]) from None
        if any(account.role not in ROLES for account in accounts.values()):
            raise InputError([Problem("an account has an unknown role", str(self.path))])
        return accounts


def may(role: Role | None, needed: Role) -> bool:
    """Has this role the rights of the needed one?"""
    return role is not None and ROLES.index(role) >= ROLES.index(needed)
