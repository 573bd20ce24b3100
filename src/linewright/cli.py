"""The door of the program: the commands by name, and what each ending means.

Exit codes: 0 done, 1 a fault of ours (with its traceback), 2 the input or the machine's own limits (each
problem on a line of stderr, or one JSON object on stdout with `--json`), 3 the answer is no, 130 stopped with
Ctrl-C, 141 the reader of our output went away.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

import linewright
from linewright.commands.answer import rows_of
from linewright.commands.check import check
from linewright.commands.convert import convert
from linewright.commands.export import export
from linewright.commands.forecast import forecast
from linewright.commands.journal import app as journal
from linewright.commands.machines import machines
from linewright.commands.quality import app as quality
from linewright.commands.report import report
from linewright.commands.run import run
from linewright.commands.schema import schema
from linewright.commands.serve import serve
from linewright.commands.simulate import simulate
from linewright.commands.truth import truth
from linewright.errors import InputError, Problem
from linewright.nc.cli import app as nc
from linewright.nc.time_cli import time

DONE, BAD_INPUT, INTERRUPTED, BROKEN_PIPE = 0, 2, 130, 141

# What the world can refuse without a fault of ours: no room, no right, no such file.
REFUSALS = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
    )
)

app = typer.Typer(name="linewright", add_completion=False, rich_markup_mode=None)
# in the order of `linewright --help`
for command in (check, simulate, run, serve, machines, forecast, report, export, convert, schema, truth):
    app.command()(command)
nc.command()(time)
for commands in (nc, quality, journal):
    app.add_typer(commands)


@app.callback(invoke_without_command=True)
def door(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    """One plant file: run, predict, schedule, assure and expand an automated production line."""
    if version:
        typer.echo(f"linewright {linewright.__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> int:
    """Obey the command line; return the exit code. A fault of ours is not caught: it shows its traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = obey(words)
        sys.stdout.flush()
        return code
    except typer.TyperException as error:
        said = error.format_message().replace("Value error, ", "")
        return refuse([Problem(said, hint="linewright --help lists the commands")], words)
    except InputError as error:
        return refuse(error.problems, words)
    except BrokenPipeError:
        discard_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        return refuse([Problem(os.strerror(error.errno), file=str(error.filename or ""))], words)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("stopped\n")
        return INTERRUPTED


def obey(words: list[str]) -> int:
    """Run the command named by `words`; return its exit code."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("linewright", words) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return DONE


def refuse(problems: Sequence[Problem], words: Sequence[str]) -> int:
    """Report every problem where the caller looks for it: a line of stderr each, or as JSON on stdout."""
    try:
        sys.stdout.flush()
        if "--json" in words:
            print(json.dumps({"problems": rows_of(problems)}), flush=True)
            return BAD_INPUT
    except OSError:  # stdout is what failed: nobody can read JSON there
        discard_output()
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if len(problems) > 1:
        sys.stderr.write(f"{len(problems)} problems\n")
    return BAD_INPUT


def discard_output() -> None:
    """Send what is left in stdout's buffer nowhere: the interpreter's last flush must not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def program() -> NoReturn:
    """The program `linewright`: obey the command line and end at once.

    Everything is written and closed by then; taking the compiler's memory apart piece by piece takes time and
    has been seen to fail.
    """
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    program()
