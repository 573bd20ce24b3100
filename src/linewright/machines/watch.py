"""A machine that tells what it does and obeys nobody: what its signs mean for the job in hand.

The operator, or a robot beside it, starts what the line wants. That the job was taken shows in the machine's
execution, that it is done in its part count; a set-up is over when its functional mode leaves SETUP or production
begins. Pure: signs in, reports out; protocols only have to find the signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, NamedTuple

from linewright.control import NONE, Command, Event
from linewright.control.codes import Outcome
from linewright.control.line import F_BATCH
from linewright.machines.driver import WORK, Happening, Job, Question, Reach, Report, Taken
from linewright.machines.sheets import Sheets

ACTIVE, UNAVAILABLE = "ACTIVE", "UNAVAILABLE"
CYCLE_OVER = ("PROGRAM_COMPLETED", "READY")  # straight after ACTIVE: the program has run to its end
SETUP = "SETUP"


class Sign(StrEnum):
    """What is looked at of all that a machine tells; values in the words of MTConnect."""

    AVAILABLE = "available"  # AVAILABLE, UNAVAILABLE
    EXECUTION = "execution"  # ACTIVE, READY, INTERRUPTED ...
    MODE = "mode"  # functional mode: PRODUCTION, SETUP ...
    COUNT = "count"  # pieces made, a number that may start at 0 again
    BAD = "bad"  # those of them that are bad
    FAULT = "fault"  # `name` says which, the value is "" when it is over; without a name: all are over
    STATUS = "status"  # of the workpiece last inspected: PASS, FAIL ...
    MEASURED = "measured"  # `name` is the characteristic, the value in SI units


# what is looked at first where all is told at once: the count ends the job, all else of it must be known by then
_LOOKED_AT = (Sign.AVAILABLE, Sign.EXECUTION, Sign.MODE, Sign.STATUS, Sign.MEASURED, Sign.BAD, Sign.FAULT, Sign.COUNT)


class Told(NamedTuple):
    """One sign."""

    sign: Sign
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the line knows of a machine: its number, its failure modes and characteristics with their numbers."""

    machine: int
    name: str
    modes: Mapping[str, int] = field(default_factory=dict)
    characteristics: Mapping[str, int] = field(default_factory=dict)
    batches: bool = False  # a batch is worked on in one cycle

    @classmethod
    def of(cls, sheets: Sheets, machine: int) -> About:
        """A machine of a line, by its number."""
        line, names = sheets.line, sheets.names
        station: Any = line.station[int(line.machine[machine].station)]
        first = int(station.first_mode)
        modes = {names.modes[k].partition(".")[2]: k for k in range(first, first + int(station.n_modes))}
        characteristics = {name: k for k, name in enumerate(names.characteristics)}
        return cls(machine, names.machines[machine], modes, characteristics, bool(station.traits & F_BATCH))


Words = tuple[int, int, int, float]  # of a happening: kind, detail, number, amount


@dataclass(slots=True)
class Stand:
    """Where a machine stands; kept, so that a restart of ours loses nothing."""

    execution: str = ""
    mode: str = ""
    count: int | None = None
    bad: int | None = None
    faults: list[str] = field(default_factory=list)
    status: str = ""
    reachable: bool | None = None  # None: nobody has looked yet
    job: str = ""  # the work in hand; "" none
    began: bool = False  # has the machine begun with it?
    made: int = 0  # pieces since it was given
    made_bad: int = 0
    ahead: bool = False  # production began with no job for it: what ended was its set-up
    repair: str = ""  # the repair in hand
    told: list[Words] = field(default_factory=list)  # what was reported of the job in hand
    over: str = ""  # the job that ended last ...
    over_told: list[Words] = field(default_factory=list)  # ... and what was reported of it

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Stand:
        """From `dict(...)` of an earlier one; what another version kept besides is left out."""
        return cls(**{each.name: kept[each.name] for each in fields(cls) if each.name in kept})

    def kept(self) -> dict[str, Any]:
        """As words and numbers."""
        return asdict(self)


