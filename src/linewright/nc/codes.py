"""G and M codes: modal groups, and which words a code can use.

G codes are integers, ten times the number written: G1 is 10, G38.2 is 382.
"""

from __future__ import annotations

from dataclasses import dataclass

from linewright.nc.dialects import Dialect
from linewright.nc.faults import Category, ProgramFault

MAX_M_CODES = 4  # M words in one block


def _groups(table: dict[str, tuple[int, ...]]) -> dict[int, str]:
    return {code: group for group, codes in table.items() for code in codes}


CYCLES = frozenset({730, 740, 810, 820, 830, 840, 850, 860, 870, 880, 890})
PROBES = frozenset({382, 383, 384, 385})
PROBES_AWAY = frozenset({384, 385})
PROBES_THAT_MUST_TOUCH = frozenset({382, 384})
ARCS = frozenset({20, 30})
TURNING = frozenset({700, 710, 711, 712, 720, 721, 722})
LINES = frozenset({0, 10})

G_GROUP = _groups(
    {
        "once": (40, 100, 280, 281, 300, 301, 520, 530, 920, *sorted(TURNING)),
        "local": (921, 922, 923),
        "motion": (0, 10, 20, 30, 50, 51, 52, 53, 330, 331, 760, 800, *sorted(PROBES | CYCLES)),
        "plane": (170, 180, 190),
        "distance": (900, 910),
        "arc_distance": (901, 911),
        "feed_mode": (930, 940, 950),
        "units": (200, 210),
        "compensation": (400, 410, 411, 420, 421),
        "length": (430, 431, 432, 490),
        "retract": (980, 990),
        "system": (540, 541, 550, 560, 570, 580, 590, 591, 592, 593),
        "path": (610, 611, 640),
        "spindle_mode": (960, 970),
        "diameter": (70, 80),
        "macro": (650, 660, 670),
        "rotation": (680, 690),
        "scaling": (500, 510),
    }
)
#: Codes of dialects with macro B alone. G51 scales there; G5.1 is 51.
MACRO_B_CODES = frozenset({500, 510, 541, 650, 660, 670, 680, 690})

M_GROUP = _groups(
    {
        "stop": (0, 1, 2, 30, 60, 99),
        "input_output": (62, 63, 64, 65, 66, 67, 68),
        "tool": (6, 61),
        "spindle": (3, 4, 5, 19),
        "coolant": (7, 8, 9),
        "override": (48, 49, 50, 51, 52, 53),
        "modes": (70, 71, 72, 73),
        "call": (98,),
    }
)

#: Codes of the "once" group that use axis words, so that no motion can stand beside them.
ONCE_WITH_AXES = frozenset({100, 280, 300, 520, 920}) | TURNING
#: The same of other groups.
TAKES_AXES = frozenset({510, 680})

#: letter -> (G codes, M codes) that use it
USERS: dict[str, tuple[frozenset[int], frozenset[int]]] = {
    "d": (frozenset({410, 411, 420, 421, 960}) | TURNING, frozenset()),
    "e": (frozenset({760, 700}), frozenset({66, 67, 68})),
    "h": (frozenset({430, 432, 760}), frozenset()),
    "i": (ARCS | TURNING | {50, 51, 100, 331, 760, 870}, frozenset()),
    "j": (ARCS | {50, 51, 100, 760, 870}, frozenset()),
    "k": (ARCS | {330, 331, 760, 870}, frozenset()),
    "l": ((CYCLES - {740}) | {100, 760, 52, 410, 411, 420, 421, 650, 660}, frozenset({66, 98})),
    "p": (
        ARCS | {700, 40, 50, 51, 52, 100, 640, 740, 760, 820, 840, 860, 880, 890, 650, 660, 510, 541},
        frozenset({50, 51, 52, 53, 62, 63, 64, 65, 66, 98, 99, 19}),
    ),
    "q": (frozenset({50, 100, 640, 730, 760, 830}) | TURNING, frozenset({19, 61, 66, 67, 68})),
    "$": (frozenset({330, 331, 760, 950, 960, 970}), frozenset({3, 4, 5, 19, 51})),
    "r": (ARCS | CYCLES | TURNING | {100, 680, 760}, frozenset({19})),
}


