"""Ciw 3: models a, b. (Ciw has no operating-time failures with repair crew, sequence-dependent setups or assembly: model c skipped.)"""

import ciw
from harness import N as DN
from harness import Run, args

model, n, seed = args(DN)
ciw.seed(seed)
if model == "a":
    net = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(0.75)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[1],
    )
else:
    m = 10
    # saturated source: n+60 parts in one batch at t=0 at node 1 (infinite queue); nodes 2..10 have queue capacity 5; Ciw blocks after service (Type I)
    net = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([0.0, float("inf")])] + [None] * 9,
        batching_distributions=[ciw.dists.Deterministic(n + 60)] + [ciw.dists.Deterministic(1)] * 9,
        service_distributions=[ciw.dists.Exponential(1.0)] * m,
        number_of_servers=[1] * m,
        queue_capacities=[float("inf")] + [5] * 9,
        routing=[[1.0 if j == i + 1 else 0.0 for j in range(m)] for i in range(m)],
    )
with Run("ciw " + ciw.__version__, model, n, seed) as r:
    Q = ciw.Simulation(net)
    Q.simulate_until_max_customers(n, method="Finish")
recs = Q.get_all_records()
if model == "a":
    done = sorted(x.exit_date for x in recs)[:n]
    T = done[-1]
    W = sum(x.exit_date - x.arrival_date for x in recs if x.exit_date <= T) / n
    r.out(2 * n, n, thr=n / T, W=W, L=W * n / T)
else:
    ex = sorted(x.exit_date for x in recs if x.node == 10)
    T = ex[n - 1]
    # WIP = parts that have started at station 1 and not left station 10
    ent = [x.service_start_date for x in recs if x.node == 1 and x.exit_date <= T]
    wip = (sum(ex[:n]) - sum(sorted(ent)[:n])) / T
    r.out(10 * n, n, thr=n / T, wip=wip)
