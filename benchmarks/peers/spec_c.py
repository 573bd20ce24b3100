"""Model C: the realistic line. One data description used by every peer.

Unit: minutes. Stations 0..11 (names S1..S12). Part types A=0, B=1, C=2.
Body flow:  S1(setup) S2(x2) S3[A,B] S4[A,C] S5(x2) S6(setup) S7[B,C] S8 S9=inspect S10=assembly S12=pack -> out
Component feeder: S11 (saturated raw stock) -> component buffer -> S10.
Source: saturated; the type of each new body is i.i.d. (0.5,0.3,0.2); a body is released as soon
        as S1's input buffer has a free place.
Buffers: every station has an input buffer of BUF places (the machine's own place is extra);
         S10 has two: bodies (BUF) and components (BUF). Blocking after service: the finished
         part stays on its machine until the next buffer has a place; blocked machines are
         unblocked first-come first-served. FIFO buffers.
Inspection S9: 3% rework -> S8's rework queue (unlimited, has priority over S8's normal buffer),
               1% scrap (leaves), 96% -> S10.
Processing times lognormal with mean MEAN[type][station] and cv CV (S9..S12 likewise; component = type-free).
Setups: S1 and S6, sequence dependent, deterministic SETUP[from][to]; first part: none.
Failures: every machine of every station but S9: time to failure exponential, mean MTBF, in operating
  (processing) time; processing is interrupted, needs 1 of 3 technicians (FIFO), repair gamma(shape 2,
  mean MTTR), then the remaining work resumes.
Run: from empty and idle until N finished parts have left S12.
"""

import math

NT, NS = 3, 12
MIX = (0.5, 0.3, 0.2)
BUF = 6
CV = 0.3
#            S1   S2   S3   S4   S5   S6   S7   S8   S9   S10  S11  S12
MEAN = [
    [3.0, 7.0, 4.5, 4.0, 7.2, 3.2, 0.0, 3.8, 2.0, 3.9, 0.0, 3.6],
    [3.4, 7.6, 5.0, 0.0, 7.8, 3.6, 4.6, 4.0, 2.2, 4.1, 0.0, 3.6],
    [2.8, 6.4, 0.0, 5.2, 6.8, 3.0, 5.4, 3.6, 1.8, 4.3, 0.0, 3.6],
]
COMP_MEAN = 3.9  # S11
MACH = [1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1]
VISITS = [[True] * 12, [True] * 12, [True] * 12]
ROUTE = [
    [0, 1, 2, 3, 4, 5, 7, 8, 9, 11],  # A: skips S7
    [0, 1, 2, 4, 5, 6, 7, 8, 9, 11],  # B: skips S4
    [0, 1, 3, 4, 5, 6, 7, 8, 9, 11],
]  # C: skips S3
SETUP = {0: [[0, 1.5, 2.5], [1.5, 0, 2.0], [2.5, 2.0, 0]], 5: [[0, 1.0, 2.0], [1.5, 0, 1.5], [2.0, 1.0, 0]]}
FAILS = [s != 8 for s in range(12)]
MTBF = 150.0
MTTR = 12.0
SHAPE = 2.0
TECHS = 3
P_REWORK, P_SCRAP = 0.03, 0.01
INSP, REWORK_TO, ASM, COMP, PACK = 8, 7, 9, 10, 11
SIG = math.sqrt(math.log(1 + CV * CV))


def mu(mean):
    return math.log(mean) - SIG * SIG / 2


MU = [[mu(m) if m > 0 else 0.0 for m in row] for row in MEAN]
COMP_MU = mu(COMP_MEAN)
NEXT = []  # NEXT[type][station] -> next station or -1
for t in range(NT):
    r = [-1] * NS
    for i in range(len(ROUTE[t]) - 1):
        r[ROUTE[t][i]] = ROUTE[t][i + 1]
    NEXT.append(r)
