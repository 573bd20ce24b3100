"""One HTML page of several figures that opens anywhere, without a network."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font-family: Inter, "Segoe UI", Helvetica, Arial, sans-serif; color: #1f2a36; max-width: 1200px;
  margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }} p {{ color: #55606c; }} section {{ margin-bottom: 2rem; }}
@media print {{ section {{ break-inside: avoid; }} }}
</style></head><body><h1>{title}</h1>
"""


def write_page(path: Path | str, title: str, sections: Iterable[tuple[Any, str]]) -> Path:
    """Write figures, each with a line of text below it, into one file; the script of plotly goes in once."""
    target = Path(path)
    parts = [_HEAD.format(title=html.escape(title))]
    for number, (figure, text) in enumerate(sections):
        picture = figure.to_html(full_html=False, include_plotlyjs=number == 0, config={"displaylogo": False})
        note = f"<p>{html.escape(text)}</p>" if text else ""
        parts.append(f"<section>{picture}{note}</section>\n")
    parts.append("</body></html>\n")
    target.write_text("".join(parts), encoding="utf-8")
    return target
