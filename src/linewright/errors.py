"""The errors that a user can cause, apart from the faults that only we can cause.

Anything a person can get wrong (a file, an option, a full disk) is reported as an `InputError`, a list of
`Problem`s with the place of each, and ends with exit code 2. Anything else is a fault of ours: it keeps its
traceback and ends with exit code 1.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input: where it stands, what is wrong, and what to write instead."""

    message: str
    file: str = ""
    line: int = 0  # 1-based; 0: the whole file
    column: int = 0  # 1-based; 0: the whole line
    key: str = ""  # path of keys, as "stations.lathe.setup.time"
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        head = ": ".join(part for part in (place, self.key) if part)
        text = f"{head}: {self.message}" if head else self.message
        return f"{text} ({self.hint})" if self.hint else text


class InputError(Exception):
    """The input cannot be used as it is. Carries every problem found, not the first alone."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems = [Problem(problems)] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, choices: Iterable[str]) -> str:
    """A hint that names the valid choice nearest to `word`, or all of them where none is near."""
    names = sorted(set(choices))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"choose from: {', '.join(names)}" if names else ""
