"""One HTML page of several figures and tables that opens anywhere, without a network."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font-family: Inter, "Segoe UI", Helvetica, Arial, sans-serif; color: #1f2a36; max-width: 1200px;
  margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.15rem; margin-top: 2.5rem; }} p {{ color: #55606c; }}
table {{ border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: 0.2rem 0.7rem; border-bottom: 1px solid #e3e7eb; white-space: nowrap; }}
section {{ overflow-x: auto; }}
th:first-child, td:first-child {{ text-align: left; }} th {{ border-bottom-color: #1f2a36; }}
td.bad {{ color: #b23a32; font-weight: 600; }} section {{ margin-bottom: 2rem; }}
@media print {{ section {{ break-inside: avoid; }} }}
</style></head><body><h1>{title}</h1>
"""


@dataclass(frozen=True)
class Table:
    """A table on a page under a heading of its own; cells that begin with `!` are marked as bad."""

    heading: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def html(self) -> str:
        """The table as HTML, its texts escaped."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.head)
        body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in self.rows)
        title = f"<h2>{html.escape(self.heading)}</h2>" if self.heading else ""
        return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    bad = text.startswith("!")
    return f"<td{' class=bad' if bad else ''}>{html.escape(text.removeprefix('!'))}</td>"


def write_page(path: Path | str, title: str, sections: Iterable[tuple[Any, str]]) -> Path:
    """Write figures and tables, each with a line of text below it, into one file; plotly's script goes in once."""
    target = Path(path)
    parts = [_HEAD.format(title=html.escape(title))]
    scripted = False
    for figure, text in sections:
        if isinstance(figure, Table):
            picture = figure.html()
        else:
            picture = figure.to_html(full_html=False, include_plotlyjs=not scripted, config={"displaylogo": False})
            scripted = True
        note = f"<p>{html.escape(text)}</p>" if text else ""
        parts.append(f"<section>{picture}{note}</section>\n")
    parts.append("</body></html>\n")
    target.write_text("".join(parts), encoding="utf-8")
    return target