@dataclass(slots=True)
class Plan:
    """The codes of a block by modal group, checked once."""

    g: dict[str, int]
    m: dict[str, int]
    user_m: tuple[int, ...]  # M100..M199
    ignored: tuple[str, ...] = ()  # what the dialect passes over, and why
    takes_axes: bool = False  # a code other than the motion uses the axis words


def g_code(number: float) -> int:
    """The G code of a number, ten times as large."""
    if number < 0:
        raise ProgramFault(Category.RANGE, f"G{number:g}: a G code is not negative")
    code = round(number * 10)
    if abs(number * 10 - code) > 1e-3 or number > 99.91:
        raise ProgramFault(Category.RANGE, f"G{number:g} is no G code")
    return code


def m_code(number: float) -> int:
    """The M code of a number."""
    if number < 0:
        raise ProgramFault(Category.RANGE, f"M{number:g}: an M code is not negative")
    code = round(number)
    if abs(number - code) > 1e-4 or code > 199:
        raise ProgramFault(Category.RANGE, f"M{number:g} is no M code")
    return code


def code_name(code: int) -> str:
    """G code as written: 382 -> G38.2."""
    return f"G{code // 10}" if code % 10 == 0 else f"G{code / 10:.1f}"


def sort_codes(g_numbers: list[float], m_numbers: list[float], dialect: Dialect) -> Plan:
    """Sort the codes of a block into modal groups; two of one group are a fault."""
    g: dict[str, int] = {}
    ignored: list[str] = []
    for number in g_numbers:
        code = g_code(number)
        if code in dialect.ignored_g:
            ignored.append(dialect.ignored_g[code])
            continue
        group = G_GROUP.get(code)
        if code in MACRO_B_CODES and not dialect.macro_b:
            message = f"{code_name(code)} is a code of controls with macro B, which this dialect is not of"
            raise ProgramFault(Category.UNSUPPORTED_DIALECT, message)
        if group is None:
            raise ProgramFault(Category.UNKNOWN_CODE, f"{code_name(code)} is unknown")
        if group in g and group == "motion":
            code = stronger_motion(g[group], code, dialect)
        elif group in g:
            pair = f"{code_name(g[group])} and {code_name(code)}"
            raise ProgramFault(Category.MODAL_CONFLICT, f"{pair} exclude each other ({group})")
        g[group] = code
    if len(m_numbers) > MAX_M_CODES:
        raise ProgramFault(Category.MODAL_CONFLICT, f"more than {MAX_M_CODES} M codes in a block")
    m: dict[str, int] = {}
    user: list[int] = []
    for number in m_numbers:
        code = m_code(number)
        if code >= 100:
            user.append(code)
            continue
        group = M_GROUP.get(code)
        if group is None and dialect.unknown_m_codes_are_notes:
            ignored.append(f"M{code} is the machine builder's own: what it does is not known here")
            continue
        if group is None:
            raise ProgramFault(Category.UNKNOWN_CODE, f"M{code} is unknown")
        if group in m:
            raise ProgramFault(
                Category.MODAL_CONFLICT, f"M{m[group]} and M{code} exclude each other ({group})"
            )
        m[group] = code
    takes_axes = not (ONCE_WITH_AXES | TAKES_AXES).isdisjoint(g.values())
    return Plan(g, m, tuple(user), tuple(ignored), takes_axes)


def stronger_motion(first: int, second: int, dialect: Dialect) -> int:
    """Of two motion codes in a block the one that counts: any before G80, a cycle where cycles are apart."""
    for strong, other in ((first, second), (second, first)):
        if other == 800 or (dialect.cycles_beside_motion and strong in CYCLES and other in LINES):
            return strong
    pair = f"{code_name(first)} and {code_name(second)}"
    raise ProgramFault(Category.MODAL_CONFLICT, f"{pair} exclude each other (motion)")


def check_words_used(plan: Plan, motion: int, letters: set[str]) -> None:
    """Every word of the block is used by one of its codes or by the motion in force."""
    for letter in letters & USERS.keys():
        g_users, m_users = USERS[letter]
        if motion in g_users or g_users & set(plan.g.values()) or m_users & set(plan.m.values()):
            continue
        if plan.user_m and letter in "pq":
            continue
        raise ProgramFault(Category.UNUSED_WORD, f"no code in the block uses {letter.upper()}")
