"""The line told to others: topics by ISA-95 in plain JSON, over Mosquitto, whatever becomes of the broker."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from brokers import Mosquitto, mosquitto
from shop import small_plant, until

from linewright.cli import main
from linewright.journal import SqliteJournal
from linewright.live import Run
from linewright.machines.mqtt.broker import Broker
from linewright.machines.mqtt.publisher import Publisher
from linewright.machines.mqtt.topics import Isa95, base_of, level
from linewright.machines.virtual import VirtualShop
from linewright.twin.world import World


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as found:
        yield found


# ---------------------------------------------------------------- the tree


class Notes:
    """Notes what a publisher would be told."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.events: list[Any] = []
        self.sets = 0

    def set(self, topic: str, state: Any) -> None:
        self.states[topic] = json.loads(json.dumps(state, allow_nan=False))
        self.sets += 1

    def say(self, event: Any) -> None:
        self.events.append(json.loads(json.dumps(event, allow_nan=False)))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Notes, Any, int]:
    """A whole run of the small plant as it is told; the state at its end; how many events."""
    checked = small_plant(tmp_path_factory.mktemp("plant"))
    run = Run.of_plant(checked, 1)
    decider, notes = run.new_decider(), Notes()
    topics = Isa95(run.line, run.names, notes)
    nature = World(run.plant, run.line).new_nature(1, 0, len(decider.state.unit))
    shop = VirtualShop(run.line, nature, lambda: decider.state)
    events = 0
    while not decider.all_done:
        happening = shop.take()
        commands = decider.decide(happening.event)
        shop.obey(commands)
        topics.witness(happening.event, commands, decider.state)
        events += 1
        if decider.wants_room:
            event = decider.make_room()
            topics.witness(event, decider.decide(event), decider.state)
            events += 1
    return notes, decider.state, events


def test_states_are_those_of_the_line_at_its_end(told: tuple[Notes, Any, int]) -> None:
    notes, state, _ = told
    assert set(notes.states) == {"mill/mill/state", "gauge/gauge-1/state", "gauge/gauge-2/state", "state"}
    materials = notes.states["state"]["materials"]
    tally = state.material_tally
    finished = {name: counts["finished"] for name, counts in materials.items()}
    assert finished == {"shaft": int(tally.finished[1]), "gear": int(tally.finished[2])}
    assert sum(counts["orders_done"] for counts in materials.values()) == 3
    assert notes.states["mill/mill/state"]["state"] == "starved" and "serial" not in notes.states["mill/mill/state"]


def test_every_event_is_told_in_words(told: tuple[Notes, Any, int]) -> None:
    notes, state, events = told
    kinds = [event["event"] for event in notes.events]
    units = [event for event in notes.events if event["event"].startswith("unit ") and "serial" in event]
    told_units = sum(kind in ("unit released", "unit finished", "unit scrapped") for kind in kinds)
    assert len(kinds) == events + told_units
    assert {"order": "a", "event": "order arrived", "time_s": 0.0} in notes.events
    assert sorted(event["serial"] for event in units) == sorted({event["serial"] for event in units})
    measured = [event for event in notes.events if event["event"] == "value measured"]
    assert len(measured) >= 6 and all(event["characteristic"] == "bore" for event in measured)
    assert all(event["value"] == pytest.approx(0.02, abs=1e-4) for event in measured)
    mill = [event for event in notes.events if event["event"] == "setup finished"]
    assert mill and all(event["machine"] == "mill" and event["station"] == "mill" for event in mill)
    assert kinds.count("unit finished") == int(state.material_tally.finished.sum())


def test_a_state_is_told_when_it_changes_and_only_then(told: tuple[Notes, Any, int]) -> None:
    notes, _, events = told
    assert notes.sets < 3 * events


def test_names_never_leave_their_level() -> None:
    assert base_of("A/S", "Nord+Süd", "#1", "$SYS") == "A-S/Nord-Süd/-1/SYS"
    assert level("") == "-" and not re.search(r"[/+#\x00]", level("a/b+c#d\x00"))


# ---------------------------------------------------------------- the publisher


