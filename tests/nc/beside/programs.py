"""Programs drawn at random for the comparison with `rs274`: each writes what one chapter of the language allows,
and a few things that it does not.
"""

from __future__ import annotations

import random
from collections.abc import Callable

TOOLS = [
    {"t": 1, "p": 1, "z": 2.0, "d": 0.25},
    {"t": 2, "p": 2, "z": 3.5, "d": 0.1875},
    {"t": 3, "p": 3, "x": 0.3, "z": 1.25, "d": 0.03, "i": 85, "j": 5, "q": 2},
    {"t": 4, "p": 14, "z": -1.5, "d": 0.5},
]
TRACKED = list(range(100, 112))
Draw = random.Random
#: What the control tells of itself.
KNOWN = (
    *(f"#{n}" for n in (5420, 5421, 5422, 5400, 5403, 5410, 5220, 5221, 5241, 5211, 5061, 5161)),
    "#<_x>", "#<_abs_z>", "#<_feed>", "#<_rpm>", "#<_plane>", "#<_coord_system>", "#<_motion_mode>", "#<_metric>",
    "#<_current_tool>", "#<_selected_tool>", "#<_current_pocket>", "#<_tool_offset>", "#<_retract_r_plane>",
    "#<_ccomp>", "#<_spindle_on>", "#<_flood>", "#<_absolute>", "#<_line>", "#<_call_level>",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "**", *(f" {name} " for name in "MOD EQ NE GT GE LT LE AND OR XOR".split()))


def number(draw: Draw, low: float = -20.0, high: float = 20.0) -> str:
    """A number with few digits."""
    return f"{round(draw.uniform(low, high), draw.choice((0, 0, 1, 2, 3))):g}"


def some(draw: Draw, letters: str, chance: float = 0.6) -> str:
    """Some words."""
    return "".join(f" {letter}{number(draw)}" for letter in letters if draw.random() < chance)


def straight(draw: Draw) -> str:
    """A straight move."""
    words = some(draw, "XYZ") + some(draw, "ABC", 0.05)
    return draw.choice(("G0", "G1", "G1", "")) + (words or f" X{number(draw)}")


def arc(draw: Draw) -> str:
    """An arc, most of them possible."""
    code = draw.choice(("G2", "G3"))
    if draw.random() < 0.4:
        return f"{code}{some(draw, 'XY', 0.8)} R{number(draw, 5, 60)}{some(draw, 'Z', 0.2)}"
    turns = f" P{draw.randint(1, 3)}" if draw.random() < 0.2 else ""
    return f"{code} I{number(draw, 1, 9)} J{number(draw)}{some(draw, 'Z', 0.3)}{turns}"


def cycle(draw: Draw) -> str:
    """A canned cycle with its words."""
    code = draw.choice(("G73", "G74", "G81", "G82", "G83", "G84", "G85", "G86", "G87", "G88", "G89"))
    more = {"G73": " Q1.5", "G83": " Q2", "G82": " P.5", "G86": " P.25", "G88": " P1", "G89": " P0", "G87": " I1 J2 K1"}
    words = more.get(code, "") if draw.random() < 0.95 else ""
    repeats = f" L{draw.randint(0, 3)}" if draw.random() < 0.15 else ""
    level = f" R{number(draw, -2, 8)}" if draw.random() < 0.95 else ""
    return f"{code}{some(draw, 'XY')} Z{number(draw, -9, 0)}{level}{words}{repeats}"


