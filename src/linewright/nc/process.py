"""Process state: feed mode, F, S, T, outputs, tool change, spindle, saved modes, coolant, overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linewright.nc import offsets
from linewright.nc import parameters as p
from linewright.nc.codes import Plan
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.moves import Coolant, FeedMode, Kind

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words


def apply_modes(run: Interpreter, words: Words, plan: Plan) -> None:
    """Feed mode, F, S, T, outputs, tool change, spindle, saved modes, coolant, overrides."""
    g, m, modes = plan.g, plan.m, run.state.modes
    if "feed_mode" in g:
        set_feed_mode(run, g["feed_mode"])
    if "f" in words and modes.feed_mode != FeedMode.INVERSE_TIME:
        modes.feed = words["f"] * run.unit_mm
        run.feed_word = words["f"]
    if "spindle_mode" in g:
        set_spindle_mode(run, g["spindle_mode"], words)
    if "s" in words:
        modes.spindle_speed = words["s"]
        if m.get("spindle") is None:
            run.event(Kind.SPINDLE)
    if "t" in words:
        offsets.select_tool(run, words["t"])
    if not m:
        return
    if "input_output" in m:
        switch(run, m["input_output"], words)
    if m.get("tool") == 6:
        offsets.change_tool(run)
    elif m.get("tool") == 61:
        offsets.set_tool_number(run, words)
    if "spindle" in m:
        turn_spindle(run, m["spindle"], words)
    if "modes" in m:
        keep_modes(run, m["modes"])
    if "coolant" in m:
        set_coolant(run, m["coolant"])
    if "override" in m:
        offsets.forbid_compensation(run, "a change of the overrides")
        set_override(run, m["override"], words)


def set_feed_mode(run: Interpreter, code: int) -> None:
    """G93, G94, G95: a new F is needed afterwards."""
    modes = run.state.modes
    modes.feed_mode = {930: FeedMode.INVERSE_TIME, 940: FeedMode.PER_MINUTE, 950: FeedMode.PER_REVOLUTION}[
        code
    ]
    if code != 930:
        modes.feed = 0.0
        run.feed_word = 0.0


def set_spindle_mode(run: Interpreter, code: int, words: Words) -> None:
    """G96: constant surface speed, limited by D; G97: constant rotation."""
    modes = run.state.modes
    modes.css_limit_rpm = (abs(words["d"]) if "d" in words else 1e30) if code == 960 else 0.0


def turn_spindle(run: Interpreter, code: int, words: Words) -> None:
    """M3, M4, M5, M19."""
    if code == 19:
        run.orient(words.get("r", 0.0))
        return
    run.spindle({3: 1, 4: -1, 5: 0}[code])


def set_coolant(run: Interpreter, code: int) -> None:
    """M7, M8 on, M9 all off."""
    modes = run.state.modes
    modes.coolant = {7: modes.coolant | Coolant.MIST, 8: modes.coolant | Coolant.FLOOD, 9: 0}[code]
    run.event(Kind.COOLANT)


def set_override(run: Interpreter, code: int, words: Words) -> None:
    """M48..M51: whether the overrides have an effect."""
    modes = run.state.modes
    on = words.get("p", 1.0) != 0.0
    if code in (48, 49):
        modes.feed_override = modes.speed_override = code == 48
    elif code == 50:
        modes.feed_override = on
    elif code == 51:
        modes.speed_override = on


def keep_modes(run: Interpreter, code: int) -> None:
    """M70 save, M71 forget, M72 restore, M73 save and restore on return."""
    frame = run.flow.frames[-1]
    if code in (70, 73):
        frame.saved_modes = run.state.modes.copy()
        frame.restore_on_return = code == 73
    elif frame.saved_modes is None and code == 72:
        raise ProgramFault(Category.MODAL_STATE, "M72 without modes saved by M70 or M73")
    elif code == 71:
        frame.saved_modes = None
    elif frame.saved_modes is not None:
        run.restore_modes(frame.saved_modes)


def switch(run: Interpreter, code: int, words: Words) -> None:
    """M62..M65 digital outputs, M66 wait for an input, M67 and M68 analogue outputs."""
    if code == 66:
        run.numbered[p.WAIT_RESULT] = 0.0
        run.event(Kind.WAIT, value=words.get("q", 0.0), pocket=round(words.get("p", words.get("e", 0.0))))
    elif code in (67, 68):
        run.event(Kind.OUTPUT, value=words.get("q", 0.0), pocket=round(words.get("e", 0.0)))
    else:
        run.event(Kind.OUTPUT, value=1.0 if code in (62, 64) else 0.0, pocket=round(words["p"]))
