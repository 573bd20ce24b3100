"""What all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis.internal.conjecture import providers

# Hypothesis mixes constants of all modules loaded so far into what it draws, so that a derandomized test would draw
# other plants beside other tests. Here it draws the same ones whatever runs beside it; campaigns draw others.
providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(scope="session", autouse=True)
def a_key_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Journals made by tests, in other processes too, are not sealed with the key of whoever runs them."""
    os.environ["LINEWRIGHT_KEY"] = str(tmp_path_factory.mktemp("key") / "journal.key")
