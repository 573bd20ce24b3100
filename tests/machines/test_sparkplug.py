"""Sparkplug B: payloads against Google's protobuf, the order of messages, and the driver over a real broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from brokers import Mosquitto, mosquitto
from driver_contract import GAUGE, MILL, OutlivingContract, Shop, turn
from edges import NODE, Edge
from hands import Operator
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import SPEED, small_floor, small_plant, until

from linewright.control import Event, Line
from linewright.control.compile import compile_line
from linewright.control.line import Names
from linewright.machines.driver import Question, Reach, Taken
from linewright.machines.mqtt import make_driver
from linewright.machines.mqtt.broker import Broker
from linewright.machines.mqtt.driver import SparkplugDriver, place_of
from linewright.machines.mqtt.nodes import Ask, Born, Data, Died, Finding, Node, Nodes, Unreadable
from linewright.machines.mqtt.payload import BadPayload, Metric, Payload, Type, read_payload, write_payload
from linewright.machines.telemetry import Telemetry, read_telemetry

# ---------------------------------------------------------------- payloads


def by_protobuf() -> Any:
    """The published message, built from its field numbers: Google's reader and writer for it."""
    pytest.importorskip("google.protobuf", reason="protobuf is not installed")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="p.proto", package="t", syntax="proto2")
    payload = file.message_type.add(name="Payload")
    metric = payload.nested_type.add(name="Metric")
    kinds = {"u4": field.TYPE_UINT32, "u8": field.TYPE_UINT64, "b": field.TYPE_BOOL, "s": field.TYPE_STRING}
    kinds |= {"f": field.TYPE_FLOAT, "d": field.TYPE_DOUBLE, "y": field.TYPE_BYTES}
    fields = "name:1:s alias:2:u8 timestamp:3:u8 datatype:4:u4 is_historical:5:b is_null:7:b int_value:10:u4 "
    fields += (
        "long_value:11:u8 float_value:12:f double_value:13:d boolean_value:14:b string_value:15:s bytes_value:16:y"
    )
    for word in fields.split():
        name, number, kind = word.split(":")
        metric.field.add(name=name, number=int(number), type=kinds[kind], label=field.LABEL_OPTIONAL)
    payload.field.add(name="timestamp", number=1, type=field.TYPE_UINT64, label=field.LABEL_OPTIONAL)
    payload.field.add(
        name="metrics", number=2, type=field.TYPE_MESSAGE, label=field.LABEL_REPEATED, type_name=".t.Payload.Metric"
    )
    payload.field.add(name="seq", number=3, type=field.TYPE_UINT64, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Payload"))


METRICS = [
    Metric("a", -7, Type.INT8),
    Metric("b", -(2**31), Type.INT32),
    Metric("c", -(2**63), Type.INT64),
    Metric("d", 2**64 - 1, Type.UINT64),
    Metric("e", 0.5, Type.FLOAT),
    Metric("f", 1e300, Type.DOUBLE),
    Metric("g", True, Type.BOOLEAN),
    Metric("h", "Kühlung", Type.STRING),
    Metric("i", b"\x00\xff", Type.BYTES),
    Metric("j", None, Type.STRING),
    Metric("", 12, Type.INT16, alias=300),
    Metric("k", 0, Type.UINT8, historical=True),
]
FIELDS = {Type.FLOAT: "float_value", Type.DOUBLE: "double_value", Type.BOOLEAN: "boolean_value"}
FIELDS |= {Type.STRING: "string_value", Type.BYTES: "bytes_value", Type.INT64: "long_value", Type.UINT64: "long_value"}


def test_what_we_write_protobuf_reads_and_we_read_what_protobuf_writes() -> None:
    theirs = by_protobuf()()
    ours = write_payload(METRICS, 255, 1_769_844_600_000)
    theirs.ParseFromString(ours)
    assert (theirs.seq, theirs.timestamp, len(theirs.metrics)) == (255, 1_769_844_600_000, len(METRICS))
    for metric, read in zip(METRICS, theirs.metrics, strict=True):
        assert (read.name, read.datatype, read.is_null) == (metric.name, metric.type, metric.value is None)
        if metric.value is not None:
            value = getattr(read, FIELDS.get(Type(metric.type), "int_value"))
            wide = 2**64 if metric.type in (Type.INT64, Type.UINT64) else 2**32
            assert value == (metric.value % wide if type(metric.value) is int else metric.value)
    back = read_payload(theirs.SerializeToString())
    assert back == read_payload(ours)
    assert [metric._replace(time_ms=None) for metric in back.metrics] == METRICS


@given(st.binary(max_size=200))
@settings(max_examples=80, deadline=None)
def test_noise_is_read_or_refused(noise: bytes) -> None:
    with contextlib.suppress(BadPayload):
        assert isinstance(read_payload(noise), Payload)


@pytest.mark.parametrize(
    "data",
    [
        b"\x12\xff\xff\xff\xff\x0f",  # a metric of 4 GB
        b"\x12\x05ab",  # cut short
        b"\x08" + b"\xff" * 11,  # a number without an end
        b"\x0b",  # a group
        b"\x12\x02\x0a\x05",  # the name is longer than its metric
        b"\x12\x03\x0a\x01\xff",  # not UTF-8
        b"\x12\x00" * 20_001,
        b"\x00" * (2**20 + 1),
        write_payload([Metric("x" * 2**20, 1, Type.INT8)], 0, 0),
    ],
    ids=range(9),
)
def test_hostile_payloads_are_refused(data: bytes) -> None:
    with pytest.raises(BadPayload):
        read_payload(data)


# ---------------------------------------------------------------- births, data, deaths

N = Node("g", "n")


class Sender:
    """Sends to `Nodes` as an edge node would."""

    def __init__(self) -> None:
        self.nodes, self.now_s = Nodes(), 0.0

    def send(self, kind: str, seq: int | None, *metrics: Metric, device: str = "") -> list[Finding]:
        topic = N.topic(kind) + (f"/{device}" if device else "")
        return self.nodes.take(topic, write_payload(metrics, seq, 1000), self.now_s)

    def birth(self, bd_seq: int = 1, seq: int = 0) -> list[Finding]:
        return self.send("NBIRTH", seq, Metric("bdSeq", bd_seq, Type.INT64))


def names(findings: list[Finding]) -> list[str]:
    return [type(finding).__name__ for finding in findings]


def test_a_life() -> None:
    sender = Sender()
    assert names(sender.birth()) == ["Born"]
    (born,) = sender.send("DBIRTH", 1, Metric("Execution", "READY", Type.STRING, alias=5), device="mill")
    assert isinstance(born, Born) and born.device == "mill" and born.metrics[0].value == "READY"
    (data,) = sender.send("DDATA", 2, Metric("", "ACTIVE", Type.STRING, alias=5), device="mill")
    assert isinstance(data, Data) and (data.metrics[0].name, data.metrics[0].value) == ("Execution", "ACTIVE")
    assert names(sender.send("NDATA", 3, Metric("load", 1.5, Type.DOUBLE))) == ["Data"]
    assert sender.send("DDEATH", 4, device="mill") == [Died(N, "mill")]
    assert names(sender.send("DDATA", 5, device="mill")) == ["Ask"]
    assert sender.send("NDEATH", None, Metric("bdSeq", 1, Type.INT64)) == [Died(N, "")]


def test_numbers_go_round_after_255() -> None:
    sender = Sender()
    sender.birth(seq=254)
    assert names(sender.send("NDATA", 255)) == ["Data"]
    assert names(sender.send("NDATA", 0)) == ["Data"]


@pytest.mark.parametrize("seq", [0, 2, 77, None])
def test_a_number_missing_asks_for_a_rebirth_and_trusts_nothing_until_then(seq: int | None) -> None:
    sender = Sender()
    sender.birth()
    (ask,) = sender.send("NDATA", seq)
    assert isinstance(ask, Ask) and ask.node == N
    assert sender.send("NDATA", 1) == [], "asked already"
    sender.now_s = 60.0
    assert names(sender.send("NDATA", 1)) == ["Ask"], "it has not answered: asked again"
    assert names(sender.birth()) == ["Born"]
    assert names(sender.send("NDATA", 1)) == ["Data"]


def test_who_was_never_heard_being_born_is_asked() -> None:
    assert names(Sender().send("DDATA", 7, Metric("x", 1, Type.INT8), device="mill")) == ["Ask"]


def test_an_alias_nobody_gave_asks_for_a_rebirth() -> None:
    sender = Sender()
    sender.birth()
    assert names(sender.send("NDATA", 1, Metric("", 1, Type.INT8, alias=9))) == ["Ask"]


def test_the_will_of_an_earlier_life_kills_nobody() -> None:
    sender = Sender()
    sender.birth(bd_seq=4)
    assert sender.send("NDEATH", None, Metric("bdSeq", 3, Type.INT64)) == []
    assert names(sender.send("NDATA", 1)) == ["Data"]
    assert names(sender.send("NDEATH", None, Metric("bdSeq", 4, Type.INT64))) == ["Died"]


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "spBv1.0",
        "spBv1.0/g/NBIRTH",
        "spBv1.0/g/NBIRTH/n/d",
        "spBv1.0/g/DDATA/n",
        "x/g/NDATA/n",
        "spBv1.0/g/HI/n",
        "spBv1.0//NDATA/n",
    ],
)
def test_what_is_no_topic_of_sparkplug_is_said_to_be_none(topic: str) -> None:
    assert names(Nodes().take(topic, b"", 0.0)) == ["Unreadable"]


