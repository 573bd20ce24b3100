"""Small runs before the board, and clients that ask it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi.testclient import TestClient

from linewright.board import Accounts, Scene, make_app
from linewright.board.reading import read_past
from linewright.commands.serve import past_scene
from live.live_lines import make, write_cases

HERE = ("127.0.0.1", 50000)
ELSEWHERE = ("192.0.2.7", 50000)
OLD, NEW = "given out once", "a choice of my own"


def past(folder: Path, orders: int = 8) -> Scene:
    """A run of the small plant that has ended, as `linewright serve JOURNAL` shows it."""
    journal = folder / "cases.db"
    make(write_cases(folder, orders), journal, seed=3)
    return known_past(journal, folder / "accounts.json")


def client_of(scene: Scene, host: str = "127.0.0.1", peer: tuple[str, int] = HERE, loopback: bool = True) -> TestClient:
    """Somebody who asks the board of a scene from an address by a name."""
    app = make_app(scene, Accounts(scene.accounts), loopback=loopback, secure=False)
    return TestClient(app, base_url=f"http://{host}", client=peer)


def sign_in(client: TestClient, person: str, password: str) -> dict[str, str]:
    """Sign in; the headers of what changes something."""
    answer = client.post("/api/v1/session", json={"person": person, "password": password})
    assert answer.status_code == 200, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}


def watched(folder: Path, plant: str, until_s: float) -> Scene:
    """A run of a plant, written as text, up to a plant time, as `linewright serve JOURNAL` shows it."""
    path = folder / "plant.yaml"
    path.write_text(plant)
    make(path, folder / "plan.db", seed=3, until_s=until_s)
    return known_past(folder / "plan.db", folder / "accounts.json")


def known_past(journal: Path, accounts: Path) -> Scene:
    """A run of the past as `linewright serve JOURNAL` shows it, when all of its past has been read."""
    scene = past_scene(journal, accounts)
    asyncio.run(read_past(scene))
    assert scene.watch.known
    return scene
