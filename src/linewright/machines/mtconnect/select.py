"""Which items an XPath means: the `path` parameter of `current` and `sample`."""

from __future__ import annotations

from lxml import etree

from linewright.machines.mtconnect.agent import Component, Shelf

MOST_LETTERS = 300
MOST_STEPS = 6  # `//` and predicates: each may look at the whole document once more


class BadPath(Exception):
    """This is no path to data items."""


def select(path: str, shelves: list[Shelf]) -> frozenset[str]:
    """The ids of the items that a path leads to: its data items, or those of the components. Raises BadPath.

    Paths are of MTConnect's usual form, as `//Axes//DataItem[@type="POSITION"]`; without functions, so that nobody can
    keep us busy with one.
    """
    if len(path) > MOST_LETTERS or path.count("//") + path.count("[") > MOST_STEPS or "(" in path:
        raise BadPath("too long a path, or one with functions")
    devices = etree.Element("Devices")
    for shelf in shelves:
        devices.append(_tree(shelf.root))
    try:
        found = etree.ElementTree(devices).xpath(path)
    except etree.XPathError as error:
        raise BadPath(f"no XPath: {error}") from None
    if not isinstance(found, list):
        raise BadPath("the path leads to no data item")
    elements = [element for element in found if etree.iselement(element)]
    ids = {item.get("id", "") for element in elements for item in element.iter("DataItem")}
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