class Subscriber:
    """Other people's software: hears all below `acme`."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.states: dict[str, Any] = {}
        self.events: list[int] = []
        self.messages = 0

    async def run(self) -> None:
        while True:
            try:
                async with self.broker.client("other", aiomqtt.Will("gone")) as client:
                    await client.subscribe("acme/#", qos=1)
                    async for message in client.messages:
                        self._take(message.topic.value, json.loads(bytes(message.payload)))  # type: ignore[arg-type]
            except (aiomqtt.MqttError, OSError):  # as a socket closed in the middle of connecting
                await asyncio.sleep(0.02)

    def _take(self, topic: str, words: Any) -> None:
        self.messages += 1
        if topic == "acme/l/events":
            self.events += [event["n"] for event in words]
        else:
            self.states[topic.removeprefix("acme/l/")] = words


def play(served: Mosquitto, story: Any, most_events: int = 100_000) -> None:
    async def run() -> None:
        publisher = Publisher(served.broker, "acme/l", "line", most_events)
        subscriber = Subscriber(served.broker)
        tasks = [asyncio.create_task(publisher.run()), asyncio.create_task(subscriber.run())]
        try:
            await asyncio.wait_for(story(publisher, subscriber), 30.0)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


def test_others_hear_states_events_and_that_we_are_there(served: Mosquitto) -> None:
    async def story(publisher: Publisher, subscriber: Subscriber) -> None:
        await until(lambda: subscriber.states.get("online") == {"online": True, "dropped": 0})
        for n in range(2000):
            publisher.set("mill/state", {"n": n})
            publisher.say({"n": n})
        await publisher.settle()
        await until(lambda: len(subscriber.events) == 2000)
        assert subscriber.events == list(range(2000))
        await until(lambda: subscriber.states["mill/state"] == {"n": 1999})
        assert subscriber.messages < 30, "events go in batches, and only the last state of a topic"

    play(served, story)


def test_a_broker_that_was_away_hears_what_it_missed(served: Mosquitto) -> None:
    async def story(publisher: Publisher, subscriber: Subscriber) -> None:
        publisher.set("a/state", {"n": 1})
        publisher.set("b/state", {"n": 1})
        await publisher.settle()
        await until(lambda: subscriber.states.get("b/state"))
        served.stop()
        publisher.set("b/state", {"n": 2})
        for n in range(500):
            publisher.say({"n": n})
        subscriber.states.clear()
        await asyncio.sleep(0.1)
        served.start()
        await until(lambda: subscriber.states.get("b/state") == {"n": 2} and "a/state" in subscriber.states)
        await until(lambda: sorted(set(subscriber.events)) == list(range(500)))

    play(served, story)


def test_what_there_is_no_room_for_is_dropped_counted_and_told(served: Mosquitto) -> None:
    async def story(publisher: Publisher, subscriber: Subscriber) -> None:
        for n in range(100):
            publisher.say({"n": n})
        assert publisher.dropped == 90
        await until(lambda: subscriber.states.get("online") == {"online": True, "dropped": 90})
        publisher.say({"n": 100})
        await publisher.settle()
        assert subscriber.events == [] or subscriber.events[-1] >= 90

    play(served, story, most_events=10)


def test_a_line_that_stopped_is_said_to_be_offline(served: Mosquitto) -> None:
    async def story(publisher: Publisher, subscriber: Subscriber) -> None:
        other = Publisher(served.broker, "acme/l/2", "line-2")
        running = asyncio.create_task(other.run())
        await until(lambda: subscriber.states.get("2/online") == {"online": True, "dropped": 0})
        running.cancel()
        await until(lambda: subscriber.states["2/online"] == {"online": False})

    play(served, story)


# ---------------------------------------------------------------- beside a line


def test_a_run_tells_all_that_is_in_its_journal(served: Mosquitto, tmp_path: Path) -> None:
    """`linewright run --publish`: every event, and at last how all machines stand and that the line has ended."""
    small_plant(tmp_path)
    heard: dict[str, Any] = {}
    events: list[Any] = []

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            words = json.loads(bytes(message.payload))  # type: ignore[arg-type]
            heard[message.topic.value.removeprefix("acme/works/hall/small/")] = words
            events.extend(words if isinstance(words, list) else [])

    async def play() -> None:
        async with served.broker.client("other", aiomqtt.Will("gone")) as client:
            await client.subscribe("acme/works/#", qos=1)
            listening = asyncio.create_task(listen(client))
            words = ["run", str(tmp_path / "plant.yaml"), "--journal", str(tmp_path / "run.db"), "--json"]
            url = f"mqtt://127.0.0.1:{served.port}/acme/works/hall"
            assert await asyncio.to_thread(main, [*words, "--publish", url]) == 0
            await until(lambda: heard.get("online") == {"online": False})
            listening.cancel()

    asyncio.run(play())
    with SqliteJournal.read(tmp_path / "run.db") as journal:
        decided = sum(len(block) for block in journal.decisions())
    finished = sum(event["event"] == "unit finished" for event in events)
    released = sum(event["event"] == "unit released" for event in events)
    assert (len(events) - finished - released, finished, released) == (decided, 8, 8)
    assert {name for name in heard if name.endswith("/state")} == {
        "mill/mill/state", "gauge/gauge-1/state", "gauge/gauge-2/state",
    }  # fmt: skip
    assert sum(counts["finished"] for counts in heard["state"]["materials"].values()) == 8


@pytest.mark.parametrize("url", ["http://broker/acme", "mqtt://broker/acme/#", "broker"])
def test_an_address_of_a_broker_that_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    small_plant(tmp_path)
    words = ["run", str(tmp_path / "plant.yaml"), "--journal", str(tmp_path / "run.db"), "--publish", url]
    assert main(words) == 2
    assert "--publish" in capsys.readouterr().err and not (tmp_path / "run.db").exists()
