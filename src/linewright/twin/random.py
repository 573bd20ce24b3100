"""Random streams and samplers, compiled.

Streams are keyed by (seed, replication, what is sampled): two scenarios see the same luck, and a stream does
not notice what the others draw. Each stream is a SplitMix64 generator with a gamma of its own (Steele, Lea &
Flood, OOPSLA 2014). Exponential and normal by the ziggurat with 256 layers (Marsaglia & Tsang, J. Stat. Softw.
5(8), 2000), gamma by Marsaglia & Tsang (ACM TOMS 26(3), 2000).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.compiled import hot, part, seldom
from linewright.plant.laws import DistributionKind

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
S27, S30, S31, S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)
LAYER_MASK = np.uint64(255)
TO_SIGN = np.uint64(55)  # brings bit 8 to where the sign is
TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53

EXP_TAIL = 7.69711747013104972
EXP_AREA = 0.0039496598225815571993
NORMAL_TAIL = 3.6541528853610087963519472518
NORMAL_AREA = 0.0049286732339746519

STREAM = np.dtype([("state", "u8"), ("gamma", "u8")])
LAW = np.dtype([(n, "i8") for n in ("kind", "first", "n")] + [(n, "f8") for n in ("a", "b", "c", "d", "offset")])


def _ziggurat(tail: float, area: float, density: Any, inverse: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right ends x of the 256 layers of equal area under a falling density, and the density there."""
    x = np.zeros(257)
    x[256] = area / density(tail)  # the base strip with the tail
    x[255] = tail
    for i in range(254, 0, -1):
        x[i] = inverse(area / x[i + 1] + density(x[i + 1]))
    return x, np.array([density(v) for v in x])


_EX, EXP_F = _ziggurat(EXP_TAIL, EXP_AREA, lambda x: math.exp(-x), lambda y: -math.log(y))
EXP_W = _EX[1:] * TO_UNIT  # layer i: from 0 to x[i + 1]
EXP_K = np.array([int(_EX[i] / _EX[i + 1] * 2**53) for i in range(256)], np.uint64)
_NX, NORMAL_F = _ziggurat(
    NORMAL_TAIL, NORMAL_AREA, lambda x: math.exp(-0.5 * x * x), lambda y: math.sqrt(-2.0 * math.log(y))
)
NORMAL_W = _NX[1:] * TO_UNIT
NORMAL_K = np.array([int(_NX[i] / _NX[i + 1] * 2**53) for i in range(256)], np.uint64)


def new_streams(n: int, seed: int, replication: int) -> Any:
    """`n` streams of their own for a seed and a replication; stream i is always the same for the same i."""
    sequence = np.random.SeedSequence(entropy=(seed, replication))
    words = sequence.generate_state(2 * n, np.uint64).reshape(n, 2) if n else np.zeros((0, 2), np.uint64)
    streams = np.zeros(max(n, 1), STREAM)
    streams["state"][:n] = words[:, 0]
    streams["gamma"] = GOLDEN
    streams["gamma"][:n] = words[:, 1] | np.uint64(1)
    return streams.view(np.recarray)


@hot
def bits(streams, k):
    """The next 64 random bits of stream `k`."""
    stream = streams[k]
    z = stream.state + stream.gamma
    stream.state = z
    z = (z ^ (z >> S30)) * MIX_1
    z = (z ^ (z >> S27)) * MIX_2
    return z ^ (z >> S31)


@part
def uniform(streams, k):
    """A number in [0, 1)."""
    return np.float64(bits(streams, k) >> S11) * TO_UNIT


@hot
def exponential(streams, k):
    """A number with exponential law of mean 1."""
    while True:
        z = bits(streams, k)
        i = np.int64(z & LAYER_MASK)
        u = z >> S11
        x = np.float64(u) * EXP_W[i]
        if u >= EXP_K[i]:  # beyond what lies under the density for certain
            x = _exponential_beyond(streams, k, i, x)
            if x < 0.0:
                continue
        return x


@seldom
def _exponential_beyond(streams, k, i, x):
    """Place `x` of layer `i` if it is under the density, a place in the tail for the last layer; else -1."""
    if i == 255:
        return EXP_TAIL - math.log(1.0 - uniform(streams, k))
    under = EXP_F[i + 1] + uniform(streams, k) * (EXP_F[i] - EXP_F[i + 1]) < math.exp(-x)
    return x if under else -1.0


