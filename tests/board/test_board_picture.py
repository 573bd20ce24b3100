"""The moving picture: what a browser holds after any messages is what the server drew."""

from __future__ import annotations

import asyncio
import struct
from itertools import pairwise

import numpy as np
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from linewright.board import Scene
from linewright.board.broadcast import EVERY_S, Broadcast
from linewright.board.picture import DIFF, FULL, diff, full

VECTORS = st.lists(arrays(np.int32, 12, elements=st.integers(-3, 3)), min_size=1, max_size=5)


class Browser:
    """What `wire.js` does with a message."""

    def __init__(self, size: int) -> None:
        self.cells, self.time_s = np.full(size, 99, np.int32), -1.0

    def read(self, message: bytes) -> int:
        self.time_s, kind, n = struct.unpack_from("<dii", message)
        body = np.frombuffer(message, "<i4", offset=16)
        if kind == FULL:
            assert n == len(body)
            self.cells[:] = body
        else:
            pairs = body.reshape(n, 2)
            self.cells[pairs[:, 0]] = pairs[:, 1]
        return kind


@settings(max_examples=30, deadline=None)
@given(VECTORS)
def test_full_and_then_changes_give_the_same_vector(vectors: list[np.ndarray]) -> None:
    browser = Browser(12)
    assert browser.read(full(1.5, vectors[0])) == FULL
    for k, (before, now) in enumerate(pairwise(vectors)):
        message = diff(float(k), before, now)
        assert len(message) == 16 + 8 * int((before != now).sum())
        assert browser.read(message) == DIFF
        assert np.array_equal(browser.cells, now) and browser.time_s == k


def test_who_is_late_gets_the_whole_picture(scene: Scene) -> None:
    async def follow() -> tuple[list[int], bool]:
        broadcast = Broadcast(scene.cells, lambda: 7.0)
        drawing = asyncio.create_task(broadcast.run())
        browser, kinds = Browser(scene.cells.size), []
        messages = broadcast.follow()
        kinds.append(browser.read(await anext(messages)))
        for outlook, wait_s in ((1, 0.0), (2, 0.0), (3, 3 * EVERY_S)):
            scene.cells.outlook = outlook
            if wait_s:  # two turns pass meanwhile
                await asyncio.sleep(1.5 * EVERY_S)
                scene.cells.outlook = 10 * outlook
                await asyncio.sleep(wait_s)
            kinds.append(browser.read(await anext(messages)))
        same = np.array_equal(browser.cells, scene.cells.fill())
        await messages.aclose()
        drawing.cancel()
        assert broadcast.followers == 0
        return kinds, same

    kinds, same = asyncio.run(follow())
    scene.cells.outlook = 0
    assert kinds == [FULL, DIFF, DIFF, FULL] and same


def test_the_socket_sends_the_picture(client: TestClient, scene: Scene) -> None:
    with client.websocket_connect("ws://127.0.0.1/api/v1/live") as socket:
        browser = Browser(scene.cells.size)
        assert browser.read(socket.receive_bytes()) == FULL
    assert np.array_equal(browser.cells, scene.cells.fill())
    assert browser.time_s == scene.clock()
