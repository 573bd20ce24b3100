from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import argon2
import pytest
from fastapi.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from scenes import client_of, past

from linewright.board import Scene, accounts


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords that are quick to check, in tests alone."""
    quick = partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "PasswordHasher", quick)
        yield


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return past(tmp_path_factory.mktemp("board"))


@pytest.fixture
def client(scene: Scene) -> TestClient:
    return client_of(scene)
