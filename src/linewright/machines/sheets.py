"""Between the line's numbers and a machine's words: a command as a job order, what a machine says as an event."""

from __future__ import annotations

from linewright.control import Command, Event, Line
from linewright.control.codes import Outcome, words
from linewright.control.line import Names
from linewright.machines.driver import ENDS, Happening, Job
from linewright.machines.jobs import OUTCOME, JobOrder, Results, Work

WORKS = {
    Command.START_OPERATION: Work.OPERATION,
    Command.CHANGE_OVER: Work.CHANGE_OVER,
    Command.CHANGE_TOOL: Work.CHANGE_TOOL,
    Command.OFFSET_TOOL: Work.OFFSET_TOOL,
    Command.REPAIR: Work.REPAIR,
}
OUTCOMES = {words(outcome): outcome for outcome in Outcome}


class Sheets:
    """Writes job orders and reads answers for one line."""

    def __init__(self, line: Line, names: Names) -> None:
        self.line, self.names = line, names

    def order(self, job: Job) -> JobOrder:
        """What a machine is asked to do, in words. PAUSE and RESUME are no work of their own."""
        kind, machine, _unit, detail, number, amount, _time_s = job.command
        work = WORKS[Command(kind)]
        station = self.names.stations[self._station(machine)]
        if work is not Work.OPERATION:
            return JobOrder(job.name, work, self._about(work, machine, detail), station, amount=float(amount))
        operation = self.names.operations[int(self.line.task.operation[detail])]
        serial, *others = map(str, job.serials or ("",))
        material = operation.partition(".")[0]
        pieces = max(int(number), 1)
        return JobOrder(job.name, work, operation, station, material, serial, pieces, others=tuple(others))

    def finished(self, job: Job, results: Results) -> list[Happening]:
        """What the line must hear when a machine has done a job: measured values, then its end."""
        kind, machine, unit = Command(job.command[0]), job.command[1], job.command[2]
        if kind is not Command.START_OPERATION:
            return [Happening(int(ENDS[kind]), machine, job=job.name)]
        heard = []
        for name, value in results.items():
            if name in self.names.characteristics and not isinstance(value, str):
                characteristic = self.names.characteristics.index(name)
                heard.append(
                    Happening(int(Event.VALUE_MEASURED), machine, characteristic, unit, amount=float(value))
                )
        outcome = OUTCOMES.get(str(results.get(OUTCOME, "")).lower(), Outcome.PASS)
        heard.append(Happening(int(Event.OPERATION_FINISHED), machine, int(outcome), job=job.name))
        return heard

    def failed(self, machine: int, alarm: str) -> Happening | None:
        """A machine has failed: in the mode that its alarm names, else in the first that its station knows."""
        station = self._station(machine)
        first, n = int(self.line.station.first_mode[station]), int(self.line.station.n_modes[station])
        if n == 0:
            return None
        named = f"{self.names.stations[station]}.{alarm}"
        known = self.names.modes[first : first + n]
        mode = first + (known.index(named) if named in known else 0)
        return Happening(int(Event.MACHINE_FAILED), machine, mode)

    def _station(self, machine: int) -> int:
        return int(self.line.machine.station[machine])

    def _about(self, work: Work, machine: int, detail: int) -> str:
        if work is Work.CHANGE_OVER:
            return self.names.materials[detail]
        if work is Work.REPAIR:
            return self.names.modes[detail].partition(".")[2]
        return self.names.tools[detail].removeprefix(f"{self.names.machines[machine]}.")


def machine_of(job: Job) -> int:
    """The machine that a job is for; only for `driver.FOR_MACHINES`."""
    return job.command[1]


