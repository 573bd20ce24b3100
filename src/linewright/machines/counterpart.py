"""What the line asked of one machine beside what the machine says: who reconciles the two decides what is true.

No input or output here: a driver shows it what the machine says (`see`), asks it what to do next (`next_step`), and
tells it how that went. It never guesses: what a machine cannot tell becomes a `Question`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from linewright.control import Command
from linewright.machines.driver import WORK, Happening, Job, Question, Report, Taken
from linewright.machines.jobs import OVER, Answer, JobState, Results
from linewright.machines.sheets import Sheets


@dataclass(frozen=True)
class Look:
    """What a machine says about itself."""

    jobs: dict[str, JobState]
    failed: bool = False
    alarm: str = ""
    life: str = ""  # another one after each restart of its server


@dataclass(frozen=True)
class Step:
    """What to call on the machine now: a method of OPC 10031-4, by name, for a job order by name."""

    method: str
    name: str
    job: Job | None = None  # the job that this does, where it does one


@dataclass
class Counterpart:
    """One machine, as the line knows it."""

    machine: int
    label: str
    sheets: Sheets
    repairs_itself: bool = True  # a virtual machine must be told that somebody repairs it
    waiting: deque[Job] = field(default_factory=deque)  # not taken yet, in their order
    work: Job | None = None  # the operation or change under way
    repair: Job | None = None
    failed: bool = False
    _tried: dict[str, str] = field(default_factory=dict)  # in which life of the machine a job was first sent
    _asked: set[str] = field(default_factory=set)  # jobs that a person is asked about
    _wanted: dict[str, int] = field(default_factory=dict)  # jobs of this process not yet cleared: at which work
    _works: int = 0  # how many pieces of work the line has wanted

    # ------------------------------------------------------------ what the line wants

    def take_over(self, open_jobs: Sequence[Job]) -> None:
        """After a restart of the line: its open jobs, oldest first."""
        for job in open_jobs:
            if job.acknowledged:
                self._hold(job)
                continue
            self.want(job)
            if job.memory:
                self._tried[job.name] = job.memory  # it may have arrived in that life of the machine

    def want(self, job: Job) -> None:
        """The line wants a job done; one that it has wanted before is not wanted twice."""
        if job.name in self._asked:  # a person has said: do it again
            self._asked.discard(job.name)
            self._tried.pop(job.name, None)
            if self.work and self.work.name == job.name:
                self.work = None
        elif job.name in self._wanted:
            return
        if job.command[0] in WORK:
            self._works += 1
            self._asked.clear()  # whatever was asked about the work before is answered
        self._wanted[job.name] = self._works
        self.waiting.append(job)

    def _hold(self, job: Job) -> None:
        kind = Command(job.command[0])
        if kind in WORK:
            self.work = job
        elif kind is Command.REPAIR:
            self.repair, self.failed = job, True

    # ------------------------------------------------------------ what the machine says

    def see(self, look: Look) -> list[Report]:
        """What the line must hear of it."""
        reports: list[Report] = []
        if self.work and self.work.name not in self._asked:
            reports += self._see_work(self.work, look)
        if look.failed and not self.failed:
            happening = self.sheets.failed(self.machine, look.alarm)
            self.failed = True
            reports += [happening] if happening else []
        if self.failed and not look.failed and (self.repair or not self._can_fail()):
            self.failed = False
            if self.repair:
                reports += self.sheets.finished(self.repair, {})
                self.repair = None
        return reports

    def _can_fail(self) -> bool:
        return self.sheets.failed(self.machine, "") is not None

    def _see_work(self, work: Job, look: Look) -> list[Report]:
        state = look.jobs.get(work.name)
        if state is None:
            return self._ask(work, f"{self.label} took the job and does not know it any more: was it done?")
        if state is JobState.ABORTED:
            return self._ask(work, f"the job was aborted at {self.label}: was it done?")
        return []

    def over(self, look: Look) -> Job | None:
        """The job whose results must be fetched: it has ended at the machine, and the line does not know."""
        if self.work and self.work.name not in self._asked and look.jobs.get(self.work.name) is JobState.ENDED:
            return self.work
        return None

    def end(self, results: Results) -> list[Happening]:
        """The results of that job are here: what the line must hear."""
        work, self.work = self.work, None
        assert work is not None
        return self.sheets.finished(work, results)

    def _ask(self, job: Job, words: str) -> list[Report]:
        self._asked.add(job.name)
        return [Question(self.machine, job.name, words)]

    # ------------------------------------------------------------ what to do next

    def next_step(self, look: Look) -> Step | Report | None:
        """The next call for the job that has waited longest, or what the line must hear instead of it."""
        if not self.waiting:
            return None
        job = self.waiting[0]
        kind = Command(job.command[0])
        if kind in (Command.PAUSE, Command.RESUME):
            return self._pause_or_resume(job, kind, look)
        state = look.jobs.get(job.name)
        if state is JobState.ABORTED:
            return Step("Clear", job.name)
        if state is not None or (kind is Command.REPAIR and not self.repairs_itself):
            return self.taken()
        if self._tried.get(job.name, look.life) != look.life:
            self.waiting.popleft()
            self._hold(job)
            return self._ask(job, f"{self.label} restarted just when it was given the job: was it done?")[0]
        old = [name for name, state in look.jobs.items() if state in OVER and self._is_old(name, job)]
        return Step("Clear", old[0]) if old else Step("StoreAndStart", job.name, job)

    def _pause_or_resume(self, job: Job, kind: Command, look: Look) -> Step | Report:
        state = look.jobs.get(self.work.name) if self.work else None
        if look.failed and self._can_fail() and kind is Command.RESUME:
            return self.taken()  # it has failed again; the line hears of that and will pause, repair, resume
        methods = {
            (Command.PAUSE, JobState.RUNNING): "Pause",
            (Command.PAUSE, JobState.ALLOWED_TO_START): "RevokeStart",
            (Command.RESUME, JobState.INTERRUPTED): "Resume",
            (Command.RESUME, JobState.NOT_ALLOWED_TO_START): "Start",
        }
        method = methods.get((kind, state)) if state else None
        return Step(method, self.work.name, job) if method and self.work else self.taken()

    def _is_old(self, name: str, job: Job) -> bool:
        """Has the line its end on disk for sure?

        Of its own run: it has for what is not open at its start. Of this process: once the work after it has been
        followed by more work, for the line decides on what it hears in order, and sends only what is on disk.
        """
        if name in self._wanted:
            held = {other.name for other in (*self.waiting, self.work, self.repair) if other} | self._asked
            return name not in held and self._wanted[name] <= self._works - 2
        open_ = self.work.name if self.work else ""
        return name != open_ and name.rsplit("-", 2)[0] == job.name.rsplit("-", 2)[0]

    def tried(self, step: Step, look: Look) -> None:
        """A call is about to be made."""
        if step.job and step.method == "StoreAndStart":
            self._tried.setdefault(step.name, look.life)

    def answered(self, step: Step, answer: int) -> Report | None:
        """How the machine answered to a call; what the line must hear of it."""
        if step.method == "Clear":
            self._wanted.pop(step.name, None)
            return None
        if answer in (0, Answer.NO_ERROR):
            return self.taken()
        if step.method != "StoreAndStart":
            return None  # the job is not where it was when we looked: look again
        job = self.waiting.popleft()
        self._hold(job)
        return self._ask(job, f"{self.label} refuses the job (status {answer}): what now?")[0]

    def taken(self) -> Taken:
        """The machine knows the job that has waited longest."""
        job = self.waiting.popleft()
        self._tried.pop(job.name, None)
        self._hold(job)
        return Taken(job.name)
