"""salabim 26: models a, b, c in its default (yieldless) mode, monitors off: the faster of its modes."""

import random

import salabim as sim
import spec_c as S
from harness import N as DN
from harness import Run, args

sim.yieldless(True)


def quiet(c):
    c.status.monitor(False)
    c.mode.monitor(False)


class Cust(sim.Component):  # the manual's "bank, 1 clerk" form
    def process(self):
        self.t0 = self.env.now()
        self.enter(waiting)
        if clerk[0].ispassive():
            clerk[0].activate()
        self.passivate()


class Gen(sim.Component):
    def process(self):
        for _ in range(NN[0]):
            self.hold(ex(0.75))
            Cust()


class Clerk(sim.Component):
    def process(self):
        for _ in range(NN[0]):
            while not waiting:
                self.passivate()
            c = waiting.pop()
            self.hold(ex(1.0))
            tot[0] += self.env.now() - c.t0
            c.activate()
        self.env.main().activate()


class TS(sim.Component):
    def __init__(self, t=None, **k):
        super().__init__(**k)
        self.t0 = t


class First(sim.Component):
    def process(self):
        quiet(self)
        while True:
            t0 = self.env.now()
            self.hold(ex(1.0))
            self.to_store(self.out, TS(t0))


class Mid(sim.Component):
    def process(self):
        quiet(self)
        while True:
            c = self.from_store(self.inp)
            self.hold(ex(1.0))
            self.to_store(self.out, c)


class Last(sim.Component):
    def process(self):
        quiet(self)
        for _ in range(NN[0]):
            c = self.from_store(self.inp)
            self.hold(ex(1.0))
            tot[0] += self.env.now() - c.t0
        self.env.main().activate()


class SrcC(sim.Component):
    def process(self):
        while True:
            p = TS(None)
            x = u()
            p.type = 0 if x < 0.5 else (1 if x < 0.8 else 2)
            self.to_store(inq[0], p)
            p.t0 = self.env.now()


class Mach(sim.Component):
    def init(self, s):
        quiet(self)
        self.s = s
        self.fails = S.FAILS[s]
        self.last = -1
        self.ttf = ex(1 / S.MTBF)

    def work(self, rem):
        while self.fails and self.ttf < rem:
            rem -= self.ttf
            self.hold(self.ttf)
            st["fails"] += 1
            st["ev"] += 1
            self.request(tech)
            d = rnd.gammavariate(S.SHAPE, S.MTTR / S.SHAPE)
            st["tb"] += d
            self.hold(d)
            st["ev"] += 1
            self.release(tech)
            self.ttf = ex(1 / S.MTBF)
        self.hold(rem)
        st["ev"] += 1
        self.ttf -= rem


class Plain(Mach):
    def process(self):
        s = self.s
        q = inq[s]
        setup = S.SETUP.get(s)
        mu = [S.MU[t][s] for t in range(3)]
        nxt = [S.NEXT[t][s] for t in range(3)]
        while True:
            p = self.from_store(q)
            t = p.type
            if setup is not None:
                if self.last >= 0 and self.last != t:
                    st["setups"] += 1
                    self.hold(setup[self.last][t])
                    st["ev"] += 1
                self.last = t
            if s == S.ASM:
                self.from_store(comp)
            self.work(logn(mu[t], S.SIG))
            if s == S.PACK:
                st["fin"] += 1
                st["ft"] += self.env.now() - p.t0
                if st["fin"] == NN[0]:
                    self.env.main().activate()
                continue
            if s == S.INSP:
                x = u()
                if x < S.P_REWORK:
                    st["rework"] += 1
                    self.to_store(rework, p)
                    continue
                if x < S.P_REWORK + S.P_SCRAP:
                    st["scrap"] += 1
                    continue
            self.to_store(inq[nxt[t]], p)


class S8(Mach):
    def process(self):
        s = self.s
        mu = [S.MU[t][s] for t in range(3)]
        nxt = [S.NEXT[t][s] for t in range(3)]
        while True:
            p = self.from_store((rework, inq[s]))  # first store that has an item, in this order
            self.work(logn(mu[p.type], S.SIG))
            self.to_store(inq[nxt[p.type]], p)


class Comp(Mach):
    def process(self):
        while True:
            self.work(logn(S.COMP_MU, S.SIG))
            self.to_store(comp, TS(None))


if __name__ == "__main__":
    model, n, seed = args(DN)
    rnd = random.Random(seed)
    ex = rnd.expovariate
    logn = rnd.lognormvariate
    u = rnd.random
    NN = [n]
    tot = [0.0]
    st = dict(fin=0, scrap=0, rework=0, fails=0, setups=0, ft=0.0, ev=0, tb=0.0)
    env = sim.Environment(trace=False, yieldless=True)

    def mk(*a, **k):
        s = sim.Store(*a, **k)
        s.monitor(False)
        return s

    with Run("salabim " + sim.__version__, model, n, seed) as r:
        if model == "a":
            waiting = sim.Queue("w")
            waiting.monitor(False)
            Gen()
            clerk = [Clerk()]
            env.run()
        elif model == "b":
            sts = [mk(f"b{i}", capacity=5) for i in range(9)]
            f = First()
            f.out = sts[0]
            for i in range(8):
                m = Mid()
                m.inp = sts[i]
                m.out = sts[i + 1]
            last = Last()
            last.inp = sts[8]
            env.run()
        else:
            inq = [mk(f"q{i}", capacity=S.BUF) for i in range(12)]
            comp = mk("comp", capacity=S.BUF)
            rework = mk("rework")
            tech = sim.Resource("tech", S.TECHS)
            SrcC()
            for s in range(12):
                for _ in range(S.MACH[s]):
                    m = (Comp if s == S.COMP else S8 if s == S.REWORK_TO else Plain)()
                    m.init(s)
            env.run()
    T = env.now()
    if model == "a":
        r.out(2 * n, n, thr=n / T, W=tot[0] / n, L=tot[0] / T)
    elif model == "b":
        r.out(10 * n, n, thr=n / T, wip=tot[0] / T)
    else:
        r.out(
            st["ev"],
            n,
            thr=n / T,
            W=st["ft"] / n,
            scrap=st["scrap"],
            rework=st["rework"],
            fails=st["fails"],
            setups=st["setups"],
            tech=st["tb"] / T,
            T=T,
        )
