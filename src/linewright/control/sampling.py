"""Which units are inspected: so many of so many, so many an hour, or lot by lot with switching inspection.

Units are numbered in the order in which they come to the operation; lots are so many numbers in a row. A lot is
judged by its first units, the others go on meanwhile; where it is rejected the rest is inspected too, and what has
gone on comes back (MIL-STD-105E 4.7, `measure.sampling.switching`).
"""

from __future__ import annotations

from linewright.compiled import part
from linewright.control.codes import NONE, Outcome, Reaction

RECALL = int(Reaction.RECALL)
NORMAL, TIGHTENED, REDUCED, STOPPED = 0, 1, 2, 3  # measure.sampling.switching.Inspection
REJECTED, WITHIN, LOOSEN, REDUCE, STOP = 2, 5, 5, 10, 10  # the numbers of the switching rules


@part
def is_sampled(line, state, operation, u):
    """Is unit `u` inspected by the operation that it comes to?"""
    i = line.operation[operation].sampler
    plan = line.sampler[i]
    now = state.sampler[i]
    number = state.operation[operation].seen
    state.operation[operation].seen = number + 1
    state.unit[u].skipped = number
    if plan.lot > 0:
        lot = number // plan.lot
        if number % plan.lot == 0:
            now.arriving = sample_size(plan, now.inspection)
        taken = number % plan.lot < now.arriving or lot < now.full
    elif plan.every_s > 0.0:
        if state.g[0].now_s >= now.next_s:
            now.left = plan.chosen
            now.next_s = state.g[0].now_s + plan.every_s
        taken = now.left > 0
        now.left -= 1 if taken else 0
    else:
        taken = count(line, state, plan, u, number) % plan.of < plan.chosen
    return 1 if taken or now.whole > 0 else 0


@part
def count(line, state, plan, u, number):
    """The number of unit `u` among all that came, or among those of the machine that made it."""
    if plan.note == NONE:
        return number
    m = state.mark[u * line.plant[0].notes + plan.note].machine
    if m == NONE:
        return number
    i = plan.first_count + m - plan.first_machine
    state.count[i] += 1
    return state.count[i] - 1


@part
def sample_size(plan, inspection):
    """Units of a lot that are inspected at once; all of them where inspection has been stopped."""
    if inspection == NORMAL:
        n = plan.n0
    elif inspection == TIGHTENED:
        n = plan.n1
    elif inspection == REDUCED:
        n = plan.n2
    else:
        n = plan.lot
    return min(n, plan.lot)


@part
def unit_judged(line, state, operation, u, outcome):
    """A sampled unit has passed or not: reactions that end with good units, and the verdict on its lot."""
    i = line.operation[operation].sampler
    plan = line.sampler[i]
    now = state.sampler[i]
    good = outcome == Outcome.PASS
    number = state.unit[u].skipped
    if now.whole > 0:
        now.whole = now.whole - 1 if good else now.needed
    if good:
        now.good = max(now.good, number + 1)
    if plan.lot == 0 or number // plan.lot < now.deciding or number % plan.lot >= now.arriving:
        return 0
    answer = 0
    if number // plan.lot > now.deciding and now.judged > 0:  # its sample never came to an end
        answer = close_lot(plan, now, now.found)
    if number // plan.lot > now.deciding:
        now.deciding = number // plan.lot
    now.judged += 1
    now.found += 0 if good else 1
    if now.found >= rejects(plan, now.inspection) or now.judged >= sample_size(plan, now.inspection):
        answer = close_lot(plan, now, now.found) | answer
    return answer


@part
def rejects(plan, inspection):
    """Rejection number; a lot inspected in full is neither accepted nor rejected."""
    if inspection == NORMAL:
        return plan.re0
    if inspection == TIGHTENED:
        return plan.re1
    return plan.re2 if inspection == REDUCED else plan.lot + 1


@part
def close_lot(plan, now, found):
    """The lot that is being judged is accepted or rejected; which inspection comes next?"""
    rejected = found >= rejects(plan, now.inspection)
    between = now.inspection == REDUCED and not rejected and found > plan.ac2
    now.deciding += 1
    now.judged = 0
    now.found = 0
    if rejected:
        now.full = max(now.full, now.deciding)
    if plan.switching:
        switch(now, rejected, between)
    return RECALL if rejected else 0


@part
def switch(now, rejected, between):
    """The switching rules after one more lot on original inspection."""
    now.lots += 1
    now.run = 0 if rejected else now.run + 1
    now.recent = ((now.recent << 1) | (1 if rejected else 0)) & ((1 << WITHIN) - 1)
    next_inspection = now.inspection
    if now.inspection == NORMAL:
        bad = 0
        for k in range(WITHIN):
            bad += (now.recent >> k) & 1
        if bad >= REJECTED:
            next_inspection = TIGHTENED
        elif now.run >= REDUCE:
            next_inspection = REDUCED
    elif now.inspection == TIGHTENED:
        if now.run >= LOOSEN:
            next_inspection = NORMAL
        elif now.lots >= STOP:
            next_inspection = STOPPED
    elif now.inspection == REDUCED and (rejected or between):
        next_inspection = NORMAL
    if next_inspection != now.inspection:
        now.inspection = next_inspection
        now.lots = 0
        now.run = 0
        now.recent = 0


@part
def recall_range(line, state, operation, u):
    """Numbers of the units to come back, of those that went by uninspected: first and last."""
    i = line.operation[operation].sampler
    plan = line.sampler[i]
    number = state.unit[u].skipped
    if plan.lot > 0:
        first = number // plan.lot * plan.lot
        return first, first + plan.lot - 1
    return state.sampler[i].good, state.operation[operation].seen
