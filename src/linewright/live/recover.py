"""What a journal opens with, and what can be made of it again: the plant, the line, its state at any time."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import linewright
from linewright.control import Line, Names, State, compile_line, new_state
from linewright.errors import InputError, Problem
from linewright.journal import Genealogy, Journal, read_journal
from linewright.journal.examine import is_sealed
from linewright.live.clock import RealTime
from linewright.live.decider import Decider
from linewright.live.levels import Levels
from linewright.live.replay import Disagreement, replay
from linewright.live.snapshot import Kept, Part, identity_of, this_writer
from linewright.plant.check import CheckedPlant
from linewright.plant.model import Plant
from linewright.plant.orders import Order
from linewright.twin.warmup import reset_tallies

FIRST_ROOM = 256  # units and open orders that a line begins with room for
NO_PARTS: Mapping[str, Part] = MappingProxyType({})


@dataclass(frozen=True)
class Run:
    """What is run: a plant with its orders, and the seed of its virtual machines."""

    plant: Plant
    orders: list[Order]
    line: Line
    names: Names
    seed: int
    real: RealTime | None = None  # of a real line; None: virtual machines made up its time

    @property
    def identity(self) -> str:
        """Digest of the compiled line and of what a state consists of: where it agrees, snapshots fit."""
        return identity_of(self.line)

    def header(self, folder: Path) -> dict[str, str]:
        """What a journal of this run opens with: enough to compile the line again with no other file."""
        real = {} if self.real is None else {"real": self.real.written()}
        return {
            **real,
            **in_words(self.plant, self.orders, folder),
            "identity": self.identity,
            "seed": str(self.seed),
            "version": linewright.__version__,
        }

    @classmethod
    def of_plant(cls, checked: CheckedPlant, seed: int, real: RealTime | None = None) -> Run:
        """A new run."""
        line, names = compile_line(checked.plant, checked.orders, checked.folder)
        return cls(checked.plant, checked.orders, line, names, seed, real)

    @classmethod
    def of_journal(cls, journal: Journal) -> Run:
        """The run of a journal, whichever version wrote it: replay tells if it still decides the same."""
        header = journal.header
        plant = Plant.model_validate_json(header["plant"], context={"written": True})
        orders = [Order(**row) for row in json.loads(header["orders"])]
        with tempfile.TemporaryDirectory() as folder:
            places = {}
            for k, (name, text) in enumerate(json.loads(header["rules"]).items()):
                places[name] = f"rule_{k}.py"  # in this folder, whatever path the plant names
                Path(folder, places[name]).write_text(text, encoding="utf-8")
            line, names = compile_line(with_rules_at(plant, places), orders, Path(folder))
        real = RealTime.read(header["real"]) if "real" in header else None
        return cls(plant, orders, line, names, int(header["seed"]), real)

    def local_s(self, time_s: float) -> float:
        """A plant time as the clocks of the place then show it, counted from the same Monday."""
        return time_s if self.real is None else time_s + self.real.lead_s(time_s)

    def to_fork(self, state: State, line: Line | None = None) -> Line:
        """The line (or `line` in its place) as futures of a state need it: its weeks begin as local clocks now show.

        What happens is counted in hours that pass; of the weeks of a calendar some are an hour shorter or longer.
        """
        mine, now_s = line or self.line, float(state.g.now_s[0])
        lead_s = self.local_s(now_s) - now_s
        return mine if lead_s == 0.0 else Line(**{**mine.arrays(), "week_s": mine.week_s - lead_s})

    def new_decider(self, levels: Levels | None = None) -> Decider:
        """The control of the line as it is before anything has happened."""
        state = new_state(self.line, FIRST_ROOM, FIRST_ROOM)
        if self.real is not None:
            state.g.now_s = self.real.starts_s
            reset_tallies(self.line, state)
        return Decider(self.line, state, levels)


@dataclass(frozen=True)
class Recovered:
    """A line as it stood."""

    plant: Plant
    line: Line
    names: Names
    state: State
    run: Run


def state_of(path: str | Path, at_s: float | None = None, levels: Levels | None = None) -> Recovered:
    """The line of a journal as it stood at the end, or after the last event up to plant time `at_s`.

    From the last snapshot and the events since; `levels`, new ones, are then those of the run up to there. Raises
    InputError where that cannot be told.
    """
    with read_journal(path) as journal:
        end_s = journal.head().time_s
        if at_s is not None and not 0.0 <= at_s <= end_s:
            raise InputError([Problem(f"the journal ends at {end_s / 3600:.3f} h", str(path), key="--at")])
        run = Run.of_journal(journal)
        try:
            state = recover(journal, run, end_s if at_s is None else at_s, levels).state
        except Disagreement as disagreement:
            raise InputError([Problem(str(disagreement), str(path))]) from None
    if at_s is not None:
        state.g.now_s = at_s
    return Recovered(run.plant, run.line, run.names, state, run)


def genealogy_of(path: str | Path) -> Genealogy:
    """The biographies of all units of a journal."""
    with read_journal(path) as journal:
        run = Run.of_journal(journal)
        genealogy = Genealogy(run.line, run.names)
        replay(journal, run.new_decider(), witness=genealogy.witness)
    return genealogy


# ---------------------------------------------------------------- from a snapshot


@dataclass(frozen=True)
class Start:
    """From where on a journal is decided again."""

    decider: Decider
    after: int  # the row of the journal that it stands at; 0: before the first


def recover(journal: Journal, run: Run, until_s: float = math.inf, levels: Levels | None = None) -> Decider:
    """The control as it stood at a plant time, and the levels up to then where they are wanted."""
    start = _from_snapshot(journal, run, levels, {}, until_s) or Start(run.new_decider(levels), 0)
    replay(journal, start.decider, after=start.after, until_s=until_s)
    return start.decider


def start_to_go_on(journal: Journal, run: Run, levels: Levels, parts: Mapping[str, Part] = NO_PARTS) -> Start:
    """From where on a run must be decided again to go on: with `levels`, and with `parts` that its machines have.

    Only what this very version wrote is gone on from: another one decides all of it again, once, and so finds out
    whether it still decides the same. The state is then the sealed one. All parts have been loaded, or none.
    """
    start = _from_snapshot(journal, run, levels, parts, writer=this_writer())
    return start or Start(run.new_decider(levels), 0)


def _from_snapshot(
    journal: Journal,
    run: Run,
    levels: Levels | None,
    parts: Mapping[str, Part],
    until_s: float = math.inf,
    writer: str | None = None,
) -> Start | None:
    """The last snapshot, where it is whole, of this line, of this writer if one is named, and has all the parts."""
    snapshot = journal.snapshot(until_s)
    if snapshot is None or not is_sealed(journal, snapshot):
        return None
    try:
        kept = Kept(snapshot.state)
        identity = kept.identity or journal.header.get("identity")
        if identity != run.identity or writer not in (None, kept.writer):
            return None
        decider = Decider(run.line, kept.state(), levels)
    except ValueError:  # not of this version
        return None
    state_alone = writer is None and levels is None
    wanted = {} if state_alone else {**decider.parts, **parts}
    if not all(part.fits(kept.part(name)) for name, part in wanted.items()):
        return None
    for name, part in wanted.items():
        part.load(kept.part(name))
    return Start(decider, snapshot.seq)


# ---------------------------------------------------------------- what a journal is of


def in_words(plant: Plant, orders: list[Order], folder: Path) -> dict[str, str]:
    """What tells a run from another, as it stands in the header of its journal; `folder`: of the plant's own rules."""
    rules = {name: (folder / name).read_text(encoding="utf-8") for name in rule_files(plant)}
    return {
        "plant": plant.model_dump_json(by_alias=True, exclude_defaults=True),
        "orders": json.dumps([asdict(order) for order in orders]),
        "rules": json.dumps(rules),
    }


def is_of(journal: Journal, checked: CheckedPlant) -> bool:
    """Is the journal one of this plant and these orders?"""
    mine = in_words(checked.plant, checked.orders, checked.folder)
    return all(journal.header[key] == words for key, words in mine.items())


def rule_files(plant: Plant) -> list[str]:
    """The files of the plant's own dispatch rules, as the plant names them."""
    dispatch = plant.control.dispatch
    rules = [dispatch] if isinstance(dispatch, str) else dispatch.values()
    return sorted({rule.partition(":")[0] for rule in rules if ".py:" in rule})


def with_rules_at(plant: Plant, places: dict[str, str]) -> Plant:
    """The same plant with the files of its dispatch rules at other places."""

    def moved(rule: str) -> str:
        name, colon, function = rule.partition(":")
        return f"{places.get(name, name)}{colon}{function}"

    old = plant.control.dispatch
    new = moved(old) if isinstance(old, str) else {station: moved(rule) for station, rule in old.items()}
    return plant.model_copy(update={"control": plant.control.model_copy(update={"dispatch": new})})
