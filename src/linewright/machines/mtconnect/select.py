"""Which items an XPath means: the `path` parameter of `current` and `sample`."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from linewright.machines.mtconnect.agent import Component, Shelf

MOST_LETTERS = 300
MOST_DEEP = 3  # steps by `//`: each looks at the whole document once more
_TEST = r"""@\w+=(?:"[^"]*"|'[^']*')"""
_STEP = rf"//?(?:\w+|\*)(?:\[{_TEST}(?:\s+(?:and|or)\s+{_TEST})*\])*"
_PATH = re.compile(rf"(?:{_STEP})+(?:\|(?:{_STEP})+)*")


class BadPath(Exception):
    """This is no path to data items."""


def select(path: str, shelves: list[Shelf]) -> frozenset[str]:
    """The ids of the items that a path leads to: its data items, or those of the components. Raises BadPath.

    Of XPath what clients of MTConnect use, as `//Axes//DataItem[@type="POSITION" and @subType="ACTUAL"]`: other axes,
    functions and paths within predicates could keep us busy for hours.
    """
    if len(path) > MOST_LETTERS or path.count("//") > MOST_DEEP or not _PATH.fullmatch(path):
        raise BadPath('paths are of the form //Axes//DataItem[@type="POSITION"], short and without functions')
    devices = etree.Element("Devices")
    for shelf in shelves:
        devices.append(_tree(shelf.root))
    found: Any = etree.ElementTree(devices).xpath(path)
    ids = {item.get("id", "") for element in found for item in element.iter("DataItem")}
    if not ids:
        raise BadPath("the path leads to no data item")
    return frozenset(ids)


def _tree(component: Component) -> etree._Element:
    element = etree.Element(component.type, {"id": component.id, "name": component.name})
    if component.items:
        group = etree.SubElement(element, "DataItems")
        for item in component.items:
            attributes = {"id": item.id, "type": item.type, "category": item.category.name, "name": item.name}
            if item.sub_type:
                attributes["subType"] = item.sub_type
            etree.SubElement(group, "DataItem", attributes)
    if component.parts:
        group = etree.SubElement(element, "Components")
        group.extend(_tree(part) for part in component.parts)
    return element
