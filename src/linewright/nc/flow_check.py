"""What can be said of a program's flow without running it: recursion, subroutines never called, no end."""

from __future__ import annotations

import re

from linewright.nc.findings import Finding
from linewright.nc.interpreter import Interpreter
from linewright.nc.source import FlowLine, Source

PROGRAM_END = re.compile(rb"[mM]\s*0*(?:2|30|99)(?!\d)")


def flow_findings(run: Interpreter) -> list[Finding]:
    """Findings of the main file's flow."""
    source = run.main
    found: list[Finding] = []
    if run.fault is None and not has_end(source) and not run.in_percent:
        found.append(Finding("no-end", "no M2 or M30 ends the program", source.name, 0))
    if not run.dialect.owords or run.fault is not None:
        return found
    lines = [line for line in source.flow_lines() if line.statement]
    calls = calls_by_sub(lines)
    called = set().union(*calls.values()) if calls else set()
    for line in lines:
        assert line.statement is not None
        if line.statement.keyword == "sub" and line.statement.label not in called:
            found.append(
                Finding(
                    "uncalled", f"subroutine O{line.statement.label} is never called", source.name, line.line
                )
            )
        if line.statement.keyword == "sub" and calls_itself(line.statement.label, calls):
            found.append(
                Finding(
                    "recursion", f"subroutine O{line.statement.label} calls itself", source.name, line.line
                )
            )
    return found


def has_end(source: Source) -> bool:
    """Whether an M2, M30 or M99 stands anywhere; read from the end of the file, where it is."""
    tail = source.data[max(0, source.size - 4096) : source.size]
    return bool(PROGRAM_END.search(tail)) or bool(PROGRAM_END.search(source.data))


def calls_by_sub(lines: list[FlowLine]) -> dict[str, set[str]]:
    """Which labels each subroutine calls; the main program is ''."""
    calls: dict[str, set[str]] = {"": set()}
    inside = ""
    for line in lines:
        assert line.statement is not None
        keyword, label = line.statement.keyword, line.statement.label
        if keyword == "sub":
            inside = label
            calls.setdefault(label, set())
        elif keyword == "endsub":
            inside = ""
        elif keyword == "call":
            calls[inside].add(label)
    return calls


def calls_itself(label: str, calls: dict[str, set[str]]) -> bool:
    """Whether calls lead from a subroutine back to it."""
    seen: set[str] = set()
    ahead = list(calls.get(label, ()))
    while ahead:
        name = ahead.pop()
        if name == label:
            return True
        if name not in seen:
            seen.add(name)
            ahead.extend(calls.get(name, ()))
    return False
