"""What a check finds: errors, with which nothing runs, and warnings, each with its place in the file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from linewright.errors import Problem, nearest
from linewright.plant.yaml_source import Path, Source


@dataclass(slots=True)
class Findings:
    """Errors and warnings about one plant, in the order in which they were found."""

    source: Source
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, path: Path, message: str, hint: str = "", at_key: bool = False) -> None:
        """Something with which the line cannot run."""
        self.errors.append(self.source.problem(path, message, hint, at_key))

    def warn(self, path: Path, message: str, hint: str = "") -> None:
        """Something that is probably not meant so."""
        self.warnings.append(self.source.problem(path, message, hint))

    def expect(
        self, name: str, choices: Collection[str], what: str, path: Path, at_key: bool = False
    ) -> bool:
        """A name must be one of the choices; the nearest is proposed."""
        if name in choices:
            return True
        self.error(path, f"unknown {what} {name!r}", nearest(name, choices), at_key)
        return False
