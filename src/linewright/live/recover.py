"""What a journal opens with, and what can be made of it again: the plant, the line, its state at any time."""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import linewright
from linewright.control import Line, Names, State, compile_line, load_state, new_state
from linewright.errors import InputError, Problem
from linewright.journal import Genealogy, Journal, read_journal
from linewright.live.clock import RealTime
from linewright.live.decider import Decider
from linewright.live.levels import Levels
from linewright.live.replay import Disagreement, replay
from linewright.plant.check import CheckedPlant
from linewright.plant.model import Plant
from linewright.plant.orders import Order
from linewright.twin.warmup import reset_tallies

FIRST_ROOM = 256  # units and open orders that a line begins with room for


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
        digest = hashlib.sha256(repr(State.TABLES).encode())
        for name, array in self.line.arrays().items():
            if name == "station":
                array = array.copy()
                array["user_rule"] = array["user_rule"] != 0  # an address, another one in each process
            digest.update(f"{name} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def header(self, folder: Path) -> dict[str, str]:
        """What a journal of this run opens with: enough to compile the line again with no other file."""
        plant = self.plant.model_dump_json(by_alias=True, exclude_defaults=True)
        real = {} if self.real is None else {"real": self.real.written()}
        return real | {
            "plant": plant,
            "orders": json.dumps([asdict(order) for order in self.orders]),
            "rules": json.dumps(
                {name: (folder / name).read_text(encoding="utf-8") for name in rule_files(self.plant)}
            ),
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

    def is_of(self, journal: Journal, folder: Path) -> bool:
        """Is the journal one of the same plant and orders?"""
        mine = self.header(folder)
        return all(mine[key] == journal.header[key] for key in ("plant", "orders", "rules"))

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


def state_of(path: str | Path, at_s: float | None = None) -> Recovered:
    """The line of a journal as it stood at the end, or after the last event up to plant time `at_s`.

    From the last snapshot and the events since. Raises InputError where that cannot be told.
    """
    with read_journal(path) as journal:
        end_s = journal.head().time_s
        if at_s is not None and not 0.0 <= at_s <= end_s:
            raise InputError([Problem(f"the journal ends at {end_s / 3600:.3f} h", str(path), key="--at")])
        run = Run.of_journal(journal)
        try:
            state = recover(journal, run, end_s if at_s is None else at_s).state
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


def recover(journal: Journal, run: Run, until_s: float = math.inf) -> Decider:
    """The control as it stood at a plant time."""
    snapshot = journal.snapshot(until_s) if journal.header.get("identity") == run.identity else None
    decider = Decider(run.line, load_state(snapshot.state)) if snapshot else run.new_decider()
    replay(journal, decider, after=snapshot.seq if snapshot else 0, until_s=until_s)
    return decider


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
