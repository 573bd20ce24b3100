"""Cimba Python 0.9.5 (numba-compiled models on the Cimba C engine): models a, b, c."""

import sys
import time

import cimba as cb
import spec_c as S
from cimba import random as cr
from harness import N as DN
from harness import Run, args, ucpu


class MM1(cb.Model):
    n: cb.Param[int] = 1000
    W: cb.Output[float]
    T: cb.Output[float]
    q: cb.Store[float]

    @cb.process
    def arrivals(self):
        for _ in range(self.n):
            cb.hold(cr.exponential(1 / 0.75))
            self.q.put(cb.now())

    @cb.process
    def server(self):
        tot = 0.0
        for _ in range(self.n):
            a = self.q.get()
            cb.hold(cr.exponential(1.0))
            tot += cb.now() - a
        self.W = tot / self.n
        self.T = cb.now()
        cb.end_trial()


CAP = 5


class First(cb.Model):
    out: cb.Ref[cb.Store[float]]

    @cb.process
    def run(self):
        while True:
            t0 = cb.now()
            cb.hold(cr.exponential(1.0))
            self.out.put(t0)


class Mid(cb.Model):
    inp: cb.Ref[cb.Store[float]]
    out: cb.Ref[cb.Store[float]]

    @cb.process
    def run(self):
        while True:
            p = self.inp.get()
            cb.hold(cr.exponential(1.0))
            self.out.put(p)


class Last(cb.Model):
    n: cb.Param[int] = 100
    inp: cb.Ref[cb.Store[float]]
    T: cb.Output[float]
    wip: cb.Output[float]

    @cb.process
    def run(self):
        tot = 0.0
        for _ in range(self.n):
            p = self.inp.get()
            cb.hold(cr.exponential(1.0))
            tot += cb.now() - p
        self.T = cb.now()
        self.wip = tot / cb.now()
        cb.end_trial()


class Line(cb.Model):
    b1: cb.Store[float]
    b2: cb.Store[float]
    b3: cb.Store[float]
    b4: cb.Store[float]
    b5: cb.Store[float]
    b6: cb.Store[float]
    b7: cb.Store[float]
    b8: cb.Store[float]
    b9: cb.Store[float]
    first: First
    mids: list[Mid]
    last: Last


def line(n):
    ln = Line()
    bs = []
    for i in range(1, 10):
        b = cb.Store(capacity=CAP)
        setattr(ln, f"b{i}", b)
        bs.append(getattr(ln, f"b{i}"))
    ln.first = First()
    ln.first.out = bs[0]
    mids = []
    for i in range(8):
        m = Mid()
        m.inp = bs[i]
        m.out = bs[i + 1]
        mids.append(m)
    ln.mids = mids
    ln.last = Last()
    ln.last.n = n
    ln.last.inp = bs[8]
    return ln


# ------------------------------------------------------------------ model c
SIG = S.SIG
MTBF = S.MTBF
MTTR = S.MTTR
COMP_MU = S.COMP_MU
PRW, PSC = S.P_REWORK, S.P_SCRAP
NPART = 512


class Machine(cb.Model):
    """work: ttf clock in operating time, repair by a technician."""

    line: cb.Ref["LineC"]
    ttf: float = 0.0
    fails: bool = True

    def attached(self, owner, field):
        self.line = owner

    @cb.function
    def work(self, rem: float) -> None:
        if not self.fails:
            cb.hold(rem)
            self.line.ev += 1
            return
        while self.ttf < rem:
            rem -= self.ttf
            cb.hold(self.ttf)
            self.line.nfail += 1
            self.line.ev += 2
            self.line.tech.acquire(1)
            d = cr.gamma(2.0, MTTR / 2)
            self.line.tb += d
            cb.hold(d)
            self.line.tech.release(1)
            self.ttf = cr.exponential(MTBF)
        cb.hold(rem)
        self.line.ev += 1
        self.ttf -= rem


class Station(Machine):
    kind: int = 0  # 0 plain, 1 inspect, 2 assembly, 3 pack
    setup: bool = False
    last: int = -1
    mu: cb.Array[float]
    nxt: cb.Array[int]
    st: cb.Array[float]
    inp: cb.Ref[cb.Store[int]]

    @cb.process
    def run(self):
        L = self.line
        self.ttf = cr.exponential(MTBF)
        while True:
            p = self.inp.get()
            t = L.ptype[p]
            if self.setup:
                if self.last >= 0 and self.last != t:
                    L.nset += 1
                    L.ev += 1
                    cb.hold(self.st[self.last * 3 + t])
                self.last = t
            if self.kind == 2:
                L.comp.get()
            self.work(cr.lognormal(self.mu[t], SIG))
            if self.kind == 3:
                L.fin += 1
                L.ft += cb.now() - L.pt0[p]
                L.free.put(p)
                if L.fin == L.n:
                    L.T = cb.now()
                    L.W = L.ft / L.fin
                    L.oscrap = L.nscrap
                    L.orework = L.nrework
                    L.ofail = L.nfail
                    L.oset = L.nset
                    L.otech = L.tb / cb.now()
                    L.oev = L.ev
                    cb.end_trial()
                continue
            if self.kind == 1:
                u = cr.uniform(0.0, 1.0)
                if u < PRW:
                    L.nrework += 1
                    L.rwn += 1
                    L.rw.put(p)
                    L.avail8.put(1)
                    continue
                if u < PRW + PSC:
                    L.nscrap += 1
                    L.free.put(p)
                    continue
            k = self.nxt[t]
            L.stores[k].put(p)
            if k == 7:
                L.avail8.put(1)


