"""Machine-tool programs in the plant file: checked when it is loaded, and what they tell written into the plant.

An operation with a `program` gets from it what it does not say itself: its `time` at each station (handling, then
the program on that station's machine tool) and what it `uses` of the tools' lives. What comes out is a plant like
any other, so that the control, the twin and every estimate know nothing of programs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linewright.errors import InputError, Problem
from linewright.plant.distributions import Distribution
from linewright.plant.findings import Findings
from linewright.plant.laws import Constant
from linewright.plant.model import Operation, Plant
from linewright.plant.routes import Step, all_steps
from linewright.plant.yaml_source import key_text

if TYPE_CHECKING:
    from linewright.nc.machine_file import MachineFile
    from linewright.nc.study import Study


def tool_name(number: int) -> str:
    """The name that a station's tool must have to be the tool of that number in programs."""
    return f"T{number}"


def take_programs(plant: Plant, folder: Path, found: Findings) -> Plant:
    """The plant with times and tool uses taken from its programs; what is wrong with those goes to `found`."""
    if not any(step.operation.program for step in all_steps(plant)):
        return plant
    desk = _Desk(plant, folder, found)
    routes = {name: [dict(entry) for entry in route] for name, route in plant.routes.items()}
    for step in all_steps(plant):
        if step.operation.program is not None:
            routes[step.material][step.place][step.name] = desk.take(step)
    return plant.model_copy(update={"routes": routes})


@dataclass
class _Desk:
    """Where programs are studied, each once for each machine file."""

    plant: Plant
    folder: Path
    found: Findings
    machines: dict[str, MachineFile | None] = field(default_factory=dict)
    studies: dict[tuple[str, str], Study | None] = field(default_factory=dict)

    def take(self, step: Step) -> Operation:
        """The operation with what its program tells."""
        studies = {station: self.study(step, station) for station in step.stations}
        known = {station: study for station, study in studies.items() if study is not None}
        for station, study in known.items():
            self._check_lives(step, station, study)
        changed: dict[str, Any] = {}
        if step.operation.time is None:
            changed["time"] = self._times(step, known)
        if not step.operation.uses and known:
            changed["uses"] = self._uses(step, known)
        return step.operation.model_copy(update=changed)

    def study(self, step: Step, station: str) -> Study | None:
        """The program on that station's machine tool; None where that cannot be told, with the reason found."""
        from linewright.nc.study import study_program

        machine, program = self.machine_of(station), step.operation.program
        if machine is None or program is None or not (self.folder / program).is_file():
            return None
        place = program, str(self.plant.stations[station].machine_tool)
        if place not in self.studies:
            self.studies[place] = None
            try:
                study = study_program(self.folder / program, machine)
            except InputError as error:
                self._report(step, error.problems)
            else:
                self._report_findings(step, study)
                self.studies[place] = study
        return self.studies[place]

    def machine_of(self, station: str) -> MachineFile | None:
        """The machine tool of a station, read once."""
        from linewright.nc.machine_file import read_machine

        name = self.plant.stations[station].machine_tool
        if name is None:
            return None
        if name not in self.machines:
            self.machines[name] = None
            try:
                self.machines[name] = read_machine(self.folder / name)
            except InputError as error:
                self.found.errors += error.problems
        return self.machines[name]

    def _times(self, step: Step, known: dict[str, Study]) -> dict[str, Distribution]:
        """Handling and program, by station."""
        times: dict[str, Distribution] = {}
        handling: Distribution = step.operation.handling or Constant(0.0)
        for station in step.stations:
            study = known.get(station)
            if study is not None and study.time is not None:
                times[station] = replace(handling, offset=handling.offset + study.time.program_s)
            elif study is not None and study.report.ready:
                message = f"the machine file of {station!r} has no `time:`: how long the program takes is not known"
                self.found.error((*step.path, "program"), message, "add `time:` to it, or give the operation a `time`")
            elif self.plant.stations[station].machine_tool is None:
                message = f"{station!r} has no `machine_tool`: how long the program takes is not known"
                self.found.error((*step.path, "program"), message, "name its machine file, or give a `time`")
        return times

    def _uses(self, step: Step, known: dict[str, Study]) -> dict[str, float]:
        """Cutting time of the stations' tools for one piece: the longest, where the stations differ."""
        uses: dict[str, float] = {}
        for station, study in known.items():
            spent = {tool_name(number): seconds for number, seconds in study.cutting_s.items()}
            for name in self.plant.stations[station].tools:
                uses[name] = max(uses.get(name, 0.0), spent.get(name, 0.0))
        return uses

    def _check_lives(self, step: Step, station: str, study: Study) -> None:
        """A tool that does not last for one run of the program, sharp as it comes, is never ready."""
        tools = self.plant.stations[station].tools
        for number, seconds in study.cutting_s.items():
            tool = tools.get(tool_name(number))
            if tool is not None and isinstance(tool.life, float) and tool.life < seconds:
                message = f"tool T{number} of {station!r} lives {tool.life / 60:.3g} min of cutting"
                need = f"the program needs {seconds / 60:.3g}"
                self.found.error((*step.path, "program"), f"{message}; {need}", "use several tools of the kind")

    def _report_findings(self, step: Step, study: Study) -> None:
        """What the checker found, each with its line of the program."""
        from linewright.nc.findings import Grade

        for finding in study.report.findings:
            again = f" ({finding.count} times)" if finding.count > 1 else ""
            block = f": {finding.text}" if finding.text else ""
            problem = Problem(
                f"{finding.message}{again}{block}", finding.file, finding.line, 0,
                key_text((*step.path, "program")), finding.advice,
            )  # fmt: skip
            if finding.grade == Grade.ERROR:
                self.found.errors.append(problem)
            elif finding.grade == Grade.WARNING:
                self.found.warnings.append(problem)

    def _report(self, step: Step, problems: list[Problem]) -> None:
        key = key_text((*step.path, "program"))
        self.found.errors += [replace(problem, key=problem.key or key) for problem in problems]
