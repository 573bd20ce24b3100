"""What all tests share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def a_key_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Journals made by tests, in other processes too, are not sealed with the key of whoever runs them."""
    os.environ["LINEWRIGHT_KEY"] = str(tmp_path_factory.mktemp("key") / "journal.key")
