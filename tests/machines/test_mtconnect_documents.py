"""MTConnect documents are read as they are met: old, broken, hostile."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import published, recorded

from linewright.machines.mtconnect import pages
from linewright.machines.mtconnect.agent import Agent, Component
from linewright.machines.mtconnect.documents import (
    MOST_BYTES,
    AgentErrors,
    BadDocument,
    Category,
    Item,
    Probe,
    Streams,
    read,
    time_of,
)
from linewright.machines.mtconnect.http import PartCutter


def streams(rows: str, header: str = 'instanceId="1" nextSequence="9" firstSequence="1" lastSequence="8"') -> bytes:
    return (
        f'<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:1.3"><Header {header}/><Streams>'
        f'<DeviceStream name="d" uuid="u"><ComponentStream component="Path" componentId="p">{rows}'
        "</ComponentStream></DeviceStream></Streams></MTConnectStreams>"
    ).encode()


def read_streams(data: bytes) -> Streams:
    found = read(data)
    assert isinstance(found, Streams)
    return found


def test_samples_events_and_conditions_come_in_the_order_of_their_numbers() -> None:
    stamp = 'timestamp="2026-01-31T07:30:00.5Z"'
    found = read_streams(
        streams(
            f'<Samples><Load dataItemId="l" sequence="7" {stamp}> 12.5 </Load></Samples>'
            f'<Events><Execution dataItemId="e" sequence="3" {stamp}>ACTIVE</Execution></Events>'
            f'<Condition><Fault dataItemId="c" sequence="5" nativeCode="E7" {stamp}>hot</Fault></Condition>'
        )
    )
    rows = found.observations["d"]
    assert [(row.sequence, row.kind, row.value, row.category, row.code) for row in rows] == [
        (3, "Execution", "ACTIVE", Category.EVENT, ""),
        (5, "Fault", "hot", Category.CONDITION, "E7"),
        (7, "Load", "12.5", Category.SAMPLE, ""),
    ]
    assert rows[0].time_s == 1769844600.5
    assert found.header[:4] == (1, 9, 1, 8)


def test_data_sets_become_words() -> None:
    entries = '<Entry key="a">1</Entry><Entry key="b"><Cell key="c">2</Cell></Entry>'
    row = f'<Events><Set dataItemId="v" sequence="1" timestamp="2026-01-31T07:30:00Z">{entries}</Set></Events>'
    assert read_streams(streams(row)).observations["d"][0].value == "a=1 b= c=2"


@pytest.mark.parametrize(
    "attributes",
    [
        'dataItemId="x" timestamp="2026-01-31T07:30:00Z"',
        'dataItemId="x" sequence="0" timestamp="2026-01-31T07:30:00Z"',
        'dataItemId="x" sequence="many" timestamp="2026-01-31T07:30:00Z"',
        f'dataItemId="x" sequence="{2**64}" timestamp="2026-01-31T07:30:00Z"',
        'dataItemId="x" sequence="1" timestamp="yesterday"',
        'dataItemId="x" sequence="1"',
        'sequence="1" timestamp="2026-01-31T07:30:00Z"',
    ],
)
def test_an_observation_that_cannot_be_placed_is_left_out_and_counted(attributes: str) -> None:
    good = '<Load dataItemId="l" sequence="2" timestamp="2026-01-31T07:30:00">1</Load>'
    found = read_streams(streams(f"<Samples><Load {attributes}>1</Load>{good}</Samples>"))
    assert (len(found), found.illegible) == (1, 1)


def test_a_time_without_a_zone_is_utc() -> None:
    assert time_of("2026-01-31T07:30:00") == time_of("2026-01-31T07:30:00Z") == time_of("2026-01-31T08:30:00+01:00")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ('<Header/><Errors><Error errorCode="OUT_OF_RANGE">old</Error></Errors>', "OUT_OF_RANGE"),
        ('<Header/><Error errorCode="OUT_OF_RANGE">old</Error>', "OUT_OF_RANGE"),
        ("<Header/><Errors><OutOfRange><URI>/</URI></OutOfRange></Errors>", "OUT_OF_RANGE"),
        ("<Errors><InvalidXPath/></Errors>", "INVALID_XPATH"),
    ],
)
def test_refusals_of_all_ages(document: str, code: str) -> None:
    found = read(f"<MTConnectError>{document}</MTConnectError>".encode())
    assert isinstance(found, AgentErrors) and found.has(code) and not found.has("NO_DEVICE")


# ---------------------------------------------------------------- hostile documents

BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(9))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<",
        b"\x00" * 100,
        b"<MTConnectStreams>",
        b"<html><body>502 Bad Gateway</body></html>",
        f"<!DOCTYPE x [{BOMB}]><MTConnectStreams><a b='&l8;'/></MTConnectStreams>".encode(),
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><MTConnectStreams>&f;</MTConnectStreams>',
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-<MTConnectStreams/>',
        "<!DOCTYPE x []><MTConnectStreams/>".encode("utf-16"),
        b"<MTConnectStreams>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</MTConnectStreams>",
        b"<MTConnectStreams>" + b"<a/>" * 500_000 + b"</MTConnectStreams>",
        b"<MTConnectStreams>" + b" " * MOST_BYTES + b"</MTConnectStreams>",
        b"<MTConnectStreams>&nbsp;</MTConnectStreams>",
    ],
    ids=range(13),
)
def test_hostile_documents_are_refused_at_once(document: bytes) -> None:
    begun_s = time.process_time()
    with pytest.raises(BadDocument):
        read(document)
    assert time.process_time() - begun_s < 1.0


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_a_document_with_a_hole_is_read_or_refused(noise: bytes, at: int) -> None:
    document = streams('<Events><Mode dataItemId="e" sequence="3" timestamp="2026-01-31T07:30:00Z">A</Mode></Events>')
    try:
        found = read(document[:at] + noise + document[at:])
    except BadDocument:
        return
    assert isinstance(found, Streams | AgentErrors | Probe)


def test_a_western_document_keeps_its_letters() -> None:
    row = '<Events><Message dataItemId="m" sequence="1" timestamp="2026-01-31T07:30:00Z">K\xfchlung</Message></Events>'
    document = '<?xml version="1.0" encoding="ISO-8859-1"?>' + streams(row).decode()
    assert read_streams(document.encode("latin-1")).observations["d"][0].value == "Kühlung"


# ---------------------------------------------------------------- published ones


EXECUTIONS = {"agent.mtconnect.org": 1, "data_set": 0, "fanuc": 1, "haas": 1, "kinematics": 0}


def test_devices_of_published_agents() -> None:
    folder, found = published("mtconnect"), {}
    for name in EXECUTIONS:
        probe = read((folder / f"cppagent_{name}.xml").read_bytes())
        assert isinstance(probe, Probe)
        (device,) = probe.devices
        found[device.name] = len(device.items)
        execution = device.find("EXECUTION")
        assert len(execution) == EXECUTIONS[name], name
        assert all(item.component in ("Path", "Controller") for item in execution)
    assert found["Haas_1"] == 14 and found["Fanuc-4Axis"] > 40


def test_a_recorded_machine_survives_being_written_and_read() -> None:
    """What a real Okuma said on a day, as its adapter sent it, through our agent's documents and back."""
    told = list(recorded())[:3000]
    names = sorted({name for _, name, _ in told})
    message = Item("", "MESSAGE", "", Category.EVENT, "", "", "Path", "p", "p")
    items = tuple(replace(message, id=f"i{n}") for n in range(len(names)))
    agent = Agent(1.0)
    agent.declare(Component("Device", "okuma", "okuma", items), "u", 0.0)
    start = agent.next
    for time_s, name, value in told:
        agent.add(f"i{names.index(name)}", value, time_s)
    shelves = agent.chosen("okuma")
    document = pages.streams(agent, agent.sample(shelves, start, 10_000)[0], agent.next, 0.0)
    back = read_streams(document).observations["okuma"]
    assert [(row.time_s, row.item, row.value) for row in back] == [
        (pytest.approx(time_s, abs=1e-6), f"i{names.index(name)}", value.strip()) for time_s, name, value in told
    ]