def test_a_payload_that_is_none_changes_nothing() -> None:
    sender = Sender()
    sender.birth()
    (bad,) = sender.nodes.take(N.topic("NDATA"), b"\xff", 0.0)
    assert isinstance(bad, Unreadable)
    assert names(sender.send("NDATA", 1)) == ["Data"]


def test_places_and_brokers() -> None:
    assert place_of("shop/edge 1/mill") == (NODE, "mill") and place_of("shop/edge 1") == (NODE, "")
    assert Broker.of("mqtts://me:s%40x@host") == Broker("host", 8883, True, "me", "s@x")
    assert str(Broker.of("mqtt://host")) == "mqtt://host:1883"
    for text in ("host:1883", "http://host", "mqtt://", "mqtt://host/x"):
        with pytest.raises(ValueError, match="address"):
            Broker.of(text)
    for text in ("shop", "a/b/c/d", "a//c"):
        with pytest.raises(ValueError, match="group"):
            place_of(text)


def test_a_driver_is_made_for_addresses_of_a_plant(tmp_path: Path) -> None:
    checked = small_plant(tmp_path)
    line, names = compile_line(checked.plant, checked.orders, tmp_path)
    site = SimpleNamespace(line=line, names=names, pki=tmp_path / "pki", telemetry=None)
    at = "sparkplugs://me:x@host/shop/edge%201"
    driver = make_driver({0: f"{at}/mill", 1: f"{at}#gauge-1"}, site)
    assert driver.broker == Broker("host", 8883, True, "me", "x") and sorted(driver.desks) == [0, 1]
    assert set(driver._ears) == {(NODE, "mill"), (NODE, "gauge-1")}


