"""Laws sampled by numpy, many draws at once, and what is left of a time that has begun already.

The kernel draws one at a time (`twin.random`); a forecast needs a thousand draws of each pending time at the
fork, before any future runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linewright.plant.laws import DistributionKind as Kind
from linewright.twin.world import World

Draws = NDArray[np.float64]
POOL = 20_000  # draws from which those that fit are taken
FEW = 40  # fewer fits than this, and the time is taken to be overdue
OVERDUE_SHARE = 0.1  # an overdue time has about this share of its mean still to go


def sample(world: World, i: int, n: int, rng: np.random.Generator) -> Draws:
    """`n` draws of law `i` of the world."""
    law = world.law[i]
    kind, a, b, c, d = Kind(int(law.kind)), float(law.a), float(law.b), float(law.c), float(law.d)
    values = world.value[law.first : law.first + law.n]
    if kind == Kind.CONSTANT:
        x = np.full(n, a)
    elif kind == Kind.EXPONENTIAL:
        x = rng.exponential(a, n)
    elif kind == Kind.GAMMA:
        x = rng.gamma(a, b, n)
    elif kind == Kind.LOGNORMAL:
        x = rng.lognormal(a, b, n)
    elif kind == Kind.WEIBULL:
        x = b * rng.weibull(a, n)
    elif kind == Kind.NORMAL:
        x = _positive_normal(a, b, n, rng)
    elif kind == Kind.TRIANGULAR:
        x = rng.triangular(a, b, c, n)
    elif kind == Kind.UNIFORM:
        x = rng.uniform(a, b, n)
    elif kind == Kind.BETA:
        x = c + (d - c) * rng.beta(a, b, n)
    elif kind == Kind.EMPIRICAL:
        x = rng.choice(values, n)
    elif kind == Kind.GEOMETRIC:
        x = b * rng.geometric(a, n)
    else:
        x = _mixture(world, int(law.first), int(law.n), n, rng)
    return np.asarray(x + float(law.offset), np.float64)


def _positive_normal(mean: float, sd: float, n: int, rng: np.random.Generator) -> Draws:
    x = rng.normal(mean, sd, n)
    while (below := x < 0.0).any():
        x[below] = rng.normal(mean, sd, int(below.sum()))
    return x


def _mixture(world: World, first: int, children: int, n: int, rng: np.random.Generator) -> Draws:
    pairs = world.value[first : first + 2 * children].reshape(children, 2)
    which = np.minimum(np.searchsorted(pairs[:, 0], rng.random(n), side="right"), children - 1)
    x = np.empty(n)
    for k in range(children):
        mine = which == k
        x[mine] = sample(world, int(pairs[k, 1]), int(mine.sum()), rng)
    return x


def remaining(world: World, i: int, elapsed_s: float, n: int, rng: np.random.Generator, pieces: int = 1) -> Draws:
    """What is left, s, of a time that began `elapsed_s` ago: draws on condition that they are longer than
    that.

    Where the law hardly allows so long a time, the work is overdue: then an exponential time with a tenth of
    the law's mean is left.
    """
    pool = sum(sample(world, i, POOL, rng) for _ in range(pieces))
    assert not isinstance(pool, int)
    longer = pool[pool > elapsed_s]
    if len(longer) < FEW:
        certain = float(pool.max() - pool.min()) == 0.0
        return np.zeros(n) if certain else rng.exponential(OVERDUE_SHARE * float(pool.mean()), n)
    return rng.choice(longer, n) - elapsed_s


def remaining_from_unknown(world: World, i: int, n: int, rng: np.random.Generator) -> Draws:
    """What is left, s, of a time of which nobody knows when it began: the equilibrium residual life.

    A moment falls into an interval with a chance proportional to its length, anywhere in it with equal
    chance.
    """
    pool = sample(world, i, POOL, rng)
    total = float(pool.sum())
    if total <= 0.0 or not np.isfinite(total):
        return np.zeros(n) if total <= 0.0 else np.full(n, np.inf)
    found = np.searchsorted(np.cumsum(pool), rng.random(n) * total)
    return pool[np.minimum(found, POOL - 1)] * rng.random(n)
