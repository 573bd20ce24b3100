"""Which way the branches of compiled code go: counted on lines at work, told to LLVM at every compilation.

LLVM then lays out what usually happens in one piece, keeps what hardly ever happens out of its way, and builds
functions in where they are called often. `ways.json` holds the counts, by function; those of a function whose source
has changed since are not used, so that an old count can only cost speed. `make ways` counts anew.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import ir as numba_ir
from numba.core import types
from numba.core.lowering import Lower

from linewright.compiled.modes import COUNTING

FILE = Path(__file__).with_name("ways.json")
MOST = 20_000  # branches that can be counted
SCALE = 10_000  # what the two weights of a branch add up to
_counts = np.zeros(2 * MOST, np.int64)  # by branch: how often it held, how often not
_branches: list[tuple[str, str, str]] = []  # that are counted: function, digest of its source, place in it

Ways = dict[str, int]  # by place of a branch, "line.nth" from the head of its function: how often of SCALE it holds


class WayLowering(Lower):
    """numba's way from typed functions to LLVM's code, with the usual ways of branches told, or counted."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        identity = self.func_ir.func_id
        self._head = identity.firstlineno
        self._function = f"{identity.modname}:{identity.func_qualname}"
        self._digest = digest_of(identity.func)
        self._ways = {} if COUNTING else usual_ways(self._function, self._digest)
        self._met: Counter[int] = Counter()  # branches so far, by line

    def lower_inst(self, inst: Any) -> None:
        """One instruction. After a branch its weights; before it, where ways are counted, the counting."""
        if not isinstance(inst, numba_ir.Branch):
            super().lower_inst(inst)
            return
        line = inst.loc.line - self._head
        place = f"{line}.{self._met[line]}"
        self._met[line] += 1
        if COUNTING:
            self._count(inst, place)
        super().lower_inst(inst)
        if place in self._ways:
            held = self._ways[place]
            self.builder.block.terminator.set_weights([held, SCALE - held])

    def _count(self, branch: Any, place: str) -> None:
        builder, number = self.builder, ir.IntType(64)
        held = self.context.cast(builder, self.loadvar(branch.cond.name), self.typeof(branch.cond.name), types.boolean)
        first = 2 * len(_branches)
        _branches.append((self._function, self._digest, place))
        table = builder.inttoptr(ir.Constant(number, _counts.ctypes.data), number.as_pointer())
        counted = builder.gep(table, [builder.select(held, ir.Constant(number, first), ir.Constant(number, first + 1))])
        builder.store(builder.add(builder.load(counted), ir.Constant(number, 1)), counted)


def digest_of(function: Any) -> str:
    """Of a function's source: with another one, counts do not hold any more."""
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:8]


@lru_cache(maxsize=1)
def _counted() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.exists() else {}


def usual_ways(function: str, digest: str) -> Ways:
    """What was counted in a function of this source; nothing where that is not known."""
    found = _counted().get(function)
    return found["ways"] if found is not None and found["source"] == digest else {}


def forget_counts() -> None:
    """Begin to count anew."""
    _counts[:] = 0


def counts() -> dict[tuple[str, str, str], tuple[int, int]]:
    """By function, digest of its source and place: how often a branch held, and how often not."""
    pairs: dict[tuple[str, str, str], tuple[int, int]] = {}
    for branch, (held, not_held) in zip(_branches, _counts.reshape(-1, 2).tolist(), strict=False):
        before = pairs.get(branch, (0, 0))  # one function may be compiled for several kinds of arguments
        pairs[branch] = before[0] + held, before[1] + not_held
    return pairs


def write(total: dict[tuple[str, str, str], tuple[float, float]]) -> int:
    """Write `ways.json` from sums of counts; returns of how many branches. Those never met are left out."""
    functions: dict[str, Any] = {}
    written = 0
    for (function, digest, place), (held, not_held) in sorted(total.items()):
        if held + not_held == 0:
            continue
        weight = min(max(round(SCALE * held / (held + not_held)), 1), SCALE - 1)
        functions.setdefault(function, {"source": digest, "ways": {}})["ways"][place] = weight
        written += 1
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(known)}" for name, known in functions.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    return written
