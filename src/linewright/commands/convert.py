"""`linewright convert`: a plant file from YAML to a workbook and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from linewright.commands.answer import answer
from linewright.commands.options import AsJson, PlantFile
from linewright.errors import InputError, Problem

TargetFile = Annotated[Path, typer.Argument(metavar="TARGET", help="File to write, .yaml or .xlsx.")]
Force = Annotated[bool, typer.Option("--force", help="Write over TARGET if it is there.")]


def convert(plant: PlantFile, target: TargetFile, force: Force = False, as_json: AsJson = False) -> None:
    """Convert a plant file from YAML to XLSX or back.

    Nothing of the plant is lost; the comments of a YAML file are.
    """
    from linewright.plant import load_plant
    from linewright.plant.save import save_plant

    line = load_plant(plant)
    if target.exists() and not force:
        raise InputError([Problem("is there already", str(target), hint="--force writes over it")])
    save_plant(line, target)
    answer({"plant": line.plant, "written": str(target)}, f"{line.plant}: written to {target}", as_json)
