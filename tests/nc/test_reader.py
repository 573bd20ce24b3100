"""The reader survives every input: no crash, no hang, a clear fault; the fast path is no second opinion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import run_program
from linewright.nc import kernel
from linewright.nc.faults import Category
from linewright.nc.interpreter import Interpreter
from linewright.nc.setup import Limits, Setup

SMALL = Setup(limits=Limits(blocks=3000, loop_blocks=3000, moves=100_000, cycle_passes=200))

WORDS = """
G0 G1 G2 G3 G4 G5 G5.1 G5.2 G5.3 G10 G28 G33 G38.2 G40 G41.1 G43 G53 G54 G76 G81 G83 G87 G90 G91 G92
G93 G95 G96 M0 M2 M3 M6 M30 M66 M70 M72 M98 M99 O1 SUB ENDSUB CALL WHILE ENDWHILE IF ELSE ENDIF
REPEAT ENDREPEAT DO BREAK CONTINUE RETURN GOTO SIN[ ATAN[ SQRT[ MOD EQ ** #<a> #<_x> EXISTS[ THEN END1
99999999999 -1 0.1 1e5 \x00 é
"""
SIGNS = "GMXYZIJKRFSTPQLDHNOE#[]=+-*/.%;()<>@^$ 0123456789\t"
pieces = st.sampled_from([*SIGNS, *WORDS.split(" "), "\n", "\n", "\r\n"])
texts = st.lists(pieces, max_size=60).map("".join)


@settings(max_examples=400, deadline=None)
@given(texts, st.sampled_from(["linuxcnc", "fanuc", "hurco"]))
def test_any_text_ends_with_a_result(text: str, dialect: str) -> None:
    run, moves = run_program(text, SMALL, dialect)
    assert run.fault is None or isinstance(run.fault.category, Category)
    assert np.isfinite(moves["end"]).all()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_end_with_a_result(data: bytes) -> None:
    run, _ = run_program(data.decode("latin-1"), SMALL)
    assert run.ended or run.fault is not None


numbers = st.decimals(-500, 500, places=3, allow_nan=False).map(str)
words = st.tuples(st.sampled_from("XYZABCIJKRF"), numbers).map("".join)
plain_blocks = st.tuples(
    st.sampled_from(["", "G0", "G1", "G2", "g3 ", "G01", "N10 ", "N7 G1"]),
    st.lists(words, max_size=4, unique_by=lambda word: word[0]).map(" ".join),
).map("".join)
modal_blocks = st.sampled_from(
    ["G17", "G18", "G19", "G20", "G21", "G90", "G91", "G10 L2 P1 X5 Y3 R30", "M3 S100", ""]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(plain_blocks, plain_blocks, plain_blocks, modal_blocks), max_size=40))
def test_fast_path_gives_what_the_general_path_gives(blocks: list[str]) -> None:
    text = "\n".join(["G21 F100", *blocks, "M2"])
    quick, quick_moves = run_program(text)
    slow, slow_moves = run_program(text, fast=False)
    assert (quick.fault is None) == (slow.fault is None)
    if quick.fault and slow.fault:
        assert (quick.fault.line, quick.fault.category) == (slow.fault.line, slow.fault.category)
    assert len(quick_moves) == len(slow_moves)
    for name in quick_moves.dtype.names:
        assert np.allclose(quick_moves[name], slow_moves[name], rtol=1e-12, atol=1e-9), name


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("O1 WHILE [1]\nO1 ENDWHILE\nM2\n", Category.LIMIT),
        ("O1 SUB\nO1 CALL\nO1 ENDSUB\nO1 CALL\nM2\n", Category.OWORD),
        ("M98 P1\nM2\nO1\nM98 P1\nM99\n", Category.OWORD),
        ("G21 F1 G83 X1 Z-900000 R1 Q.0001\nM2\n", Category.LIMIT),
        ("G0 X[" + "[" * 5000 + "\nM2\n", Category.SYNTAX),
        ("#1=" + "[" * 100 + "1" + "]" * 100 + "\nM2\n", Category.EXPRESSION),
        ("#1=1\nO1 REPEAT [300]\n#1=[#1*10000]\nO1 ENDREPEAT\nG0 X#1\nM2\n", Category.RANGE),
        ("#1=EXP[700]\n#2=SIN[#1*#1]\nM2\n", Category.EXPRESSION),
    ],
)
def test_bounds(text: str, category: Category) -> None:
    run, _ = run_program(text, SMALL)
    assert run.fault is not None
    assert run.fault.category == category


def test_macro_loop_is_bounded() -> None:
    run, _ = run_program("N1 GOTO 1\nM30\n", SMALL, "fanuc")
    assert run.fault is not None
    assert run.fault.category == Category.LIMIT


def test_chunks_stay_small_however_long_the_program() -> None:
    from linewright.nc.source import Source

    text = "G21 F100\n" + "G1 X1\nX2\n" * 50_000 + "M2\n"
    run = Interpreter(Source("long", text.encode()))
    sizes = [len(chunk) for chunk in run.run()]
    assert sum(sizes) == 100_001
    assert max(sizes) <= 16_384


def test_bytes_are_reckoned_with_alike_uncompiled() -> None:
    data, words = np.frombuffer(b"g1 X250.5\r\n\x80", np.uint8), np.zeros(26)
    assert kernel.read_number.py_func(data, 4, len(data)) == (250.5, 9, 1)
    assert kernel.read_line.py_func(data, 0, len(data), words) == (11, 1 << 23, 1, -1)
    assert kernel.read_line.py_func(data, 11, len(data), words)[0] == -1


@pytest.mark.parametrize(
    "block",
    [
        "T99999999999 M6",
        "M61 Q99999999999",
        "M62 P99999999999",
        "M68 E99999999999 Q1",
        "M66 P99999999999",
        "O99999999999 CALL",
        "G10 L1 P99999999999 Z1",
        "G43 H99999999999",
        "M98 P99999999999",
    ],
)
@pytest.mark.parametrize("dialect", ["linuxcnc", "fanuc"])
def test_numbers_without_measure_are_faults(block: str, dialect: str) -> None:
    run, _ = run_program(f"G21 F100\n{block}\nG1 X1\nM2\n", dialect=dialect)
    assert run.fault is not None


@pytest.mark.parametrize("fast", [True, False])
def test_a_long_line_number_is_no_fault(fast: bool) -> None:
    run, moves = run_program("G21 F100\nN21111111111 G0 X1\nN1234567890 G1 X2\nM2\n", fast=fast)
    assert run.fault is None
    assert moves["block"][:2].tolist() == [999_999_999, 999_999_999]


@pytest.mark.parametrize("dialect", ["linuxcnc", "fanuc", "hurco"])
def test_axes_that_no_machine_has_here_are_a_fault(dialect: str) -> None:
    run, _ = run_program("G21 F100\nG1 X1 U5\nM2\n", dialect=dialect)
    assert run.fault is not None
    assert (run.fault.category, run.fault.line) == (Category.SYNTAX, 2)


@pytest.mark.parametrize("blank", ["\xa0", "\x0b", "\x0c", "\x1f", "\x85"])
def test_white_space_that_is_no_blank_is_a_fault_where_it_stands(blank: str) -> None:
    for line in (f"{blank}O51 IF [1]", f"G1{blank}X1"):
        run, _ = run_program(f"G21 F100\n{line}\nO51 ENDIF\nM2\n")
        assert run.fault is not None
        assert (run.fault.category, run.fault.line) == (Category.SYNTAX, 2)


def test_settings_of_the_control_can_be_read_by_name() -> None:
    setup = Setup(settings={"AXIS_X": {"MAX_LIMIT": "10.5"}, "EMC": {"VERSION": "two"}})
    text = "G21 G0 X#<_ini[AXIS_X]MAX_LIMIT>\n"
    text += "#100=EXISTS[#<_ini[axis_x]max_limit>] #101=EXISTS[#<_ini[EMC]VERSION>]\n{}\nM2\n"
    run, moves = run_program(text.format(""), setup)
    assert run.fault is None
    assert (moves["end"][0][0], run.numbered[100], run.numbered[101]) == (10.5, 1.0, 0.0)
    for block in ("#1=#<_ini[AXIS_Y]MAX_LIMIT>", "#<_ini[AXIS_X]MAX_LIMIT>=3"):
        run, _ = run_program(text.format(block), setup)
        assert run.fault is not None
        assert (run.fault.category, run.fault.line) == (Category.PARAMETER, 3)


@pytest.mark.parametrize("opening", ["O10 WHILE [0]", "O10 IF [0]", "O10 REPEAT [0]"])
def test_a_misspelt_end_is_the_fault_and_not_the_end_of_the_file(opening: str) -> None:
    run, _ = run_program(f"{opening}\nG0 X1\nO10 ENDWHIL\nG0 X2\nM2\n")
    assert run.fault is not None
    assert (run.fault.category, run.fault.line, run.fault.text) == (Category.OWORD, 3, "O10 ENDWHIL")
    run, _ = run_program(f"{opening}\nG0 X1\nG0 X2\nM2\n")
    assert run.fault is not None
    assert (run.fault.category, run.fault.line) == (Category.OWORD, 4)
