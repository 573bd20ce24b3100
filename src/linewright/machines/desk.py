"""Between a `Watch` and the line: what must wait for what.

Jobs wait until it is known where the machine stands, lest one is done before anybody looks. After a job has ended,
what the machine shows next waits for the next job: signs come in bursts after a lost connection, a machine that goes
on by itself does not wait for the line, and what was made before the line could answer belongs to its answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from linewright.machines.driver import WORK, Happening, Job, Question, Report
from linewright.machines.watch import Stand, Told, Watch

ANSWER_S = 2.0  # the line answers within this, or has no job

_ENDS = frozenset(int(event) for event in WORK.values())


class Desk:
    """Feeds one watch, in order.

    `report` takes what comes out, `hand` the jobs that somebody is to start, `note` where the machine stands when all
    is fed. `seen` says that this was known before our restart, and that nothing since then can be missed unnoticed.
    """

    def __init__(
        self,
        watch: Watch,
        report: Callable[[Report], None],
        hand: Callable[[Job], None],
        note: Callable[[Stand], None],
        seen: bool = False,
        answer_s: float = ANSWER_S,
    ) -> None:
        self.watch, self.answer_s = watch, answer_s
        self._report, self._hand, self._note = report, hand, note
        self._seen = seen
        self._early: list[Job] = []  # given before it was known where the machine stands
        self._held: deque[Told | tuple[Sequence[Told], str]] = deque()
        self._waits: asyncio.TimerHandle | None = None  # for the answer of the line

    # ------------------------------------------------------------ jobs

    def begin(self) -> None:
        """Before all else: what the line may not have heard before our restart."""
        self.watch.stand.reachable = None
        self._out(self.watch.begin())

    def take_up(self, job: Job) -> None:
        """A job of before our restart: known from then, or asked about, or handed out."""
        known = self.watch.go_on(job)
        if known is not None:
            self._out(known)
        elif job.command[0] in WORK and (job.acknowledged or job.memory not in ("", self.watch.memory)):
            words = f"{self.watch.about.name} may have begun with it, and nobody has watched since; was it done?"
            self._report(Question(self.watch.about.machine, job.name, words))
        else:
            self.give(job)

    def give(self, job: Job) -> None:
        """A job for the machine. Given again, it is the same one."""
        stand = self.watch.stand
        if job.name in (stand.job, stand.repair, stand.over, *(early.name for early in self._early)):
            return
        if not self._seen:
            self._early.append(job)
            return
        self._hand(job)
        self._out(self.watch.give(job))
        if job.command[0] in WORK and not self._ended:
            self._answered()
        self.note()

    # ------------------------------------------------------------ signs

    def tell(self, told: Told) -> None:
        """The machine shows a sign."""
        self._held.append(told)
        self._feed()

    def look(self, signs: Sequence[Told], missed: str) -> None:
        """All signs as they stand now; see `Watch.look`."""
        self._held.append((signs, missed))
        self._feed()
        self._seen, early, self._early = True, self._early, []
        for job in early:
            self.give(job)
        self.note()

    def reach(self, reached: bool, words: str = "") -> None:
        """The connection to the machine is there, or not."""
        self._out(self.watch.reach(reached, words))

    def note(self) -> None:
        """Have it noted where the machine stands, unless signs are still held: they would be lost."""
        if not self._held:
            self._note(self.watch.stand)

    def _feed(self) -> None:
        while self._held and self._waits is None:
            what = self._held.popleft()
            self._out(self.watch.tell(what) if isinstance(what, Told) else self.watch.look(*what))

    def _out(self, reports: Sequence[Report]) -> None:
        self._ended = False
        for report in reports:
            self._report(report)
            if isinstance(report, Happening) and report.kind in _ENDS:
                self._ended = True
        if self._ended:
            self._hold()

    def _hold(self) -> None:
        if self._waits is None:
            self._waits = asyncio.get_running_loop().call_later(self.answer_s, self._answered)

    def _answered(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None
        self._feed()
        self.note()
