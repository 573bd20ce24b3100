"""Findings of the checker, graded, and how they are written: text, JSON, SARIF 2.1.0."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class Grade(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # the program must not be started
    WARNING = "warning"  # a person should look at it first
    NOTE = "note"  # good to know


#: rule -> (grade, what to do)
RULES: dict[str, tuple[Grade, str]] = {
    "program-fault": (Grade.ERROR, "correct the block; the control would stop here"),
    "travel": (Grade.ERROR, "check the work offset, the tool length and the programmed position"),
    "rapid-in-stock": (Grade.ERROR, "retract above the stock first, or use G1 with a feed"),
    "spindle-off": (Grade.ERROR, "start the spindle with S and M3 before the cut"),
    "spindle-range": (Grade.ERROR, "choose a speed within the spindle's range"),
    "feed-range": (Grade.WARNING, "choose a feed within the machine's range"),
    "no-tool": (Grade.ERROR, "load a tool with T and M6 before the cut"),
    "tool-reach": (Grade.ERROR, "take a longer tool, or cut less deep"),
    "tool-life": (Grade.ERROR, "replace the tool before the program is started"),
    "length-offset": (Grade.WARNING, "take the tool's length with G43 H after the tool change"),
    "start-modes": (Grade.WARNING, "begin the program with G21 (or G20) G90 G17 and a work offset"),
    "recursion": (Grade.ERROR, "a subroutine must not call itself"),
    "uncalled": (Grade.NOTE, "call the subroutine or remove it"),
    "no-end": (Grade.WARNING, "end the program with M30 or M2"),
    "undefined": (Grade.WARNING, "write it in a form that the dialect defines"),
    "ignored": (Grade.NOTE, "make sure that the control behaves as expected"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a program."""

    rule: str
    message: str
    file: str
    line: int  # 1-based; 0: the program as a whole
    text: str = ""  # the block as written
    count: int = 1  # how often it was found; the place is that of the first

    @property
    def grade(self) -> Grade:
        """How bad it is."""
        return RULES[self.rule][0]

    @property
    def advice(self) -> str:
        """What to do."""
        return RULES[self.rule][1]


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a program, the worst first within the order of lines, and what it needs."""

    program: str
    findings: tuple[Finding, ...]
    blocks: int
    moves: int
    extent_mm: tuple[tuple[float, float, float], tuple[float, float, float]] | None  # arcs' bulges included
    cutting_s: dict[int, float]  # tool -> cutting time at the programmed feed

    @property
    def ready(self) -> bool:
        """Whether the program may be started."""
        return all(finding.grade != Grade.ERROR for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "program": self.program,
            "ready": self.ready,
            "blocks": self.blocks,
            "moves": self.moves,
            "extent_mm": {"min": self.extent_mm[0], "max": self.extent_mm[1]} if self.extent_mm else None,
            "cutting_s": {str(tool): round(seconds, 3) for tool, seconds in sorted(self.cutting_s.items())},
            "findings": [
                {**asdict(finding), "grade": str(finding.grade), "advice": finding.advice}
                for finding in self.findings
            ],
        }

    def as_text(self) -> str:
        """For people: one finding a line, the block below it."""
        lines = []
        for finding in self.findings:
            place = f"{finding.file}:{finding.line}" if finding.line else finding.file
            again = f" ({finding.count} times)" if finding.count > 1 else ""
            lines.append(f"{place}: {finding.grade}: {finding.message}{again} [{finding.rule}]")
            if finding.text:
                lines.append(f"    {finding.text}")
            lines.append(f"    -> {finding.advice}")
        worst = "ready to run" if self.ready else "not to be started"
        lines.append(f"{self.program}: {self.blocks} blocks, {self.moves} moves: {worst}")
        return "\n".join(lines)

    def as_sarif(self) -> dict[str, Any]:
        """For tools that show findings in an editor."""
        used = sorted({finding.rule for finding in self.findings})
        return {
            "$schema": SARIF_SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": "linewright nc check",
                            "rules": [
                                {
                                    "id": rule,
                                    "help": {"text": RULES[rule][1]},
                                    "defaultConfiguration": {"level": str(RULES[rule][0])},
                                }
                                for rule in used
                            ],
                        }
                    },
                    "results": [sarif_result(finding) for finding in self.findings],
                }
            ],
        }


def sarif_result(finding: Finding) -> dict[str, Any]:
    """One finding as a SARIF result."""
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.file)}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.rule,
        "level": str(finding.grade),
        "message": {"text": f"{finding.message}; {finding.advice}"},
        "locations": [{"physicalLocation": place}],
        "occurrenceCount": finding.count,
    }
