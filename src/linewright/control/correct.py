"""Offsets that follow measured values: every machine's tool has a corrector of its own.

What is followed is the disturbance as it would be without offset: a part's deviation less the effect of the
offset with which it was made. A result that comes late, or after the next tool has come, does no harm.
"""

from __future__ import annotations

from linewright.compiled import part
from linewright.control.codes import NONE, Method, Reaction, Signals, Why
from linewright.measure.recursions import follow, grubbs_share, kalman_gains, next_offset

CORRECT, GAIN = int(Reaction.CORRECT), int(Signals.GAIN)

_follow, _grubbs_share = part(follow), part(grubbs_share)
_kalman_gains, _next_offset = part(kalman_gains), part(next_offset)


@part
def correct(line, state, check, u, x):
    """The offset of the tool that made unit `u` follows its value. Returns Reaction.CORRECT where it changes."""
    for i in range(check.first_corrector, check.first_corrector + check.n_correctors):
        plan = line.corrector[i]
        mark = state.mark[u * line.plant[0].notes + plan.note]
        if mark.machine == NONE:
            continue
        m = mark.machine
        k = line.machine[m].first_tool + plan.tool
        now = state.corrector[plan.first_state + m - line.station[plan.station].first_machine]
        if mark.changes != state.tool[k].changes:
            return 0  # it says nothing about the tool that is there now
        if now.parts == 0 or now.changes != state.tool[k].changes:
            begin(plan, now, state.tool[k].changes)
        if now.stopped:
            return 0
        return move_offset(state, plan, now, k, x - plan.target, plan.gain * mark.offset)
    return 0


@part
def begin(plan, now, changes):
    """A new tool: nothing is known of it yet but how well tools are set."""
    now.changes = changes
    now.parts = 0
    now.stopped = 0
    now.growing = 0
    now.before = 0.0
    now.level = 0.0
    now.slope = 0.0
    now.p11 = plan.setup2
    now.p12 = 0.0
    now.p22 = 0.0


@part
def move_offset(state, plan, now, k, y, effect):
    """Take in a deviation `y` from target; move the offset of tool `k` towards what takes it back."""
    verdict = state.verdict[0]
    now.parts += 1
    k1 = plan.weight
    k2 = 0.0
    band = plan.dead_band
    verdict.why = Why.FOLLOWS
    if now.parts <= plan.setup_units:
        k1 = _grubbs_share(now.parts, plan.ratio2)
        band = 0.0
        verdict.why = Why.SETUP
    elif plan.method == Method.KALMAN:
        k1, k2, now.p11, now.p12, now.p22 = _kalman_gains(
            now.p11, now.p12, now.p22, plan.noise2, plan.wander2, plan.trend2
        )
    elif plan.method == Method.DOUBLE_EWMA:
        k2 = plan.weight * plan.trend_weight
    if overshoots(plan, now, y):
        verdict.signals |= GAIN
        now.stopped = 1
        return 0
    now.level, now.slope = _follow(y, effect, now.level, now.slope, k1, k2)
    tool = state.tool[k]
    new = _next_offset(-(now.level + now.slope) / plan.gain, tool.offset, band, plan.most_step, plan.most_total)
    if new == tool.offset:
        return 0
    verdict.tool = k
    verdict.correction = new - tool.offset
    tool.offset = new
    return CORRECT


@part
def overshoots(plan, now, y):
    """Gain check: have so many results in a row lain on the other side of the target, each farther off?

    The last one must be too far off for scatter alone (4 sigma): noise overshoots and grows now and then.
    """
    if y * now.before < 0.0 and abs(y) > abs(now.before):
        now.growing += 1
    else:
        now.growing = 0
    now.before = y
    return plan.gain_check > 0 and now.growing >= plan.gain_check and y * y > 16.0 * plan.noise2
