"""What the signs of a machine that obeys nobody mean for the job in hand."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.control import Command, Event
from linewright.control.codes import Outcome
from linewright.machines.desk import Desk
from linewright.machines.driver import Happening, Job, Question, Reach, Report, Taken
from linewright.machines.watch import About, Sign, Stand, Told, Watch

ABOUT = About(3, "mill", {"spindle": 7, "chuck": 8}, {"bore": 5})
UNIT = 40


def job(name: str, kind: Command = Command.START_OPERATION, pieces: int = 1, acknowledged: bool = False) -> Job:
    return Job(name, (int(kind), 3, UNIT, 0, pieces, 0.0, 0.0), acknowledged)


def told(words: str) -> Told:
    """`count 4`, `fault x hot` (name, then words), `measured bore 0.02`."""
    sign, *rest = words.split()
    if sign in ("fault", "measured"):
        return Told(Sign(sign), rest[1] if len(rest) > 1 else "", rest[0])
    return Told(Sign(sign), rest[0])


def said(reports: list[Report]) -> list[str]:
    """Reports in short: `taken a`, `operation finished a pass`."""
    found = []
    for report in reports:
        if isinstance(report, Taken):
            found.append(f"taken {report.job}")
        elif isinstance(report, Question):
            found.append(f"question {report.job}")
        elif isinstance(report, Reach):
            found.append("reached" if report.reached else "lost")
        else:
            word = Event(report.kind).name.lower().replace("_", " ")
            detail = f" {Outcome(report.detail).name.lower()}" if report.kind == Event.OPERATION_FINISHED else ""
            detail = f" {report.detail}" if report.kind == Event.MACHINE_FAILED else detail
            found.append(" ".join(f"{word} {report.job}{detail}".split()))
    return found


def play(watch: Watch, *steps: str | Job) -> list[str]:
    """Give jobs and tell signs; what came out."""
    reports: list[Report] = []
    for step in steps:
        reports += watch.give(step) if isinstance(step, Job) else watch.tell(told(step))
    return said(reports)


A, B = job("a"), job("b")
SETUP = job("s", Command.CHANGE_OVER)
IDLE = ("execution READY", "mode PRODUCTION", "count 10")

STORIES: list[tuple[str, tuple[str | Job, ...], list[str]]] = [
    (
        "one piece",
        (*IDLE, A, "execution ACTIVE", "count 11", "execution READY"),
        ["taken a", "operation finished a pass"],
    ),
    (
        "only the last of three pieces ends the job",
        (*IDLE, job("a", pieces=3), "execution ACTIVE", "count 11", "count 12", "execution READY"),
        ["taken a"],
    ),
    (
        "all three",
        (*IDLE, job("a", pieces=3), "execution ACTIVE", "count 12", "count 13"),
        ["taken a", "operation finished a pass"],
    ),
    (
        "a counter set back in the middle loses no piece",
        (*IDLE, job("a", pieces=3), "execution ACTIVE", "count 11", "count 0", "count 1", "count 2"),
        ["taken a", "operation finished a pass"],
    ),
    ("pieces before the job are not its own", (*IDLE, "execution ACTIVE", "count 11", "execution READY", A), []),
    (
        "a piece counted shows that it was begun",
        (*IDLE, A, "count 11"),
        ["taken a", "operation finished a pass"],
    ),
    (
        "an interruption ends nothing",
        (*IDLE, A, "execution ACTIVE", "execution INTERRUPTED", "execution ACTIVE", "count 11"),
        ["taken a", "operation finished a pass"],
    ),
    (
        "a bad piece fails",
        (*IDLE, "bad 2", A, "execution ACTIVE", "bad 3", "count 11"),
        ["taken a", "operation finished a fail"],
    ),
    (
        "so does a workpiece that an inspection rejects",
        (*IDLE, A, "execution ACTIVE", "measured bore 0.02", "status FAIL", "count 11"),
        ["taken a", "value measured", "operation finished a fail"],
    ),
    (
        "the verdict on one workpiece is not that on the next",
        (*IDLE, A, "execution ACTIVE", "status FAIL", "count 11", B, "count 12"),
        ["taken a", "operation finished a fail", "taken b", "operation finished b pass"],
    ),
    (
        "without a counter, cycles are counted",
        ("execution READY", A, "execution ACTIVE", "execution PROGRAM_COMPLETED", "execution READY"),
        ["taken a", "operation finished a pass"],
    ),
    (
        "a cycle that was stopped is none",
        ("execution READY", A, "execution ACTIVE", "execution STOPPED", "execution READY"),
        ["taken a"],
    ),
    (
        "a set-up is over as its mode ends",
        (*IDLE, SETUP, "mode SETUP", "execution ACTIVE", "execution READY", "mode PRODUCTION"),
        ["taken s", "setup finished s"],
    ),
    (
        "a set-up nobody announced is over as production begins, which is the next job's",
        (*IDLE, SETUP, "execution ACTIVE", A, "count 11"),
        ["taken s", "setup finished s", "taken a", "operation finished a pass"],
    ),
    (
        "pieces made before the line could give the next job are that job's",
        (*IDLE, SETUP, "execution ACTIVE", "count 11", A),
        ["taken s", "setup finished s", "taken a", "operation finished a pass"],
    ),
    (
        "trial cuts of a set-up are no production",
        (*IDLE, SETUP, "mode SETUP", "execution ACTIVE", "count 11", "execution READY", "mode PRODUCTION", A),
        ["taken s", "setup finished s"],
    ),
    (
        "a machine that runs on takes the next job at once",
        (*IDLE, A, "execution ACTIVE", "count 11", B, "count 12"),
        ["taken a", "operation finished a pass", "taken b", "operation finished b pass"],
    ),
    (
        "the first fault stops it, the last one gone it works again",
        (*IDLE, "fault x7 chuck-open", "fault x9 hot", "fault x7", "fault x9"),
        ["machine failed 8", "machine repaired"],
    ),
    (
        "a repair ends with the fault",
        (*IDLE, "fault x7 hot", job("r", Command.REPAIR), "fault x7"),
        ["machine failed 7", "machine repaired r"],
    ),
    (
        "a repair of what has gone is over",
        (*IDLE, job("r", Command.REPAIR)),
        ["taken r", "machine repaired r"],
    ),
    (
        "work and repair stand side by side",
        (*IDLE, A, "execution ACTIVE", "fault x hot", job("r", Command.REPAIR), "fault x", "count 11"),
        ["taken a", "machine failed 7", "machine repaired r", "operation finished a pass"],
    ),
    ("what needs no answer is only told", (job("o", Command.OFFSET_TOOL),), ["taken o"]),
    ("an unheard machine", (*IDLE, "available UNAVAILABLE", "available AVAILABLE"), ["lost", "reached"]),
    (
        "unheard in the middle",
        (*IDLE, A, "execution ACTIVE", "execution UNAVAILABLE", "count UNAVAILABLE", "execution ACTIVE", "count 11"),
        ["taken a", "lost", "reached", "operation finished a pass"],
    ),
    ("rubbish", ("count x", "count -1", "count 1e400", "measured bore x", "measured nothing 1", A), []),
]


@pytest.mark.parametrize(("steps", "expected"), [story[1:] for story in STORIES], ids=[s[0] for s in STORIES])
def test_story(steps: tuple[str | Job, ...], expected: list[str]) -> None:
    assert play(Watch(ABOUT), *steps) == expected


@pytest.mark.parametrize(("steps", "expected"), [story[1:] for story in STORIES], ids=[s[0] for s in STORIES])
def test_a_restart_of_ours_after_any_sign_changes_nothing(steps: tuple[str | Job, ...], expected: list[str]) -> None:
    """Between any two steps all is kept on disk, forgotten and taken up again; the line knows what it was told."""
    watch, heard, opened = Watch(ABOUT), [], dict[str, Job]()
    for step in steps:
        kept = json.loads(json.dumps(watch.stand.kept()))
        watch = Watch(ABOUT, Stand.of(kept))
        for each in opened.values():
            known = watch.go_on(each._replace(acknowledged=f"taken {each.name}" in heard))
            assert known is not None
            heard += said(known)
        heard += play(watch, step)
        if isinstance(step, Job):
            opened[step.name] = step
        opened = {
            name: each for name, each in opened.items() if not any(f" {name}" in h and "taken" not in h for h in heard)
        }
        opened.pop("o", None)
    assert heard == expected


def looked(watch: Watch, missed: str, *signs: str) -> list[str]:
    return said(watch.look([told(each) for each in signs], missed))


def test_after_a_gap_the_counter_tells_what_was_made() -> None:
    watch = Watch(ABOUT)
    assert play(watch, *IDLE, job("a", pieces=2), "execution ACTIVE") == ["taken a"]
    assert looked(watch, "a gap", "execution ACTIVE", "count 11") == []
    assert looked(watch, "a gap", "execution READY", "count 12") == ["operation finished a pass"]


def test_after_a_gap_the_last_verdict_and_values_are_those_of_the_last_piece() -> None:
    watch = Watch(ABOUT)
    assert play(watch, *IDLE, A, "execution ACTIVE") == ["taken a"]
    signs = ("execution READY", "count 11", "measured bore 0.02", "status FAIL")
    assert looked(watch, "a gap", *signs) == ["value measured", "operation finished a fail"]
    watch = Watch(ABOUT)
    assert play(watch, *IDLE, A, "execution ACTIVE") == ["taken a"]
    assert looked(watch, "a gap", "count 12", *signs[2:3]) == ["operation finished a pass"], "of another piece"


@pytest.mark.parametrize(
    "signs", [("execution READY", "count 0"), ("execution READY",), ("execution READY", "count UNAVAILABLE")]
)
def test_after_a_gap_what_the_counter_does_not_tell_is_asked(signs: tuple[str, ...]) -> None:
    watch = Watch(ABOUT)
    assert play(watch, *IDLE, A, "execution ACTIVE") == ["taken a"]
    assert looked(watch, "the agent has started anew", *signs) == ["question a"]
    assert play(watch, "count 11", B, "execution ACTIVE", "count 12") == ["taken b", "operation finished b pass"]


def test_after_a_gap_faults_are_those_that_stand_now() -> None:
    watch = Watch(ABOUT)
    assert play(watch, "fault x hot") == ["machine failed 7"]
    assert looked(watch, "a gap", "execution READY", "count 0", "fault y wet") == [
        "machine repaired",
        "machine failed 7",
    ]
    assert looked(watch, "a gap", "execution READY", "count 0") == ["machine repaired"]


def test_what_the_line_had_not_yet_recorded_is_told_again() -> None:
    watch = Watch(ABOUT)
    reports: list[Report] = []
    for step in (*IDLE, A, "execution ACTIVE", "measured bore 0.02", "count 11"):
        reports = [*reports, *(watch.give(step) if isinstance(step, Job) else watch.tell(told(step)))]
    assert reports[1] == Happening(Event.VALUE_MEASURED, 3, 5, UNIT, amount=0.02)
    watch = Watch(ABOUT, Stand.of(json.loads(json.dumps(watch.stand.kept()))))
    assert watch.go_on(A._replace(acknowledged=True)) == reports[1:]
    assert watch.go_on(job("never heard of")) is None


SIGNS = st.sampled_from(
    "execution READY,execution ACTIVE,execution STOPPED,execution UNAVAILABLE,mode SETUP,mode PRODUCTION,"
    "count 0,count 1,count 2,bad 1,fault x hot,fault x,fault y hot,fault y,status FAIL".split(",")
)


@given(st.lists(SIGNS | st.sampled_from(["work", "setup", "gap"]), max_size=30))
@settings(max_examples=100, deadline=None)
def test_whatever_is_told_every_job_is_taken_before_it_ends_and_ends_at_most_once(steps: list[str]) -> None:
    watch, heard = Watch(ABOUT), list[str]()
    for n, step in enumerate(steps):
        if step in ("work", "setup"):
            if not watch.stand.job:
                kind = Command.START_OPERATION if step == "work" else Command.CHANGE_OVER
                heard += said(watch.give(job(f"j{n}", kind, pieces=1 + n % 2)))
        elif step == "gap":
            heard += looked(watch, "a gap", "execution READY", "count 1")
        else:
            heard += play(watch, step)
    for name in {each.split()[1] for each in heard if each.startswith("taken")}:
        ends = [k for k, each in enumerate(heard) if f"finished {name}" in each or each == f"question {name}"]
        assert len(ends) <= 1 and heard.count(f"taken {name}") == 1
        assert all(heard.index(f"taken {name}") < end for end in ends)
    failed = [each.split()[1] for each in heard if each.startswith("machine")]
    assert failed == ["failed", "repaired"] * (len(failed) // 2) + ["failed"] * (len(failed) % 2)


# ---------------------------------------------------------------- the desk


def test_what_is_shown_before_the_line_could_answer_belongs_to_the_next_job() -> None:
    async def talk() -> None:
        heard: list[Any] = []
        notes: list[Any] = []
        desk = Desk(Watch(ABOUT), heard.append, lambda job: None, notes.append, answer_s=0.05)
        desk.look([], "")
        desk.give(A)
        for words in (*IDLE, "execution ACTIVE", "count 11", "count 12", "count 13"):
            desk.tell(told(words))
        assert said(heard) == ["taken a", "operation finished a pass"]
        kept = len(notes)
        desk.note()
        assert len(notes) == kept, "signs are still held"
        desk.give(B)
        assert said(heard)[2:] == ["taken b", "operation finished b pass"]
        await asyncio.sleep(0.1)  # the line has no further job: the last piece is nobody's
        desk.give(job("c"))
        assert said(heard)[4:] == ["taken c"]
        assert len(notes) > kept

    asyncio.run(talk())


def test_a_job_given_twice_is_one_job() -> None:
    async def talk() -> None:
        heard: list[Any] = []
        handed: list[Job] = []
        desk = Desk(Watch(ABOUT), heard.append, handed.append, lambda stand: None, answer_s=0.05)
        desk.give(A)
        assert handed == [], "nobody knows where the machine stands"
        desk.look([told(words) for words in IDLE], "")
        for _ in range(2):
            desk.give(A)
            desk.tell(told("execution ACTIVE"))
        desk.tell(told("count 11"))
        desk.give(A)
        assert said(heard) == ["taken a", "operation finished a pass"] and handed == [A]

    asyncio.run(talk())


@pytest.mark.parametrize(("acknowledged", "expected"), [(True, ["question a"]), (False, [])])
def test_a_job_that_no_note_tells_of_is_asked_about_or_handed_out(acknowledged: bool, expected: list[str]) -> None:
    async def talk() -> None:
        heard: list[Any] = []
        handed: list[Job] = []
        desk = Desk(Watch(ABOUT), heard.append, handed.append, lambda stand: None)
        desk.take_up(A._replace(acknowledged=acknowledged))
        desk.look([], "")
        assert said(heard) == expected and bool(handed) is not acknowledged

    asyncio.run(talk())
