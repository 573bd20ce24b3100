"""The JSON Schema of the plant file, by which editors complete and check it while it is written."""

from __future__ import annotations

from typing import Any

from linewright.plant.model import Plant
from linewright.plant.quantities import TYPE_KEY

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def plant_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the written form: texts with units, shorthands, every table."""
    schema = Plant.model_json_schema(by_alias=True)
    types: dict[str, Any] = {}
    tables = {name: _tidy(table, types) for name, table in schema.pop("$defs").items()}
    body = _tidy(schema, types)
    return {"$schema": SCHEMA, **body, "title": "Linewright plant file", "$defs": {**tables, **types}}


def _tidy(node: Any, types: dict[str, Any]) -> Any:
    """Refer to named types, drop titles that only repeat the key, write defaults as a file does."""
    if isinstance(node, list):
        return [_tidy(each, types) for each in node]
    if not isinstance(node, dict):
        return node
    if TYPE_KEY in node:
        return _referred(node, types)
    tidy = {
        key: _tidy(value, types)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }
    return _without_empty_default(tidy)


def _referred(node: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    beside: dict[str, Any] = {key: node[key] for key in ("description", "default") if key in node}
    name = node[TYPE_KEY]
    types[name] = {key: value for key, value in node.items() if key not in (TYPE_KEY, *beside)}
    if name == "Count" and beside.get("default") == -1:
        beside["default"] = "unlimited"
    return _without_empty_default({"$ref": f"#/$defs/{name}", **beside})


def _without_empty_default(node: dict[str, Any]) -> dict[str, Any]:
    """A default that is nothing, or a table of defaults, tells an editor nothing."""
    return {k: v for k, v in node.items() if k != "default" or not (v is None or isinstance(v, dict | list))}
