"""A PostgreSQL server for the tests: made in a folder of its own, reached by a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

USERS = ("postgres", "nobody")  # who runs it where we are root, which it refuses


def programs() -> Path | None:
    """The folder of initdb and its like; the latest version's."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    return Path(found).parent if found else folders[-1].parent if folders else None


def why_not() -> str:
    """Why there can be none; empty: there can."""
    if programs() is None:
        return "no PostgreSQL here (apt-get install postgresql)"
    if os.geteuid() == 0 and not _somebody():
        return "PostgreSQL does not run as root, and there is no other user"
    return ""


def _somebody() -> str | None:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((user for user in USERS if user in known), None)


@contextmanager
def server(*settings: str) -> Iterator[str]:
    """A running server with such settings, as `fsync=on`; its URL up to the `?host=...` that ends it."""
    folder, bin_, user = Path(tempfile.mkdtemp(prefix="pg")), programs(), _somebody()
    assert bin_ is not None and user is not None
    other: dict[str, Any] = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    else:
        other = {}
    run = {"cwd": folder, "check": True, "capture_output": True, "timeout": 300, **other}
    try:
        initdb = [bin_ / "initdb", "-D", folder / "data", "-U", "linewright", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*initdb, "--no-sync", "--locale=C"], **run)
        options = " ".join(f"-c {setting}" for setting in ("listen_addresses=", *settings))
        start = [bin_ / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", f"-k {folder} {options}"]
        subprocess.run([*start, "start"], **{**run, "capture_output": False, "stdout": subprocess.DEVNULL})
        try:
            yield f"postgresql://linewright@/postgres?host={folder}"
        finally:
            subprocess.run([bin_ / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
