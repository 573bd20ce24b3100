"""Switching between normal, tightened and reduced inspection, as a state machine (MIL-STD-105E 4.7).

One lot in, the next state out. A state is a value: it can be stored with the line's state and replayed.

    normal    -> tightened   2 of 5 or fewer consecutive lots rejected on original inspection
    tightened -> normal      5 consecutive lots accepted
    normal    -> reduced     10 consecutive lots accepted, their defectives within the limit number if one is
    given,
                             production steady, and the responsible authority wants it
    reduced   -> normal      a lot rejected, or accepted between Ac and Re, or production irregular
    tightened -> stopped     10 consecutive lots on tightened inspection (105E), or 5 rejected there in all
    (ISO 2859-1)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from linewright.errors import InputError, Problem
from linewright.measure.checks import whole
from linewright.measure.sampling.mil105 import Severity


class Inspection(IntEnum):
    NORMAL = 0
    TIGHTENED = 1
    REDUCED = 2
    STOPPED = 3  # no more lots are taken until the cause is removed

    @property
    def severity(self) -> Severity:
        """The tables to use; a stopped supplier starts again on tightened inspection."""
        names: tuple[Severity, ...] = ("normal", "tightened", "reduced", "tightened")
        return names[self]


@dataclass(frozen=True, slots=True)
class SwitchingRules:
    """The numbers of the rules; defaults are MIL-STD-105E's."""

    tighten_rejected: int = 2
    tighten_of: int = 5
    loosen_accepted: int = 5
    reduce_accepted: int = 10
    stop_lots: int = 10  # consecutive lots on tightened inspection; 0: no such rule
    stop_rejected: int = 0  # lots rejected on tightened inspection in all; 0: no such rule

    def __post_init__(self) -> None:
        for name in ("tighten_rejected", "tighten_of", "loosen_accepted", "reduce_accepted"):
            whole(getattr(self, name), name)
        for name in ("stop_lots", "stop_rejected"):
            whole(getattr(self, name), name, 0)
        if self.tighten_rejected > self.tighten_of:
            raise InputError(
                [Problem(f"{self.tighten_rejected} of {self.tighten_of} lots", key="tighten_rejected")]
            )


MIL_STD_105E = SwitchingRules()
ISO_2859_1 = SwitchingRules(stop_lots=0, stop_rejected=5)  # also ANSI/ASQ Z1.4


@dataclass(frozen=True, slots=True)
class Lot:
    """The result of one lot on original inspection."""

    accepted: bool
    between: bool = False  # accepted with the count between Ac and Re of a reduced plan
    defectives: int = 0  # found in the sample, for the limit number
    steady: bool = True  # production at a steady rate
    wanted: bool = True  # reduced inspection is considered desirable by the responsible authority


@dataclass(frozen=True, slots=True)
class SwitchState:
    """Where inspection stands. `recent` holds the last lots on normal inspection, newest last."""

    inspection: Inspection = Inspection.NORMAL
    recent: tuple[bool, ...] = ()  # accepted or not, at most `tighten_of`
    accepted_run: int = 0  # consecutive lots accepted in this state
    defectives_run: tuple[int, ...] = ()  # defectives of those lots, at most `reduce_accepted`
    lots: int = 0  # in this state
    rejected: int = 0  # in this state


def next_state(
    state: SwitchState, lot: Lot, rules: SwitchingRules = MIL_STD_105E, limit_number: int | None = None
) -> SwitchState:
    """The state for the next lot.

    `limit_number` bounds the defectives of the last ten lots (table VIII of the standard); None leaves that
    condition out, as ANSI/ASQ Z1.4 allows.
    """
    if lot.between and not lot.accepted:
        raise InputError([Problem("a count between Ac and Re means that the lot is accepted", key="between")])
    if state.inspection == Inspection.STOPPED:
        raise InputError([Problem("inspection is stopped: `resume` after the cause is removed", key="state")])
    seen = _record(state, lot, rules)
    if state.inspection == Inspection.NORMAL:
        return _from_normal(seen, lot, rules, limit_number)
    if state.inspection == Inspection.TIGHTENED:
        return _from_tightened(seen, rules)
    leaves = not lot.accepted or lot.between or not lot.steady
    return SwitchState(Inspection.NORMAL) if leaves else seen


def resume(state: SwitchState) -> SwitchState:
    """Start again after a stop, on tightened inspection."""
    if state.inspection != Inspection.STOPPED:
        raise InputError(
            [Problem(f"inspection is {state.inspection.name.lower()}, not stopped", key="state")]
        )
    return SwitchState(Inspection.TIGHTENED)


def _record(state: SwitchState, lot: Lot, rules: SwitchingRules) -> SwitchState:
    run = state.accepted_run + 1 if lot.accepted else 0
    found = (*state.defectives_run, lot.defectives)[-rules.reduce_accepted :] if lot.accepted else ()
    return replace(
        state,
        recent=(*state.recent, lot.accepted)[-rules.tighten_of :],
        accepted_run=run,
        defectives_run=found,
        lots=state.lots + 1,
        rejected=state.rejected + (not lot.accepted),
    )


def _from_normal(seen: SwitchState, lot: Lot, rules: SwitchingRules, limit_number: int | None) -> SwitchState:
    if seen.recent.count(False) >= rules.tighten_rejected:
        return SwitchState(Inspection.TIGHTENED)
    few = limit_number is None or sum(seen.defectives_run) <= limit_number
    if seen.accepted_run >= rules.reduce_accepted and few and lot.steady and lot.wanted:
        return SwitchState(Inspection.REDUCED)
    return seen


def _from_tightened(seen: SwitchState, rules: SwitchingRules) -> SwitchState:
    if seen.accepted_run >= rules.loosen_accepted:
        return SwitchState(Inspection.NORMAL)
    too_long = 0 < rules.stop_lots <= seen.lots
    too_bad = 0 < rules.stop_rejected <= seen.rejected
    return SwitchState(Inspection.STOPPED) if too_long or too_bad else seen
