"""Closed forms of queues and closed networks, from the textbooks named."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq


def erlang_b(c: int, offered: float) -> float:
    """Share of arrivals turned away by c machines without a queue (Erlang 1917)."""
    blocked = 1.0
    for n in range(1, c + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


def mmc_wait(lam: float, mu: float, c: int) -> float:
    """Mean wait in M/M/c, by Erlang's C."""
    offered = lam / mu
    b = erlang_b(c, offered)
    waits = b / (1 - offered / c * (1 - b))
    return waits / (c * mu - lam)


def finite_queue_blocking(lam: float, mu: float, room: int) -> float:
    """Share of arrivals lost in M/M/1/K."""
    rho = lam / mu
    return 1 / (room + 1) if rho == 1 else (1 - rho) * rho**room / (1 - rho ** (room + 1))


def pollaczek_khinchine(lam: float, mean: float, cv: float) -> float:
    """Mean wait in M/G/1."""
    rho = lam * mean
    return lam * mean**2 * (1 + cv**2) / (2 * (1 - rho))


def waits_before_exponential(transform: Callable[[float], float], mu: float) -> float:
    """Mean wait in GI/M/1: sigma = A*(mu (1 - sigma)), wait = sigma / (mu (1 - sigma)) (Kleinrock 1975)."""
    sigma = brentq(lambda s: transform(mu * (1 - s)) - s, 0.0, 1 - 1e-9)
    return sigma / (mu * (1 - sigma))


def completion_wait(
    lam: float, service: float, service_cv: float, fails: float, repair: float, repair_cv: float
) -> float:
    """Mean wait in M/G/1 with failures at work: Pollaczek-Khinchine on the completion time (Gaver 1962).

    E[C] = E[S](1 + f E[R]); Var[C] = Var[S](1 + f E[R])² + E[S] f E[R²].
    """
    grows = 1 + fails * repair
    variance = (service * service_cv * grows) ** 2 + service * fails * repair**2 * (1 + repair_cv**2)
    mean = service * grows
    return pollaczek_khinchine(lam, mean, math.sqrt(variance) / mean)


def priority_wait(rates: list[float], mu: float, k: int) -> float:
    """Mean wait of class k (the first is 0) in M/M/1 without pre-emption (Cobham 1954)."""
    residual = sum(rates) / mu**2
    before, after = sum(rates[:k]) / mu, sum(rates[: k + 1]) / mu
    return residual / ((1 - before) * (1 - after))


def jackson_number(lam: float, mu: list[float], rework: float) -> float:
    """Mean number in a series of queues, a share of the last one's parts going back to the first."""
    inside = lam / (1 - rework)
    return sum(inside / m / (1 - inside / m) for m in mu)


def closed_throughput(mu: list[float], cards: int) -> float:
    """Throughput of a ring of single machines, by mean value analysis (Reiser & Lavenberg 1980)."""
    waiting = np.zeros(len(mu))
    rate = 0.0
    for n in range(1, cards + 1):
        stay = (1 + waiting) / np.array(mu)
        rate = n / stay.sum()
        waiting = rate * stay
    return float(rate)


def availability(machines: int, technicians: int, fails: float, repaired: float) -> float:
    """Mean share of machines up in the repair model (Palm 1947): birth and death of the number down."""
    weights = [1.0]
    for down in range(machines):
        weights.append(weights[-1] * (machines - down) * fails / (min(down + 1, technicians) * repaired))
    down_mean = sum(n * w for n, w in enumerate(weights)) / sum(weights)
    return 1 - down_mean / machines
