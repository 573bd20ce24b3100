"""A real machine, an Okuma recorded through four cycles, as the line would have seen it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from published import recorded

from linewright.control import Command
from linewright.control.codes import Outcome
from linewright.machines.driver import Happening, Job, Report, Taken
from linewright.machines.mtconnect import pages
from linewright.machines.mtconnect.agent import Agent, Component
from linewright.machines.mtconnect.documents import Category, Device, Item, Streams, read, time_of
from linewright.machines.mtconnect.signs import Signs
from linewright.machines.watch import About, Stand, Watch

TYPES = {"pexecution": "EXECUTION", "ppartcount": "PART_COUNT", "pprogram": "PROGRAM", "avail": "AVAILABILITY"}
# when a cycle began, its program was over, its part was counted: the count comes before READY or after it
CYCLES = [
    ("2022-08-08T13:51:36.771173Z", "2022-08-08T13:54:43.500799Z", "2022-08-08T13:54:43.828031Z"),
    ("2022-08-08T13:37:22.795950Z", "2022-08-08T13:47:27.758629Z", "2022-08-08T13:47:27.836684Z"),
    ("2022-08-08T14:21:10.510719Z", "2022-08-08T14:30:19.442601Z", "2022-08-08T14:30:19.519656Z"),
    ("2022-08-08T13:57:44.329233Z", "2022-08-08T13:58:01.081132Z", "2022-08-08T13:58:01.159187Z"),
]


def device_of(names: list[str], counts: bool) -> Device:
    """The machine, with or without its counter."""
    plain = Item("", "MESSAGE", "", Category.EVENT, "", "", "Path", "p", "p")
    types = {name: TYPES.get(name, "MESSAGE") for name in names if counts or name != "ppartcount"}
    items = [replace(plain, id=f"i{n}", name=name, type=types.get(name, "MESSAGE")) for n, name in enumerate(names)]
    return Device("okuma", "okuma", "d", tuple(items))


def through_documents(device: Device, told: list[tuple[float, str, str]]) -> Streams:
    """What it said, put into an agent, written as XML and read again."""
    ids = {item.name: item.id for item in device.items}
    agent = Agent(1.0)
    agent.declare(Component("Device", "d", "okuma", device.items), "okuma", 0.0)
    start = agent.next
    for time_s, name, value in told:
        agent.add(ids[name], value, time_s)
    found = read(pages.streams(agent, agent.sample(agent.chosen(""), start, 10**6)[0], agent.next, 0.0))
    assert isinstance(found, Streams) and len(found) == len(told)
    return found


@pytest.mark.parametrize("counts", [True, False])
def test_every_cycle_ends_the_job_in_hand_at_its_time(counts: bool) -> None:
    told = [row for n, row in enumerate(recorded()) if row[1] in TYPES or n % 20 == 0]
    device = device_of(sorted({name for _, name, _ in told}), counts)
    signs, watch = Signs(device, "", (), ()), Watch(About(0, "okuma"))
    heard: list[tuple[float, Report]] = []
    jobs, wanted = 0, False
    for row in through_documents(device, told).observations["okuma"]:
        for sign in signs.of(row):
            heard += [(row.time_s, report) for report in watch.tell(sign)]
            watch = Watch(watch.about, Stand.of(watch.stand.kept())) if watch.job is None else watch  # restart of ours
        name = signs.names[row.item]
        wanted = wanted or name == "avail"  # four recordings one after the other: a job in each
        if wanted and name == ("ppartcount" if counts else "pexecution"):
            heard += [(row.time_s, report) for report in watch.give(job(jobs))]
            jobs, wanted = jobs + 1, False
    began = [time_s for time_s, report in heard if isinstance(report, Taken)]
    ended = [(time_s, report) for time_s, report in heard if isinstance(report, Happening)]
    assert began == pytest.approx([time_of(cycle[0]) for cycle in CYCLES], abs=2e-6)
    when = 2 if counts else 1
    assert [time_s for time_s, _ in ended] == pytest.approx([time_of(cycle[when]) for cycle in CYCLES], abs=2e-6)
    assert [(report.job, report.detail) for _, report in ended] == [(f"j{k}", int(Outcome.PASS)) for k in range(4)]


def job(n: int) -> Job:
    return Job(f"j{n}", (int(Command.START_OPERATION), 0, 7, 0, 1, 0.0, 0.0))
