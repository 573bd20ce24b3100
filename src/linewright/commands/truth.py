"""`linewright truth`: are the twin's answers the exact ones?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import can_write

if TYPE_CHECKING:
    from linewright.twin.truth import Verdict

Rows = Annotated[
    Path, typer.Argument(metavar="ROWS", help="CSV: case, parameters (JSON), measure, exact value.")
]
Cases = Annotated[
    Path | None, typer.Option("--cases", metavar="FOLDER", help="Published cases to run too, for --markdown.")
]
Markdown = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write the verdicts as a page with tables.")
]
Seed = Annotated[int, typer.Option(min=0, help="Another number, other luck.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Cores to use; the figures do not depend on it.")]


def truth(
    rows: Rows, cases: Cases = None, markdown: Markdown = None, seed: Seed = 1, threads: Threads = None
) -> None:
    """Simulate rows of exact answers and say which ones hold, a line of JSON each.

    Each row is run until its standard error is at most 0.3% of the exact value; it holds within 3.5 standard
    errors. A row that a line cannot express says why.
    """
    can_write(markdown=markdown)
    from linewright.twin.truth import run_truth

    verdicts: list[Verdict] = []
    for verdict in run_truth(rows, seed, threads):
        typer.echo(verdict.to_json())
        verdicts.append(verdict)
    if markdown:
        from linewright.twin.truth_cases import run_cases
        from linewright.twin.truth_report import to_markdown

        figures = list(run_cases(cases, seed, threads)) if cases else []
        markdown.write_text(to_markdown(verdicts, figures), encoding="utf-8")