def offsets(draw: Draw) -> str:
    """Coordinate systems and tools."""
    return draw.choice(
        (
            f"G{draw.randint(54, 59)}",
            f"G59.{draw.randint(1, 3)}",
            f"G92{some(draw, 'XYZ', 0.5) or ' X1'}",
            draw.choice(("G92.1", "G92.2", "G92.3")),
            f"G52{some(draw, 'XYZ', 0.5) or ' Y2'}",
            f"G10 L2 P{draw.randint(0, 9)}{some(draw, 'XYZ')}{some(draw, 'R', 0.3)}",
            f"G10 L20 P{draw.randint(0, 9)}{some(draw, 'XYZ')}",
            f"G10 L1 P{draw.randint(1, 4)}{some(draw, 'XZ')} R{number(draw, 0, 3)}",
            f"G10 L{draw.choice((10, 11))} P{draw.randint(1, 4)}{some(draw, 'XZ') or ' Z1'}",
            f"T{draw.randint(0, 4)} M6",
            f"T{draw.randint(1, 4)}",
            "M6",
            f"M61 Q{draw.randint(0, 4)}",
            f"G43 H{draw.randint(0, 4)}",
            "G43",
            f"G43.1{some(draw, 'XZ') or ' Z1'}",
            f"G43.2 H{draw.randint(1, 4)}",
            "G49",
            f"G28{some(draw, 'XYZ', 0.4)}",
            f"G30{some(draw, 'XYZ', 0.4)}",
            draw.choice(("G28.1", "G30.1")),
            f"G53 G{draw.randint(0, 1)}{some(draw, 'XYZ')}",
        )
    )


def modes(draw: Draw) -> str:
    """Modal codes."""
    return draw.choice(
        (
            "G17", "G18", "G19", "G20", "G21", "G90", "G91", "G90.1", "G91.1", "G98", "G99", "G61", "G61.1", "G64",
            "G64 P.1 Q.05", "G93", "G94 F90", "G95 F.2", "G96 D900 S50", "G97 S300", "G7", "G8", "M48", "M49", "M50 P0",
            "M51 P1", "M52 P1", "M53 P0", "M3 S500", "M4 S200", "M5", "M7", "M8", "M9", "M19 R30", "M70", "M72", "M71",
            "M73", "F120", "S700", "G80", "G4 P.5", "M0", "M1", "M60", "M62 P1", "M65 P2", "M66 P0 L0", "M67 E0 Q1",
            "M68 E1 Q2", "G40",
        )
    )  # fmt: skip


def reading(draw: Draw) -> str:
    """A parameter takes what the control knows."""
    return f"#{draw.randint(100, 111)}={draw.choice(KNOWN)}"


def expression(draw: Draw, depth: int = 0) -> str:
    """A value."""
    if depth > 3 or draw.random() < 0.35:
        return draw.choice((number(draw), f"#{draw.randint(100, 111)}", f"#{draw.randint(1, 5)}"))
    kind = draw.random()
    if kind < 0.25:
        name = draw.choice(("SIN", "COS", "TAN", "ABS", "FIX", "FUP", "ROUND", "SQRT", "ASIN", "ACOS", "EXP", "LN"))
        return f"{name}[{expression(draw, depth + 1)}]"
    if kind < 0.32:
        return f"ATAN[{expression(draw, depth + 1)}]/[{expression(draw, depth + 1)}]"
    if kind < 0.4:
        return f"-{expression(draw, depth + 1)}" if draw.random() < 0.5 else f"[-{expression(draw, depth + 1)}]"
    parts = [expression(draw, depth + 1)]
    for _ in range(draw.randint(1, 3)):
        parts += [draw.choice(OPERATORS), expression(draw, depth + 1)]
    return f"[{''.join(parts)}]"


def assignment(draw: Draw) -> str:
    """A parameter takes a value."""
    return " ".join(f"#{draw.randint(100, 111)}={expression(draw)}" for _ in range(draw.choice((1, 1, 2))))


def probe(draw: Draw) -> str:
    """A probing move."""
    return f"G38.{draw.randint(2, 5)}{some(draw, 'XYZ') or ' X1'}"


def spline(draw: Draw) -> str:
    """A spline."""
    if draw.random() < 0.5:
        return f"G5.1 X{number(draw)} Y{number(draw)} I{number(draw)} J{number(draw)}"
    return f"G5 X{number(draw)} Y{number(draw)} I{number(draw)} J{number(draw)} P{number(draw)} Q{number(draw)}"


def thread(draw: Draw) -> str:
    """A synchronised move."""
    if draw.random() < 0.4:
        taper = f" E{number(draw, 0, 2)} L{draw.randint(0, 3)}" if draw.random() < 0.5 else ""
        more = f" H{draw.randint(0, 2)} R{draw.choice((1, 1.5, 2))}{taper}"
        depth = f"I{draw.choice((-1, 1, -2))} J.{draw.randint(2, 6)} K{number(draw, 1, 2)}"
        return f"G76 P1.5 Z{number(draw, -20, -5)} {depth}{more}"
    return f"G33{draw.choice(('', '.1'))} Z{number(draw)} K{number(draw, 0.5, 2)}"


