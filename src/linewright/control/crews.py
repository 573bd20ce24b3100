"""People: who attends, sets up, changes tools and repairs; machines that wait for somebody.

A machine asks for a skill. If somebody with it is here and free, the machine has them until it lets them go;
otherwise it waits in the skill's list. Whoever becomes free is sent on at the end of the step, when every machine
has loaded its next unit and asked: then the crew's order of preference decides, or who has waited longest.
"""

from __future__ import annotations

from linewright.compiled import part, seldom
from linewright.control.codes import NONE, Wish


@seldom
def count_time(state, c):
    crew = state.crew[c]
    now = state.g[0].now_s
    crew.busy_s += crew.busy * (now - crew.since_s)
    crew.since_s = now


@seldom
def call_crew(state, c):
    """Crew `c` may have free people: they are sent to where they are needed at the end of the step."""
    if state.crew[c].called == 0:
        state.crew[c].called = 1
        state.g[0].crews_called += 1


@seldom
def ask(line, state, m, skill, wish):
    """Machine `m` asks for a person with the skill. True: it has one; False: it waits in the skill's list."""
    machine = state.machine[m]
    for c in range(line.plant[0].crews):
        crew = state.crew[c]
        if (line.crew[c].skills >> skill) & 1 and crew.busy < crew.here and crew.called == 0:
            count_time(state, c)
            crew.busy += 1
            machine.crew = c
            machine.wish = Wish.NOTHING
            return True
    waiting = state.skill[skill]
    machine.wish = wish
    machine.wish_since_s = state.g[0].now_s
    machine.next_wish = NONE
    if waiting.last == NONE:
        waiting.first = m
    else:
        state.machine[waiting.last].next_wish = m
    waiting.last = m
    return False


@seldom
def _unlink(state, k, before, m):
    after = state.machine[m].next_wish
    if before == NONE:
        state.skill[k].first = after
    else:
        state.machine[before].next_wish = after
    if state.skill[k].last == m:
        state.skill[k].last = before
    state.machine[m].next_wish = NONE


@seldom
def withdraw(line, state, m):
    """Machine `m` waits for a person no longer."""
    machine = state.machine[m]
    if machine.wish == Wish.NOTHING:
        return
    for k in range(line.plant[0].skills):
        before = NONE
        w = state.skill[k].first
        while w != NONE:
            if w == m:
                _unlink(state, k, before, w)
                machine.wish = Wish.NOTHING
                return
            before = w
            w = state.machine[w].next_wish


@part
def dismiss(state, m):
    """Machine `m` lets its person go, if it has one."""
    machine = state.machine[m]
    c = machine.crew
    if c != NONE:
        count_time(state, c)
        state.crew[c].busy -= 1
        machine.crew = NONE
        call_crew(state, c)


@seldom
def next_wish(line, state, c):
    """The machine that a person of crew `c` helps next, given one; NONE if none waits or nobody is free."""
    crew = state.crew[c]
    constant = line.crew[c]
    if crew.busy >= crew.here:
        return NONE
    best = NONE
    best_skill = NONE
    for i in range(constant.first_skill, constant.first_skill + constant.n_skills):
        k = line.link[i]
        m = state.skill[k].first
        if m != NONE and (best == NONE or state.machine[m].wish_since_s < state.machine[best].wish_since_s):
            best = m
            best_skill = k
            if constant.by_skill:
                break
    if best != NONE:
        _unlink(state, best_skill, NONE, best)
        count_time(state, c)
        crew.busy += 1
        state.machine[best].crew = c
    return best
