"""What each ending of the program looks like from outside: exit code, stderr, stdout."""

from __future__ import annotations

import errno
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from linewright import __version__, cli
from linewright.errors import InputError, Problem

TWO_PROBLEMS = [
    Problem(
        "no station is called 'lath'", "plant.yaml", 12, 9, "routes.shaft.turn.at", "did you mean 'lathe'?"
    ),
    Problem("-3 machines", "plant.yaml", 4, 0, "stations.mill.machines"),
]

# A program that is `linewright` with one command, which does what is put in.
OBEY_BY = "from linewright import cli\ncli.obey = lambda words: {} or 0\nraise SystemExit(cli.main())"


def run_python(source: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=600)


def cpu_s_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def obey_by(monkeypatch: pytest.MonkeyPatch, outcome: BaseException) -> None:
    def fail(words: list[str]) -> int:
        raise outcome

    monkeypatch.setattr(cli, "obey", fail)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"linewright {__version__}\n"


def test_no_words_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "Usage: linewright" in capsys.readouterr().out


def test_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fly"]) == 2
    seen = capsys.readouterr()
    assert "No such command 'fly'" in seen.err
    assert seen.out == ""


def test_problems_go_to_stderr_one_a_line(monkeypatch, capsys) -> None:
    obey_by(monkeypatch, InputError(TWO_PROBLEMS))
    assert cli.main(["check", "plant.yaml"]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.splitlines() == [
        "plant.yaml:12:9: routes.shaft.turn.at: no station is called 'lath' (did you mean 'lathe'?)",
        "plant.yaml:4: stations.mill.machines: -3 machines",
        "2 problems",
    ]


def test_problems_as_json_go_to_stdout(monkeypatch, capsys) -> None:
    obey_by(monkeypatch, InputError(TWO_PROBLEMS))
    assert cli.main(["check", "plant.yaml", "--json"]) == 2
    seen = capsys.readouterr()
    assert seen.err == ""
    problems = json.loads(seen.out)["problems"]
    assert [problem["line"] for problem in problems] == [12, 4]
    assert problems[0]["hint"] == "did you mean 'lathe'?"


def test_a_wrong_command_line_is_json_too(capsys) -> None:
    assert cli.main(["fly", "--json"]) == 2
    assert "fly" in json.loads(capsys.readouterr().out)["problems"][0]["message"]


def test_a_full_disk_names_the_file(monkeypatch, capsys) -> None:
    obey_by(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "out/run.html"))
    assert cli.main(["run", "plant.yaml"]) == 2
    assert capsys.readouterr().err == "out/run.html: No space left on device\n"


def test_ctrl_c_ends_quietly(monkeypatch, capsys) -> None:
    obey_by(monkeypatch, KeyboardInterrupt())
    assert cli.main(["run", "plant.yaml"]) == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize("fault", [ValueError("ours"), OSError(errno.EBADF, "Bad file"), KeyError("ours")])
def test_a_fault_of_ours_is_not_hidden(monkeypatch, fault) -> None:
    obey_by(monkeypatch, fault)
    with pytest.raises(type(fault)):
        cli.main(["check"])


def test_a_fault_of_ours_shows_its_traceback_and_exits_1() -> None:
    ended = run_python(OBEY_BY.format("1 // 0"))
    assert ended.returncode == 1
    assert "ZeroDivisionError" in ended.stderr and "Traceback" in ended.stderr


def test_a_reader_that_goes_away_is_met_quietly() -> None:
    words = [sys.executable, "-c", OBEY_BY.format("print('part ' * 100_000)")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.read(5)
        program.stdout.close()
        complaints = program.stderr.read()
    assert complaints == ""
    assert program.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("option", ["--help", "--json"])
def test_output_to_a_full_disk_is_a_clear_error(option: str) -> None:
    words = [sys.executable, "-c", OBEY_BY.format("print('part')"), option]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=600)
    assert ended.returncode == 2
    assert ended.stderr == "No space left on device\n"


def test_help_is_quick_and_loads_no_heavy_library() -> None:
    """Under 0.4 s for `--help`, in CPU seconds and the best of three: a loaded machine is not our fault."""
    source = (
        "import sys\nfrom linewright import cli\ncode = cli.main(['--help'])\n"
        "heavy = {'numpy', 'numba', 'scipy', 'pydantic', 'rich', 'pint', 'plotly', 'pyarrow', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\nraise SystemExit(code)"
    )
    took_s = []
    for _ in range(3):
        began_s = cpu_s_of_children()
        ended = run_python(source)
        took_s.append(cpu_s_of_children() - began_s)
        assert ended.returncode == 0
        assert ended.stderr.strip() == "[]"
    assert min(took_s) < 0.4
