"""Truth rows and published cases as the page `docs/truth.md`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from linewright.twin.truth import RELATIVE_ERROR, REPLICATIONS, WITHIN, Verdict
from linewright.twin.truth_cases import Figure

_HEAD = f"""# Does the twin tell the truth?

This page is made by `linewright truth ROWS.csv --cases examples/cases --markdown docs/truth.md`; nothing in
it is written by hand.

## Exact answers

Queues and lines whose answer is known exactly, simulated with all statistics on ({REPLICATIONS} replications)
until the standard error is at most {RELATIVE_ERROR:.1%} of the answer. A row holds where the exact value lies
within {WITHIN:g} standard errors of the estimate.
"""

_CASES = """
## Published cases

Lines that others have published, as plant files in `examples/cases`. Intervals: the reported one where the
source gives one, else the scatter that so many replications have in our runs; ours at 95%.
"""


def to_markdown(verdicts: Sequence[Verdict], figures: Sequence[Figure]) -> str:
    """The whole page."""
    said = [v for v in verdicts if v.expressible]
    lines = [_HEAD, f"{sum(bool(v.holds) for v in said)} of {len(said)} rows hold.", ""]
    lines += table(
        ("case", "parameters", "measure", "exact", "estimate", "standard error", "errors away", "holds"),
        (exact_row(v) for v in said),
    )
    unsaid = [v for v in verdicts if not v.expressible]
    if unsaid:
        lines += ["", "Rows that a line cannot express:", ""]
        lines += [f"- {v.case}: {v.why}" for v in unsaid]
    if figures:
        lines += [_CASES]
        lines += table(
            ("case", "measure", "reported", "interval", "ours", "interval", "agree", "if not, why"),
            (case_row(f) for f in figures),
        )
    return "\n".join(lines) + "\n"


def exact_row(v: Verdict) -> tuple[str, ...]:
    """One row of the table; the standard error as a share of the exact value."""
    if v.estimate is None or v.standard_error is None:
        return (v.case, "", v.measure, f"{v.exact:.6g}", v.why, "", "", "**no**")
    away = (v.estimate - v.exact) / v.standard_error if v.standard_error else 0.0
    return (
        v.case,
        ", ".join(
            f"{name} {short(value)}" for name, value in v.parameters.items() if name not in ("best", "note")
        ),
        v.measure,
        f"{v.exact:.6g}",
        f"{v.estimate:.6g}",
        f"{v.standard_error / abs(v.exact):.2%}",
        f"{away:+.1f}",
        "yes" if v.holds else "**no**",
    )


def short(value: object) -> str:
    return str(value).replace(" ", "")


def case_row(f: Figure) -> tuple[str, ...]:
    return (
        f"{f.case}, {f.plant}" if f.plant != "plant" else f.case,
        f"{f.measure} ({f.unit})" if f.of == "total" else f"{f.measure}, {f.of} ({f.unit})",
        f"{f.reported:g}",
        f"{f.low:.4g} to {f.high:.4g}",
        f"{f.ours:.4g}",
        f"{f.ours_low:.4g} to {f.ours_high:.4g}" if f.ours_low < f.ours_high else "one run",
        "yes" if f.agrees else "no",
        "" if f.agrees else f.why,
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows),
    ]
