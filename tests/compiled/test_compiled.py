"""Compiled code: kept and found again, never half a file, checked where bounds are, and no numba where it is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from linewright.compiled import of_arrays

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

SUM = "import sums; all = sums.numbers(); print(sums.add_up(all.address, 3, 0.5), all.total[0])"
ASK = "import sums; all = sums.numbers(); print(sums.ask(all.address, sums.doubled.address, %d))"
COMPILES = "; import sys; print('numba' in sys.modules)"


def said(script: str, cache: Path | str, **environment: str) -> str:
    """What a process of its own prints."""
    path = os.pathsep.join(map(str, (HERE.parent.parent / "src", HERE)))
    env = os.environ | {"PYTHONPATH": path, "LINEWRIGHT_CACHE": str(cache)} | environment
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=120)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what tests share."""
    return tmp_path_factory.mktemp("kept")


def test_kept_code_runs_without_the_compiler_and_half_of_it_never(tmp_path: Path) -> None:
    assert said(SUM + COMPILES, tmp_path) == "4 3.0\nTrue"
    assert said(SUM + COMPILES, tmp_path) == "4 3.0\nFalse"
    (kept,) = tmp_path.rglob("*.code")
    kept.write_bytes(kept.read_bytes()[:-100])
    assert said(SUM + COMPILES, tmp_path) == "4 3.0\nTrue"
    assert said(SUM + COMPILES, tmp_path) == "4 3.0\nFalse"


def test_a_kernel_takes_in_what_numba_has_kept(tmp_path: Path) -> None:
    """Compiled by an earlier process, a function of arrays comes out of numba's own cache."""
    assert said("import sums; print(sums.twice(3.0))", tmp_path) == "6.0"
    script = "import sums; all = sums.numbers(); sums.twice(3.0); print(sums.double_all(all.address), *all.number)"
    assert said(script, tmp_path) == "4 2.0 4.0 6.0 8.0"


def test_numba_sees_which_functions_of_arrays_are_to_be_built_in() -> None:
    """It asks for the options of what is called; without them the run rules took twice as long."""
    assert of_arrays(abs_of, inline="always").targetoptions["inline"] == "always"
    assert of_arrays(abs_of).targetoptions["inline"] == "never"


def abs_of(x: float) -> float:
    """The size of a number."""
    return -x if x < 0.0 else x


@pytest.mark.parametrize("given", ["", "1, 2, 'three'", "1, 2.5, 3.0", "1, 2, 3.0, 4"])
def test_arguments_that_do_not_fit_are_refused(given: str, kept: Path) -> None:
    assert said(f"import sums; sums.add_up({given})", kept).startswith("TypeError: ")


def test_where_nothing_can_be_kept_it_runs_all_the_same() -> None:
    assert said(SUM, "/dev/null/nowhere") == "4 3.0"


@pytest.mark.parametrize("environment", [{}, {"NUMBA_DISABLE_JIT": "1"}, {"LINEWRIGHT_BOUNDSCHECK": "1"}])
def test_what_is_apart_answers_through_its_address(environment: dict[str, str], tmp_path: Path) -> None:
    assert said(ASK % 2, tmp_path, **environment) == "36"
    if "LINEWRIGHT_BOUNDSCHECK" in environment:
        assert said(ASK % 4, tmp_path, **environment) == "IndexError: index outside the table"


@pytest.mark.parametrize("environment", [{}, {"NUMBA_DISABLE_JIT": "1"}])
def test_whole_numbers_stand_for_numbers_in_their_order(environment: dict[str, str], kept: Path) -> None:
    rising = "0.0, 5e-324, 1.0 - 2.0**-53, 1.0, 1.0 + 2.0**-52, 86400.0, float('inf')"
    places = said(f"import sums; print(*map(sums.place_in_order, ({rising})))", kept, **environment)
    zero, least, before, one, after, day, never = map(int, places.split())
    assert (zero, least) == (0, 1)
    assert (before, after) == (one - 1, one + 1)
    assert after < day < never
    assert never == 0x7FF << 52


def test_kernels_are_compiled_together_once(tmp_path: Path) -> None:
    script = (
        "import sums; from linewright.compiled import compile_together, not_kept;"
        "missing = not_kept(sums.add_up, sums.ask, sums.doubled); print(len(missing));"
        "missing and compile_together(missing)"
    )
    assert said(script, tmp_path) == "3"
    assert len(list(tmp_path.rglob("*.code"))) == 3
    assert said(script, tmp_path) == "0"
