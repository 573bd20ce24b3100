"""Seals: signed statements that a journal stood so at a row (Ed25519, RFC 8032).

A chain alone can be written anew from its first row by whoever holds the file. A seal cannot be made without
the key, which stays with the line: rows under a seal cannot be changed or removed unseen by anyone who knows
the public key. Rows and seals cut off together at the end show only against a head that was kept elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from linewright.errors import InputError, Problem
from linewright.journal.record import Broken, Head, Seal

KEY_VARIABLE = "LINEWRIGHT_KEY"  # names the file of the key


def holds(seal: Seal) -> bool:
    """Was the seal made with the key that it names?"""
    try:
        Ed25519PublicKey.from_public_bytes(seal.public_key).verify(seal.signature, seal.statement)
    except (InvalidSignature, ValueError):
        return False
    return True


class Key:
    """The key of a line."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def at(cls, path: Path) -> Key:
        """The key in a file, made there at first use, for the owner's eyes only. Raises InputError."""
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            hint = f"make a new one, or: chmod 600 {path}"
            raise InputError([Problem("others can read the key", str(path), hint=hint)])
        try:
            private = load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError):
            private = None
        if not isinstance(private, Ed25519PrivateKey):
            raise InputError([Problem("this is no Ed25519 key (PEM, without a password)", str(path))])
        return cls(private)

    def seal(self, head: Head, state: bytes | None = None) -> Seal:
        """Sign where a journal stands, and its snapshot of this moment."""
        digest = b"" if state is None else hashlib.sha256(state).digest()
        unsigned = Seal(head.seq, head.time_s, time.time(), head.chain, digest, self.public, b"")
        return unsigned._replace(signature=self._private.sign(unsigned.statement))


def usual_key() -> Path:
    """Where the key of this line is kept: what LINEWRIGHT_KEY names, or a file in the user's configuration."""
    named = os.environ.get(KEY_VARIABLE)
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else folder / "linewright" / "journal.key"


def _make(path: Path) -> None:
    """A new key in a file that is whole or not there: written aside, linked to its name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        aside.unlink()


def check_seals(seals: Iterable[Seal], public_keys: Iterable[bytes] = ()) -> Broken | None:
    """The first seal that was not made with its key, or not with one of those given; none is one, too."""
    known = set(public_keys)
    none = True
    for seal in seals:
        none = False
        if not holds(seal):
            return Broken(seal.seq, "the signature of its seal is wrong")
        if known and seal.public_key not in known:
            return Broken(seal.seq, f"is sealed with another key, {seal.public_key.hex()}")
    return Broken(1, "is under no seal") if known and none else None
