"""SimPy: models a, b, c (idiomatic processes, Stores and Resources)."""

import random

import simpy
import spec_c as S
from harness import N as DN
from harness import Run, args


def run_a(n, seed):
    rnd = random.Random(seed)
    ex = rnd.expovariate
    env = simpy.Environment()
    store = simpy.Store(env)
    tot = [0.0]

    def source():
        for _ in range(n):
            yield env.timeout(ex(0.75))
            yield store.put(env.now)

    def server():
        for _ in range(n):
            a = yield store.get()
            yield env.timeout(ex(1.0))
            tot[0] += env.now - a

    env.process(source())
    p = env.process(server())
    env.run(until=p)
    return dict(T=env.now, thr=n / env.now, W=tot[0] / n, L=tot[0] / env.now)


def run_b(n, seed, m=10, cap=5):
    """BAS: the station holds the finished part in `yield out.put`."""
    rnd = random.Random(seed)
    ex = rnd.expovariate
    env = simpy.Environment()
    st = [None] + [simpy.Store(env, capacity=cap) for _ in range(m - 1)]
    sw = [0.0]

    def first():
        out = st[1]
        while True:
            t0 = env.now
            yield env.timeout(ex(1.0))
            yield out.put(t0)

    def mid(i):
        inp, out = st[i], st[i + 1]
        while True:
            p = yield inp.get()
            yield env.timeout(ex(1.0))
            yield out.put(p)

    def last():
        inp = st[m - 1]
        for _ in range(n):
            p = yield inp.get()
            yield env.timeout(ex(1.0))
            sw[0] += env.now - p

    env.process(first())
    for i in range(1, m - 1):
        env.process(mid(i))
    env.run(until=env.process(last()))
    return dict(T=env.now, thr=n / env.now, wip=sw[0] / env.now)


class Part:
    __slots__ = ("t0", "type")


def run_c(n, seed):
    rnd = random.Random(seed)
    logn = rnd.lognormvariate
    ex = rnd.expovariate
    u = rnd.random
    env = simpy.Environment()
    inq = [simpy.Store(env, capacity=S.BUF) for _ in range(12)]
    comp = simpy.Store(env, capacity=S.BUF)
    rework = simpy.Store(env)
    tech = simpy.Resource(env, S.TECHS)
    end = env.event()
    st = dict(fin=0, scrap=0, rework=0, fails=0, setups=0, ft=0.0, ev=0, tb=0.0)

    def source():
        q = inq[0]
        while True:
            p = Part()
            x = u()
            p.type = 0 if x < 0.5 else (1 if x < 0.8 else 2)
            yield q.put(p)
            p.t0 = env.now

    class Machine:
        __slots__ = ("fails", "last", "s", "ttf")

        def __init__(self, s):
            self.s = s
            self.fails = S.FAILS[s]
            self.last = -1
            self.ttf = ex(1 / S.MTBF)

        def work(self, rem):
            while self.fails and self.ttf < rem:
                rem -= self.ttf
                yield env.timeout(self.ttf)
                st["fails"] += 1
                st["ev"] += 1
                with tech.request() as r:
                    yield r
                    d = rnd.gammavariate(S.SHAPE, S.MTTR / S.SHAPE)
                    st["tb"] += d
                    yield env.timeout(d)
                    st["ev"] += 1
                self.ttf = ex(1 / S.MTBF)
            yield env.timeout(rem)
            st["ev"] += 1
            self.ttf -= rem

        def run(self):
            s = self.s
            q = inq[s]
            setup = S.SETUP.get(s)
            mu = [S.MU[t][s] for t in range(3)]
            nxt = [S.NEXT[t][s] for t in range(3)]
            while True:
                p = yield q.get()
                t = p.type
                if setup is not None:
                    if self.last >= 0 and self.last != t:
                        st["setups"] += 1
                        yield env.timeout(setup[self.last][t])
                        st["ev"] += 1
                    self.last = t
                if s == S.ASM:
                    yield comp.get()
                yield from self.work(logn(mu[t], S.SIG))
                if s == S.PACK:
                    st["fin"] += 1
                    st["ft"] += env.now - p.t0
                    if st["fin"] == n:
                        end.succeed()
                    continue
                if s == S.INSP:
                    x = u()
                    if x < S.P_REWORK:
                        st["rework"] += 1
                        yield rework.put(p)
                        continue
                    if x < S.P_REWORK + S.P_SCRAP:
                        st["scrap"] += 1
                        continue
                yield inq[nxt[t]].put(p)

        def run_rw(self):  # S8: rework queue first
            s = self.s
            q = inq[s]
            mu = [S.MU[t][s] for t in range(3)]
            nxt = [S.NEXT[t][s] for t in range(3)]
            while True:
                if rework.items:
                    p = yield rework.get()
                elif q.items:
                    p = yield q.get()
                else:
                    g1 = rework.get()
                    g2 = q.get()
                    r = yield g1 | g2
                    if g1 in r:
                        p = r[g1]
                        if g2 in r:
                            p2 = r[g2]
                            g2 = None
                            q.items.insert(0, p2)
                        else:
                            g2.cancel()
                    else:
                        p = r[g2]
                        g1.cancel()
                yield from self.work(logn(mu[p.type], S.SIG))
                yield inq[nxt[p.type]].put(p)

        def run_comp(self):
            while True:
                yield from self.work(logn(S.COMP_MU, S.SIG))
                yield comp.put(1)

    env.process(source())
    for s in range(12):
        for _ in range(S.MACH[s]):
            m = Machine(s)
            env.process(m.run_comp() if s == S.COMP else m.run_rw() if s == S.REWORK_TO else m.run())
    env.run(until=end)
    T = env.now
    return dict(
        T=T,
        thr=n / T,
        W=st["ft"] / n,
        scrap=st["scrap"],
        rework=st["rework"],
        fails=st["fails"],
        setups=st["setups"],
        tech=st["tb"] / T,
        ev=st["ev"],
    )


if __name__ == "__main__":
    model, n, seed = args(DN)
    with Run("simpy " + simpy.__version__, model, n, seed) as r:
        d = globals()["run_" + model](n, seed)
    ev = d.pop("ev", {"a": 2 * n, "b": 10 * n}.get(model))
    r.out(ev, n, **d)