class Watch:
    """Watches one machine; `memory` goes into its reports (see `Reach`)."""

    def __init__(self, about: About, stand: Stand | None = None, memory: str = "") -> None:
        self.about, self.memory = about, memory
        self.stand = stand or Stand()
        self.job: Job | None = None  # the work in hand
        self._unsure = ""  # why what is told next is not what followed the last

    # ------------------------------------------------------------ jobs

    def give(self, job: Job) -> list[Report]:
        """A job for the machine: somebody is to start it."""
        kind, stand = job.command[0], self.stand
        if kind == Command.REPAIR:
            stand.repair = job.name
            return [] if stand.faults else [Taken(job.name), *self._repaired()]
        if kind not in WORK:
            return [Taken(job.name)]  # told to the operator, which is all that can be done
        ahead = stand.ahead and kind == Command.START_OPERATION
        made, made_bad = (stand.made, stand.made_bad) if ahead else (0, 0)
        self.job, stand.job, stand.began, stand.ahead = job, job.name, False, False
        stand.made, stand.made_bad = made, made_bad
        if self._producing if kind == Command.START_OPERATION else stand.mode == SETUP:
            return self._begin() + self._finish_if_made()
        return self._finish_if_made()

    def go_on(self, job: Job) -> list[Report] | None:
        """A job of before our restart, and what the line may not have heard of it; None: it is not known here."""
        stand = self.stand
        if job.name == stand.repair:
            return []
        if job.name == stand.job:
            self.job = job
            return [Taken(job.name)] if stand.began and not job.acknowledged else []
        if job.name == stand.over:
            *before, (kind, detail, number, amount) = stand.over_told
            machine = self.about.machine
            return [
                *(Happening(kind, machine, detail, number, amount=amount) for kind, detail, number, amount in before),
                Happening(kind, machine, detail, number, amount=amount, job=job.name),
            ]
        return None

    def begin(self) -> list[Report]:
        """What the line may not have heard before our restart, of the machine itself."""
        if self.stand.faults and self.about.modes:
            return [self._happening(Event.MACHINE_FAILED, self._failure(self.stand.faults[0], ""))]
        return []

    # ------------------------------------------------------------ signs

    def tell(self, told: Told) -> list[Report]:
        """The machine shows a sign."""
        sign, value, name = told
        if sign is Sign.EXECUTION:
            return self._execution(value)
        if sign is Sign.MODE:
            return self._mode(value)
        if sign is Sign.COUNT:
            return self._count(value)
        if sign is Sign.BAD:
            self._bad(value)
        elif sign is Sign.FAULT:
            return self._fault(name, value)
        elif sign is Sign.STATUS:
            self.stand.status = value
        elif sign is Sign.MEASURED:
            return self._measured(name, value)
        elif sign is Sign.AVAILABLE:
            return self._heard(value != UNAVAILABLE)
        return []

    def look(self, signs: Iterable[Told], missed: str = "") -> list[Report]:
        """All signs as they stand now; `missed` says why what happened before them was not seen."""
        told = list(signs)
        faults = {each.name for each in told if each.sign is Sign.FAULT and each.value}
        reports: list[Report] = []
        if missed:
            self._unsure = missed
            if not any(each.sign is Sign.COUNT and _whole(each.value) is not None for each in told):
                reports += self._ask()
        reports += [r for gone in sorted({*self.stand.faults} - faults) for r in self._fault(gone, "")]
        measured = self._is_last_piece(told)  # then what was measured last is of it
        for each in sorted(told, key=lambda each: _LOOKED_AT.index(each.sign)):
            if (each.sign is not Sign.MEASURED or measured) and (each.sign is not Sign.FAULT or each.value):
                reports += self.tell(each)
        self._unsure = ""
        return reports

    def _is_last_piece(self, told: Sequence[Told]) -> bool:
        """Does the counter say that the job in hand was done meanwhile, and nothing after it?"""
        if not self._unsure or not self._operating or self.stand.count is None:
            return False
        counts = [count for each in told if each.sign is Sign.COUNT and (count := _whole(each.value)) is not None]
        return bool(counts) and self.stand.made + counts[0] - self.stand.count == self._pieces

    def reach(self, reached: bool, words: str = "") -> list[Report]:
        """The connection to the machine is there, or not; reported when that changes."""
        if reached == self.stand.reachable:
            return []
        self.stand.reachable = reached
        if reached:
            return [Reach(self.about.machine, True, memory=self.memory)]
        return [Reach(self.about.machine, False, words)]

    def _heard(self, heard: bool) -> list[Report]:
        """The agent is there; does it hear the machine (again)?"""
        if heard and self.stand.reachable is None:
            return []
        return self.reach(heard, "the agent does not hear it")

    # ------------------------------------------------------------ execution and mode

    @property
    def wanted(self) -> Job | None:
        """The work in hand that the machine is not at: somebody is to start it, or to go on with it."""
        return None if self.stand.execution == ACTIVE and self.stand.began else self.job

    @property
    def _producing(self) -> bool:
        return self.stand.execution == ACTIVE and self.stand.mode != SETUP

    def _execution(self, value: str) -> list[Report]:
        if value == UNAVAILABLE:
            return self._heard(False)
        stand, before, were = self.stand, self.stand.execution, self._producing
        stand.execution = value
        reports = self._heard(True)
        if not stand.job:
            return reports
        if self._producing and not were:
            return reports + self._production_begins()
        if before == ACTIVE and were and value in CYCLE_OVER and stand.count is None and not self._unsure:
            stand.made += self._pieces if self.about.batches else 1  # it counts no parts: cycles are counted
            reports += self._finish_if_made()
        return reports

    def _mode(self, value: str) -> list[Report]:
        stand, before, were = self.stand, self.stand.mode, self._producing
        stand.mode = value
        if not stand.job or value == UNAVAILABLE:
            return []
        if self._setting_up:
            if value == SETUP:
                return self._begin()
            if before == SETUP and stand.began:
                return self._set_up()
        return self._production_begins() if self._producing and not were else []

    def _production_begins(self) -> list[Report]:
        return self._set_up() if self._setting_up else self._begin()

    def _begin(self) -> list[Report]:
        if self.stand.began:
            return []
        self.stand.began = True
        return [Taken(self.stand.job)]

    @property
    def _setting_up(self) -> bool:
        return self.job is not None and self.job.command[0] in (Command.CHANGE_OVER, Command.CHANGE_TOOL)

    def _set_up(self) -> list[Report]:
        """The set-up is over; if production has begun, the next operation has."""
        reports = self._begin()
        assert self.job is not None
        ended = self._end(self._happening(WORK[Command(self.job.command[0])], job=self.stand.job))
        self.stand.ahead = self._producing
        return [*reports, ended]

    # ------------------------------------------------------------ pieces

    def _count(self, value: str) -> list[Report]:
        count, stand = _whole(value), self.stand
        if count is None:
            return []
        old, stand.count = stand.count, count
        if old is None or count == old:
            return []
        if count < old and self._unsure:
            return self._ask()
        working = self._operating and stand.job
        if not working and not stand.ahead:
            return []  # somebody's trial pieces
        more = count - old if count > old else count  # set back to 0 and counted on
        if more == 0:
            return []
        stand.made += more
        return (self._begin() + self._finish_if_made()) if working else []

    def _bad(self, value: str) -> None:
        bad, stand = _whole(value), self.stand
        if bad is not None:
            if stand.bad is not None and stand.job:
                stand.made_bad += bad - stand.bad if bad >= stand.bad else bad
            stand.bad = bad

    @property
    def _operating(self) -> bool:
        return self.job is not None and self.job.command[0] == Command.START_OPERATION

    @property
    def _pieces(self) -> int:
        return max(self.job.command[4], 1) if self.job else 1

    def _finish_if_made(self) -> list[Report]:
        stand = self.stand
        if not self._operating or stand.made < self._pieces:
            return []
        begun = self._begin()
        failed = stand.made_bad > 0 or stand.status == "FAIL"
        outcome = Outcome.FAIL if failed else Outcome.PASS
        ended = self._happening(Event.OPERATION_FINISHED, detail=int(outcome), job=stand.job)
        return [*begun, self._end(ended)]

    def _measured(self, name: str, value: str) -> list[Report]:
        number = self.about.characteristics.get(name)
        try:
            amount = float(value)
        except ValueError:
            return []
        if number is None or not self._operating or self.job is None or not -1e300 < amount < 1e300:
            return []
        measured = self._happening(Event.VALUE_MEASURED, number, self.job.command[2], amount)
        self.stand.told.append(_words(measured))
        return [*self._begin(), measured]

    # ------------------------------------------------------------ faults

    def _fault(self, name: str, value: str) -> list[Report]:
        """One has come or gone; the first stops the machine, with the last it works again."""
        stand, before = self.stand, len(self.stand.faults)
        if value:
            if name not in stand.faults:
                stand.faults.append(name)
        else:
            stand.faults = [each for each in stand.faults if name and each != name]
        if not self.about.modes or bool(before) == bool(stand.faults):
            return []
        if stand.faults:
            return [self._happening(Event.MACHINE_FAILED, self._failure(name, value))]
        return self._repaired()

    def _failure(self, name: str, words: str) -> int:
        """The failure mode whose name is the fault's or stands in its words; else the first."""
        said = f"{name} {words}".lower()
        matching = (number for mode, number in self.about.modes.items() if mode.lower() in said)
        return next(matching, next(iter(self.about.modes.values())))

    def _repaired(self) -> list[Report]:
        job, self.stand.repair = self.stand.repair, ""
        return [self._happening(Event.MACHINE_REPAIRED, job=job)]

    # ------------------------------------------------------------ what cannot be known

    def _ask(self) -> list[Report]:
        """Whether the operation in hand was done cannot be known: ask."""
        if not self._operating:
            return []
        words = f"{self.about.name}: {self._unsure}; was the job done meanwhile?"
        question = Question(self.about.machine, self.stand.job, words)
        self._put_down()
        return [question]

    def _end(self, happening: Happening) -> Happening:
        """The job in hand is over; kept until the next one is, lest the line has not heard of it."""
        self.stand.over, self.stand.over_told = self.stand.job, [*self.stand.told, _words(happening)]
        self._put_down()
        return happening

    def _put_down(self) -> None:
        stand = self.stand
        self.job, stand.job, stand.began, stand.made, stand.made_bad, stand.status = None, "", False, 0, 0, ""
        stand.told = []

    def _happening(
        self, kind: Event, detail: int = int(NONE), number: int = int(NONE), amount: float = 0.0, job: str = ""
    ) -> Happening:
        return Happening(int(kind), self.about.machine, detail, number, amount=amount, job=job)


def _words(happening: Happening) -> Words:
    return happening.kind, happening.detail, happening.number, happening.amount


def _whole(value: str) -> int | None:
    """A count; None where it is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if 0 <= number < 2**53 and number == int(number) else None