def plane_arc(draw: Draw) -> str:
    """An arc or a move in whatever plane is in force."""
    first, second, i, j = draw.choice(("XYIJ", "ZXKI", "YZJK"))
    kind = draw.random()
    if kind < 0.3:
        return f"{draw.choice(('G2', 'G3'))} {first}{number(draw)} {second}{number(draw)} R{number(draw, 15, 40)}"
    if kind < 0.6:
        return f"{draw.choice(('G2', 'G3', ''))} {i}{number(draw, 1, 9)} {j}{number(draw)}"
    return f"{draw.choice(('G0', 'G1'))} {first}{number(draw)} {second}{number(draw)}"


def polar(draw: Draw) -> str:
    """A move by radius and angle."""
    radius, angle = f"@{number(draw, 1, 20)}", f"^{number(draw, -90, 90)}"
    words = draw.choice((f"{radius} {angle}", radius, angle))
    return f"{draw.choice(('G0', 'G1', '', 'G81 Z-1 R1'))} {words}"


def frame(draw: Draw) -> str:
    """Distance modes, units, planes."""
    return draw.choice(("G17", "G18", "G19", "G20", "G21", "G90", "G91", "G90.1", "G91.1", "G7", "G8", "G18", "G18"))


BLOCKS: dict[str, tuple[Callable[[Draw], str], ...]] = {
    "moves": (straight, straight, arc, modes),
    "offsets": (straight, offsets, offsets, modes, reading),
    "cycles": (cycle, cycle, straight, modes),
    "expressions": (assignment, assignment, reading),
    "probing": (probe, straight, offsets, reading),
    "splines": (spline, straight, modes),
    "threads": (thread, straight, modes),
    "planes": (plane_arc, plane_arc, plane_arc, frame),
    "polar": (polar, polar, straight, frame),
    "mixed": (straight, arc, cycle, offsets, modes, reading, assignment, probe, spline, thread),
}


def plain(draw: Draw, chapter: str) -> str:
    """A program of one chapter: some blocks after a start in which most things are in order."""
    start = "G21 G90 G17 F200" if draw.random() < 0.8 else draw.choice(("G20 F10", "G91 F100", "G18 F100", "G21 F50"))
    lines = [start]
    if chapter in ("cycles", "threads", "mixed"):
        lines.append("S500 M3")
        lines.append(f"G0 X{number(draw)} Z{number(draw, 2, 20)}")
    lines += [draw.choice(BLOCKS[chapter])(draw) for _ in range(draw.randint(2, 9))]
    return "\n".join((*lines, "M2")) + "\n"


def compensated(draw: Draw) -> str:
    """A contour of lines and arcs beside which the tool goes."""
    plane = draw.choice(("G17", "G17", "G17", "G18"))
    x, y, z = "XYZ" if plane == "G17" else "ZXY"
    side = draw.choice(("G41.1", "G42.1"))
    lines = [f"G21 G90 {plane} F200", f"G0 {x}-30 {y}-30", f"{side} D{number(draw, 1, 9)}"]
    at = [0.0, 0.0]
    lines.append(f"G1 {x}0 {y}0")
    for _ in range(draw.randint(2, 7)):
        kind = draw.random()
        to = [round(c + draw.uniform(-30, 30), 1) for c in at]
        if kind < 0.15:
            to = [at[0] + draw.choice((-10.0, 10.0)), at[1]]
        deep = f" {z}{number(draw, -3, 3)}" if draw.random() < 0.15 else ""
        if kind < 0.6:
            lines.append(f"{draw.choice(('G1', 'G1', 'G0'))} {x}{to[0]:g} {y}{to[1]:g}{deep}")
        elif kind < 0.95:
            lines.append(f"{draw.choice(('G2', 'G3'))} {x}{to[0]:g} {y}{to[1]:g} R{number(draw, 22, 60)}{deep}")
        else:
            lines.append(draw.choice((f"G1 {z}{number(draw)}", "M8", "F300", "G4 P.1", "M0", "S100", "M3")))
            continue
        at = to
    lines += ["G40", f"G{draw.randint(0, 1)} {x}-50 {y}{number(draw)}"]
    return "\n".join((*lines, "M2")) + "\n"


