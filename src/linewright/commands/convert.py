"""`linewright convert`: a plant file from YAML to a workbook and back."""

from __future__ import annotations

from linewright.commands.answer import answer
from linewright.commands.options import AsJson, Force, PlantFile, TargetFile
from linewright.errors import InputError, Problem


def convert(plant: PlantFile, target: TargetFile, force: Force = False, as_json: AsJson = False) -> None:
    """Convert a plant file from YAML to XLSX or back.

    Nothing of the plant is lost; the comments of a YAML file are.
    """
    from linewright.plant.save import convert_plant

    if target.exists() and not force:
        raise InputError([Problem("is there already", str(target), hint="--force writes over it")])
    line = convert_plant(plant, target)
    answer({"plant": line.plant, "written": str(target)}, f"{line.plant}: written to {target}", as_json)
