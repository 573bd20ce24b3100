"""`linewright schema`: the plant language for an editor."""

from __future__ import annotations

import json

import typer

from linewright.commands.options import AsJson


def schema(as_json: AsJson = False) -> None:
    """Print the JSON Schema of the plant file.

    An editor that knows it completes and checks the file while it is written. In VS Code with the YAML
    extension: save it as plant.schema.json and begin the plant file with the line
    `# yaml-language-server: $schema=plant.schema.json`.
    """
    from linewright.plant.schema import plant_schema

    typer.echo(json.dumps(plant_schema(), indent=None if as_json else 2, ensure_ascii=False))