def flowing(draw: Draw) -> str:
    """Subroutines, loops and branches, nested at random; all end."""
    labels = iter(range(10, 1000))
    lines = ["G21 G90 F100", "#1=0"]

    def body(depth: int, loop: tuple[int, str] | None) -> None:
        for _ in range(draw.randint(1, 3)):
            kind = draw.random() if depth < 3 else 1.0
            label = next(labels)
            if kind < 0.2:
                relation = draw.choice(("GT", "LT", "EQ"))
                lines.append(f"O{label} IF [{expression(draw, 2)} {relation} {expression(draw, 2)}]")
                body(depth + 1, loop)
                if draw.random() < 0.5:
                    lines.append(f"O{label} ELSEIF [#1 GT {draw.randint(0, 5)}]")
                    body(depth + 1, loop)
                if draw.random() < 0.5:
                    lines.append(f"O{label} ELSE")
                    body(depth + 1, loop)
                lines.append(f"O{label} ENDIF")
            elif kind < 0.35:
                lines.append(f"O{label} REPEAT [{draw.randint(0, 3)}]")
                body(depth + 1, loop)
                lines.append(f"O{label} ENDREPEAT")
            elif kind < 0.5:
                lines.extend([f"#{20 + depth}=0", f"O{label} WHILE [#{20 + depth} LT {draw.randint(0, 4)}]"])
                lines.append(f"#{20 + depth}=[#{20 + depth}+1]")
                body(depth + 1, (label, "while"))
                lines.append(f"O{label} ENDWHILE")
            elif kind < 0.6:
                lines.extend([f"#{20 + depth}=0", f"O{label} DO", f"#{20 + depth}=[#{20 + depth}+1]"])
                body(depth + 1, (label, "do"))
                lines.append(f"O{label} WHILE [#{20 + depth} LT {draw.randint(0, 4)}]")
            elif kind < 0.7 and loop:
                lines.append(f"O{label} IF [#1 GT {draw.randint(0, 9)}]")
                lines.append(f"O{loop[0]} {draw.choice(('BREAK', 'CONTINUE'))}")
                lines.append(f"O{label} ENDIF")
            else:
                some_block = ("#1=[#1+1]", f"G0 X#1 Y{number(draw)}", assignment(draw), "O1 CALL [#1] [2]")
                lines.append(draw.choice(some_block))

    body(0, None)
    sub = ["O1 SUB", f"G0 Y[#1*{number(draw)}]", "#100=[#100+#2]", "#2=7", "O1 ENDSUB [#1+1]"]
    return "\n".join((*(sub if draw.random() < 0.9 else []), *lines, "M2")) + "\n"


def damaged(draw: Draw, program: str) -> str:
    """The program with one thing wrong, perhaps."""
    lines = program.splitlines()
    at = draw.randrange(len(lines))
    kind = draw.random()
    words = lines[at].split()
    if kind < 0.25 and len(words) > 1:
        del words[draw.randrange(len(words))]
        lines[at] = " ".join(words)
    elif kind < 0.5:
        letter = draw.choice("GMXYZABCDEFHIJKLPQRST$@^")
        words.insert(draw.randint(0, len(words)), letter + number(draw, -3, 99))
        lines[at] = " ".join(words)
    elif kind < 0.6 and len(lines) > 2:
        del lines[at]
    elif kind < 0.7:
        lines.insert(at, draw.choice(lines))
    elif kind < 0.85 and lines[at]:
        place = draw.randrange(len(lines[at]))
        put = draw.choice("-.#[]()=*/%0123456789GXO ")
        lines[at] = lines[at][:place] + put + lines[at][place + draw.randint(0, 1) :]
    else:
        other = draw.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines) + "\n"


def drawn(draw: Draw, bad: float = 0.4) -> str:
    """One program."""
    kind = draw.random()
    if kind < 0.2:
        program = compensated(draw)
    elif kind < 0.35:
        program = flowing(draw)
    else:
        program = plain(draw, draw.choice(list(BLOCKS)))
    return damaged(draw, program) if draw.random() < bad else program