@hot
def normal(streams, k):
    """A number with standard normal law."""
    while True:
        z = bits(streams, k)
        i = np.int64(z & LAYER_MASK)
        u = z >> S11
        x = np.float64(u) * NORMAL_W[i]
        if u >= NORMAL_K[i]:
            x = _normal_beyond(streams, k, i, x)
            if x < 0.0:
                continue
        return math.copysign(x, np.float64(np.int64(z << TO_SIGN)))  # no branch: the sign is a toss-up


@seldom
def _normal_beyond(streams, k, i, x):
    """As `_exponential_beyond`, for the normal law."""
    if i == 255:
        return _normal_tail(streams, k)
    under = NORMAL_F[i + 1] + uniform(streams, k) * (NORMAL_F[i] - NORMAL_F[i + 1]) < math.exp(-0.5 * x * x)
    return x if under else -1.0


@seldom
def _normal_tail(streams, k):
    while True:
        x = -math.log(1.0 - uniform(streams, k)) / NORMAL_TAIL
        y = -math.log(1.0 - uniform(streams, k))
        if y + y > x * x:
            return NORMAL_TAIL + x


@seldom
def gamma(streams, k, shape):
    """A number with gamma law of the shape and scale 1."""
    boost = 1.0
    if shape < 1.0:
        boost = math.exp(-exponential(streams, k) / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(streams, k)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        u = 1.0 - uniform(streams, k)
        if u < 1.0 - 0.0331 * x * x * x * x or math.log(u) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
            return boost * d * v


@seldom
def _component(values, streams, k, law):
    """The law of a mixture that this draw comes from: `values` holds pairs of cumulative weight and law."""
    u = uniform(streams, k)
    j = law.first
    last = law.first + 2 * (law.n - 1)
    while j < last and u >= values[j]:
        j += 2
    return np.int64(values[j + 1])


@hot
def draw_time(laws, values, streams, k, i):
    """`draw` for the way of every event: the most usual laws at once."""
    kind = laws[i].kind
    if kind == DistributionKind.EXPONENTIAL:
        return laws[i].a * exponential(streams, k) + laws[i].offset
    if kind == DistributionKind.CONSTANT:
        return laws[i].a + laws[i].offset
    if kind == DistributionKind.LOGNORMAL:
        return math.exp(laws[i].a + laws[i].b * normal(streams, k)) + laws[i].offset
    return draw(laws, values, streams, k, i)


@seldom
def draw(laws, values, streams, k, i):
    """A number with law `i` of the table, from stream `k`."""
    law = laws[i]
    offset = law.offset
    while law.kind == DistributionKind.MIXTURE:
        law = laws[_component(values, streams, k, law)]
        offset += law.offset
    kind = law.kind
    if kind == DistributionKind.CONSTANT:
        return law.a + offset
    if kind == DistributionKind.EXPONENTIAL:
        return law.a * exponential(streams, k) + offset
    if kind == DistributionKind.LOGNORMAL:
        return math.exp(law.a + law.b * normal(streams, k)) + offset
    return _draw_rarer(law, values, streams, k) + offset


@seldom
def _draw_rarer(law, values, streams, k):
    kind = law.kind
    if kind == DistributionKind.GAMMA:
        return law.b * gamma(streams, k, law.a)
    if kind == DistributionKind.WEIBULL:
        return law.b * exponential(streams, k) ** (1.0 / law.a)
    if kind == DistributionKind.NORMAL:
        x = law.a + law.b * normal(streams, k)
        while x < 0.0:
            x = law.a + law.b * normal(streams, k)
        return x
    if kind == DistributionKind.TRIANGULAR:
        return _triangular(law.a, law.b, law.c, uniform(streams, k))
    if kind == DistributionKind.UNIFORM:
        return law.a + (law.b - law.a) * uniform(streams, k)
    if kind == DistributionKind.BETA:
        x = gamma(streams, k, law.a)
        return law.c + (law.d - law.c) * x / (x + gamma(streams, k, law.b))
    if kind == DistributionKind.EMPIRICAL:
        return values[law.first + np.int64(uniform(streams, k) * law.n)]
    return law.b * (1.0 + math.floor(-exponential(streams, k) / law.c))  # geometric; c is log(1 - p)


@seldom
def _triangular(low, mode, high, u):
    split = (mode - low) / (high - low)
    if u < split:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))