class Station8(Machine):
    mu: cb.Array[float]
    nxt: cb.Array[int]
    inp: cb.Ref[cb.Store[int]]

    @cb.process
    def run(self):
        L = self.line
        self.ttf = cr.exponential(MTBF)
        while True:
            L.avail8.get(1)  # counts the bodies waiting in both queues of S8
            if L.rwn > 0:
                L.rwn -= 1
                p = L.rw.get()
            else:
                p = self.inp.get()
            t = L.ptype[p]
            self.work(cr.lognormal(self.mu[t], SIG))
            L.stores[self.nxt[t]].put(p)


class Comp(Machine):
    @cb.process
    def run(self):
        self.ttf = cr.exponential(MTBF)
        while True:
            self.work(cr.lognormal(COMP_MU, SIG))
            self.line.comp.put(1)


class LineC(cb.Model):
    n: cb.Param[int] = 100
    ptype: cb.Array[int] = cb.Array(NPART)
    pt0: cb.Array[float] = cb.Array(NPART)
    free: cb.Store[int]
    rw: cb.Store[int]
    comp: cb.Store[int]
    s0: cb.Store[int]
    s1: cb.Store[int]
    s2: cb.Store[int]
    s3: cb.Store[int]
    s4: cb.Store[int]
    s5: cb.Store[int]
    s6: cb.Store[int]
    s7: cb.Store[int]
    s8: cb.Store[int]
    s9: cb.Store[int]
    s10: cb.Store[int]
    s11: cb.Store[int]
    stores: list[cb.Ref[cb.Store[int]]]
    tech: cb.Resource = cb.Resource(capacity=S.TECHS)
    avail8: cb.Container
    stations: list[Station]
    st8: Station8
    feeder: Comp
    fin: int = 0
    nfail: int = 0
    nset: int = 0
    nscrap: int = 0
    nrework: int = 0
    ev: int = 0
    rwn: int = 0
    ft: float = 0.0
    tb: float = 0.0
    T: cb.Output[float]
    W: cb.Output[float]
    oscrap: cb.Output[float]
    orework: cb.Output[float]
    ofail: cb.Output[float]
    oset: cb.Output[float]
    otech: cb.Output[float]
    oev: cb.Output[float]

    @cb.process
    def source(self):
        for i in range(NPART):
            self.free.put(i)
        while True:
            p = self.free.get()
            u = cr.uniform(0.0, 1.0)
            self.ptype[p] = 0 if u < 0.5 else (1 if u < 0.8 else 2)
            self.s0.put(p)
            self.pt0[p] = cb.now()


def line_c(n):
    L = LineC()
    L.n = n
    for i in range(12):
        setattr(L, f"s{i}", cb.Store(capacity=S.BUF))
    L.comp = cb.Store(capacity=S.BUF)
    L.free = cb.Store()
    L.rw = cb.Store()
    L.stores = [getattr(L, f"s{i}") for i in range(12)]
    sts = []
    for s in range(12):
        mu = cb.Array([float(S.MU[t][s]) for t in range(3)])
        nx = cb.Array([int(S.NEXT[t][s]) for t in range(3)])
        for _ in range(S.MACH[s]):
            if s == S.COMP:
                continue
            if s == S.REWORK_TO:
                m = Station8()
            else:
                m = Station()
                m.kind = {S.INSP: 1, S.ASM: 2, S.PACK: 3}.get(s, 0)
                m.setup = s in S.SETUP
                m.st = cb.Array([float(x) for r in S.SETUP.get(s, [[0] * 3] * 3) for x in r])
                m.fails = S.FAILS[s]
                sts.append(m)
            m.mu = mu
            m.nxt = nx
            m.inp = L.stores[s]
            if s == S.REWORK_TO:
                L.st8 = m
    L.stations = sts
    L.feeder = Comp()
    return L


if __name__ == "__main__":
    model, n, seed = args(DN)

    def build(k):
        if model == "a":
            m = MM1()
            m.n = k
        elif model == "b":
            m = line(k)
        else:
            m = line_c(k)
        return m

    c0 = ucpu()
    w0 = time.perf_counter()
    m0 = build(20)
    cb.Experiment(m0, seed=1).run(workers=1)  # compile
    jc, jw = ucpu() - c0, time.perf_counter() - w0
    m = build(n)
    e = cb.Experiment(m, seed=seed)
    with Run("cimba " + cb.__version__, model, n, seed) as r:
        res = e.run(workers=1)
    if res.failed.any():
        print(res.failure_reasons)
        sys.exit(1)
    def g(x):
        return float(x.values.ravel()[0])

    o = dict(jit_cpu=jc, jit_wall=jw)
    if model == "a":
        R = res[m]
        T = g(R.T)
        r.out(2 * n, n, thr=n / T, W=g(R.W), L=g(R.W) * n / T, **o)
    elif model == "b":
        R = res[m.last]
        T = g(R.T)
        r.out(10 * n, n, thr=n / T, wip=g(R.wip), **o)
    else:
        R = res[m]
        T = g(R.T)
        r.out(
            g(R.oev),
            n,
            thr=n / T,
            W=g(R.W),
            scrap=g(R.oscrap),
            rework=g(R.orework),
            fails=g(R.ofail),
            setups=g(R.oset),
            tech=g(R.otech),
            T=T,
            **o,
        )
