"""What the control asks of its quality plan: compiled apart, so that only plants that have one pay for it."""

from __future__ import annotations

from linewright.compiled import apart, part
from linewright.control.charts import plot
from linewright.control.codes import NONE, Ask, ChartKind, Reaction, Signals
from linewright.control.correct import correct
from linewright.control.line import open_line
from linewright.control.sampling import is_sampled, unit_judged
from linewright.control.state import open_state

SIGNAL, HOLD, RECALL = int(Reaction.SIGNAL), int(Reaction.HOLD), int(Reaction.RECALL)
OUTSIDE = int(Signals.OUTSIDE)


@part
def value_measured(line, state, k, u, x):
    """Check `k` has found the value `x` on unit `u`: the reactions (bits) that follow; more in the verdict."""
    check = line.check[k]
    tally = state.check_tally[k]
    verdict = state.verdict[0]
    apart_by = x - check.centre
    tally.measured += 1
    tally.total += apart_by
    tally.total2 += apart_by * apart_by
    outside = x < check.lower or x > check.upper
    m = NONE if check.note == NONE else state.mark[u * line.plant[0].notes + check.note].machine
    verdict.machine = m
    verdict.signals = 0
    answer = 0
    if check.chart != NONE and (m != NONE or check.note == NONE):
        charted = x
        if line.chart[check.chart].kind == ChartKind.P:
            charted = 1.0 if outside else 0.0
        verdict.signals = plot(line, state, check.chart, m, 0 if m == NONE else m - check.first_machine, charted)
    fires = check.on_signal != 0 and verdict.signals != 0
    if outside:
        tally.outside += 1
        verdict.signals |= OUTSIDE
        fires = fires or check.on_fail != 0
    if check.n_correctors > 0:
        answer = correct(line, state, check, u, x)
        if answer:
            tally.corrections += 1
            tally.moved += abs(verdict.correction)
    if verdict.signals & ~OUTSIDE:
        tally.signals += 1
    if verdict.signals != 0:
        answer |= SIGNAL
    return answer | react(state, check, m) if fires else answer


@part
def react(state, check, m):
    """What the plan does when its chart signals or a unit is bad."""
    answer = 0
    if check.hold != NONE and m != NONE:
        answer |= HOLD
    if check.inspect_all > 0 and check.sampler != NONE:
        state.sampler[check.sampler].whole = check.inspect_all
        state.sampler[check.sampler].needed = check.inspect_all
    if check.inspect_back and check.sampler != NONE:
        answer |= RECALL
    return answer


@apart
def quality_apart(line_at, state_at, _, what, a, b, x):
    line, state = open_line(line_at), open_state(state_at)
    if what == Ask.MEASURED:
        return value_measured(line, state, a, b, x)
    if what == Ask.SAMPLE:
        return is_sampled(line, state, a, b)
    return unit_judged(line, state, a, b, int(x))