# ---------------------------------------------------------------- what every driver must do


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as found:
        yield found


class SparkplugShop(Shop):
    """The small plant's machines behind an edge node, an operator, and drivers with one notebook."""

    def __init__(self, line: Line, names: Names, folder: Path, mosquitto: Mosquitto) -> None:
        super().__init__(line, names)
        self.floor, self.notes, self.mosquitto = (
            small_floor(folder, speed=SPEED / 3.0),
            folder / "notes.json",
            mosquitto,
        )
        self.edge = Edge(self.floor, mosquitto.broker)
        self.operator = Operator(self.floor, self.sheets)
        self.telemetry: Telemetry | None = None

    def driver(self) -> SparkplugDriver:
        machines = {MILL: (NODE, "mill"), GAUGE: (NODE, "gauge-1")}
        return SparkplugDriver(
            self.mosquitto.broker,
            machines,
            self.sheets,
            notes=self.notes,
            telemetry=self.telemetry,
            handed=self.operator,
        )

    async def cut(self) -> None:
        self.mosquitto.stop()
        await asyncio.sleep(0.05)
        self.mosquitto.start()

    async def forget(self) -> None:
        for machine in self.floor.machines.values():
            machine.forget()


class TestSparkplugDriver(OutlivingContract):
    """All of it, with an operator who starts what the line wants, over Mosquitto."""

    mosquitto: Mosquitto

    @pytest.fixture(autouse=True)
    def served(self, broker: Mosquitto) -> None:
        self.mosquitto = broker

    @contextlib.asynccontextmanager
    async def shop(self, folder: Path, line: Line, names: Names) -> AsyncIterator[SparkplugShop]:
        shop = SparkplugShop(line, names, folder, self.mosquitto)
        tasks = [asyncio.create_task(shop.floor.run()), asyncio.create_task(shop.edge.run())]
        try:
            yield shop
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def test_a_machine_that_forgets_is_asked_about(self, tmp_path: Path) -> None:
        """These know no jobs that they could forget: the operator sees that the work is to be started again."""

        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                driver: Any = ear.driver
                await ear.send(turn("run-1-0"))
                await until(lambda: ear.of(Taken))
                await shop.forget()
                await until(lambda: driver.wanted)

        self.run(play())

    def test_a_lost_message_is_on_record_and_the_counter_tells_what_was_made(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                assert isinstance(shop, SparkplugShop)
                await ear.send(turn("run-1-0"))
                await until(lambda: ear.of(Taken))
                shop.edge.lose = 2
                await ear.end_of("run-1-0")
                await until(lambda: len([r for r in ear.of(Reach) if r[0] == MILL]) >= 3)
                _, lost, back, *_ = (report for report in ear.of(Reach) if report[0] == MILL)
                assert isinstance(lost, Reach) and "came in place of" in lost.words
                assert isinstance(back, Reach) and back.reached and not ear.of(Question)
                assert len(ear.happenings(Event.OPERATION_FINISHED)) == 1

        self.run(play())

    def test_readings_go_to_the_telemetry(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop:
                assert isinstance(shop, SparkplugShop)
                shop.telemetry = Telemetry(tmp_path / "telemetry", segment_s=0.05)
                async with self.hearing(shop) as ear:
                    await ear.send(turn("run-1-0"))
                    await ear.end_of("run-1-0")
                    for n in range(50):
                        shop.floor.machines["mill"].tell("Xpos", n + 0.5)
                    await ear.send(turn("run-2-0"))
                    await ear.end_of("run-2-0")
                shop.telemetry.close()

        self.run(play())
        found = read_telemetry(tmp_path / "telemetry", "mill", "Axes/X/Position")["value"].to_pylist()
        assert [value for value in found if value] == [n + 0.5 for n in range(50)]

    async def jobs_kept(self, shop: Shop) -> int:
        assert isinstance(shop, SparkplugShop)
        return len(shop.floor.machines["gauge-1"].jobs)
