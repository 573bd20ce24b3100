"""Charts of the line: one point in, the signals out, by the same functions as the charts of `measure`."""

from __future__ import annotations

import math

from linewright.compiled import part
from linewright.control.codes import NONE, ChartKind, Signals
from linewright.measure.recursions import cusum_step, ewma_step
from linewright.measure.rules.engine import ON_THE_LINE, judge_rule, look_at

SPREAD = int(Signals.SPREAD)

_look_at, _judge_rule = part(look_at), part(judge_rule)
_ewma_step, _cusum_step = part(ewma_step), part(cusum_step)


@part
def plot(line, state, c, m, j, x):
    """The signals after one more result on chart `c`, for the `j`-th machine that it watches (`m`, or NONE)."""
    chart = line.chart[c]
    now = state.chart[chart.first_state + j]
    if m != NONE and now.looks != state.machine[m].looks:
        now.looks = state.machine[m].looks
        restart(line, state, c, j)
    if chart.kind == ChartKind.XBAR_R or chart.kind == ChartKind.XBAR_S:
        signals = plot_subgroup(line, state, c, j, x)
    elif chart.kind == ChartKind.P:
        signals = plot_share(line, state, c, j, x)
    elif chart.kind == ChartKind.EWMA:
        signals = plot_ewma(chart, now, (x - chart.centre) / chart.sigma)
    elif chart.kind == ChartKind.CUSUM:
        now.up, now.down = _cusum_step((x - chart.centre) / chart.sigma, chart.k, now.up, now.down)
        signals = 1 if now.up > chart.h + ON_THE_LINE or now.down > chart.h + ON_THE_LINE else 0
    else:
        signals = 0
        if now.points > 0 and abs(x - now.last) > chart.spread_high * (1.0 + ON_THE_LINE):
            signals = SPREAD
        signals |= judge(line, state, c, j, x, (x - chart.centre) / chart.sigma)
    if signals != 0:
        now.signals += 1
    return signals


@part
def restart(line, state, c, j):
    """The chart forgets its points: somebody has looked at the machine."""
    chart = line.chart[c]
    now = state.chart[chart.first_state + j]
    now.points = 0
    now.n = 0
    now.last_move = 0
    now.z = 0.0
    now.kept = 0.0
    now.up = 0.0
    now.down = 0.0
    first = chart.first_memory + 2 * j * chart.n_rules
    for i in range(first, first + 2 * chart.n_rules):
        state.memory[i] = 0


@part
def plot_subgroup(line, state, c, j, x):
    """The result joins its subgroup; a full one is plotted: mean, and range or standard deviation."""
    chart = line.chart[c]
    now = state.chart[chart.first_state + j]
    y = x - chart.centre
    if now.n == 0:
        now.total = 0.0
        now.total2 = 0.0
        now.low = y
        now.high = y
    now.n += 1
    now.total += y
    now.total2 += y * y
    now.low = min(now.low, y)
    now.high = max(now.high, y)
    if now.n < chart.group:
        return 0
    n = chart.group
    now.n = 0
    mean = now.total / n
    spread = now.high - now.low
    if chart.kind == ChartKind.XBAR_S:
        spread = math.sqrt(max(now.total2 - n * mean * mean, 0.0) / (n - 1))
    signals = 0
    if spread > chart.spread_high * (1.0 + ON_THE_LINE) or spread < chart.spread_low * (1.0 - ON_THE_LINE):
        signals = SPREAD
    return signals | judge(line, state, c, j, chart.centre + mean, mean * math.sqrt(n) / chart.sigma)


@part
def plot_share(line, state, c, j, bad):
    """One more unit, good (0) or bad (1); the share of bad ones is plotted when a subgroup is full."""
    chart = line.chart[c]
    now = state.chart[chart.first_state + j]
    if now.n == 0:
        now.total = 0.0
    now.n += 1
    now.total += bad
    if now.n < chart.group:
        return 0
    now.n = 0
    share = now.total / chart.group
    return judge(line, state, c, j, share, (share - chart.centre) / chart.sigma)


@part
def plot_ewma(chart, now, y):
    """1 where the smoothed value lies beyond its limit, which widens from the start."""
    if now.points == 0:
        now.kept = 1.0
    now.points += 1
    now.z, now.kept = _ewma_step(now.z, now.kept, y, chart.weight)
    spread = math.sqrt(chart.weight / (2.0 - chart.weight) * (1.0 - now.kept))
    return 1 if abs(now.z) > spread * (chart.width + ON_THE_LINE) else 0


@part
def judge(line, state, c, j, x, z):
    """The run rules of a chart after one more plotted point; bit r for its r-th rule."""
    chart = line.chart[c]
    now = state.chart[chart.first_state + j]
    move, side = _look_at(x, z, now.last, now.points)
    turned = move != 0 and now.last_move == -move
    signals = 0
    at = chart.first_memory + 2 * j * chart.n_rules
    for r in range(chart.n_rules):
        rule = line.run_rule[chart.first_rule + r]
        fired, first, second = _judge_rule(
            rule.kind, rule.k, rule.m, rule.zone, z, -chart.width, chart.width, side, move, turned,
            state.memory[at], state.memory[at + 1],
        )  # fmt: skip
        state.memory[at] = first
        state.memory[at + 1] = second
        at += 2
        if fired:
            signals |= 1 << r
    now.points += 1
    now.last_move = move
    now.last = x
    return signals
