"""XML as a stream of finished elements: nothing is kept but what the caller keeps, and no entity is
expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from linewright.errors import InputError, Problem

if TYPE_CHECKING:
    from lxml.etree import _Element


def local(element: _Element) -> str:
    """The element's name without its namespace."""
    return _without_namespace(str(element.tag))


@lru_cache(maxsize=4096)  # a file has few names and many elements
def _without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def line_of(element: _Element) -> int:
    """The element's line in the file, 0 where it is not known."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def text_of(element: _Element, *path: str) -> str:
    """Stripped text of the first descendant at `path` of local names; "" where there is none."""
    found = find(element, *path)
    return (found.text or "").strip() if found is not None else ""


def find(element: _Element, *path: str) -> _Element | None:
    """The first descendant at `path` of local names, whatever the namespace."""
    for name in path:
        for child in element:
            if isinstance(child.tag, str) and local(child) == name:
                element = child
                break
        else:
            return None
    return element


def children(element: _Element, *path: str) -> list[_Element]:
    """The elements below the element at `path`; none where there is no such element."""
    found = find(element, *path)
    return [] if found is None else [child for child in found if isinstance(child.tag, str)]


def stream(path: Path, comes_whole: Callable[[str], bool]) -> Iterator[tuple[str, tuple[str, ...], _Element]]:
    """Each element as ("start" or "end", path of local names above it, element).

    At its end an element is emptied, unless one above it `comes_whole`: such an element keeps what is in it
    until its own end. Entities are never expanded, external files never read, a document type refused: no
    inspection file needs one. Memory is bounded by the largest kept element.
    """
    from lxml import etree

    above: list[str] = []
    kept = 0
    try:
        events = etree.iterparse(
            str(path), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for event, element in events:
            name = local(element)
            if event == "start":
                if not above:
                    refuse_document_type(path, element)
                yield event, tuple(above), element
                above.append(name)
                kept += comes_whole(name)
                continue
            above.pop()
            kept -= comes_whole(name)
            if not kept:
                yield event, tuple(above), element
            if not kept:
                forget(element)
    except etree.XMLSyntaxError as wrong:
        line, column = wrong.position
        raise InputError(
            [
                Problem(
                    f"not well-formed XML: {wrong.msg}",
                    str(path),
                    line or 0,
                    column or 0,
                    hint=_cut_short(wrong.msg),
                )
            ]
        ) from None


def refuse_document_type(path: Path, root: _Element) -> None:
    """Entities are how a small file grows to gigabytes; a document type is where they are declared."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(
            [
                Problem(
                    "the file declares a document type (DOCTYPE): refused, it could hide entities", str(path)
                )
            ]
        )


def forget(element: _Element) -> None:
    """Free an element that has been dealt with, and the emptied ones before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _cut_short(message: str | None) -> str:
    early = ("Premature end", "not found", "EndTag", "Extra content", "Couldn't find end")
    return "is the file cut short?" if message and any(word in message for word in early) else ""