# ---------------------------------------------------------------- multipart

DOCUMENTS = [b"<a/>", b"<b>--x</b>", b"<c/>" * 50]


@pytest.mark.parametrize("says_length", [True, False])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("size", [1, 3, 64, 10_000])
def test_parts_are_cut_however_they_arrive(says_length: bool, end: bytes, size: int) -> None:
    body = b"preamble" + end
    for document in DOCUMENTS:
        length = b"Content-length: %d%s" % (len(document), end) if says_length else b""
        body += b"--mark" + end + b"Content-type: text/xml" + end + length + end + document + end
    body += b"--mark--" + end + end
    cutter = PartCutter(b"mark", 1000)
    found = [part for k in range(0, len(body), size) for part in cutter.feed(body[k : k + size])]
    assert found == DOCUMENTS


@pytest.mark.parametrize(
    "body",
    [
        b"--mark\r\nContent-length: 1001\r\n\r\n",
        b"--mark\r\nContent-length: -5\r\n\r\n",
        b"--mark\r\nContent-length: 9999999999999\r\n\r\n",
        b"--mark\r\n\r\n" + b"x" * 2000,
        b"--mark" + b"x" * 5000,
    ],
)
def test_parts_without_an_end_are_refused(body: bytes) -> None:
    with pytest.raises(ConnectionError):
        PartCutter(b"mark", 1000).feed(body)
