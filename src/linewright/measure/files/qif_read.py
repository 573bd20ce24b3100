"""QIF 2.0, 2.1 and 3.0 (ISO 23952): inspection results and statistics, read as a stream.

Names changed between the versions (CharacteristicActual became CharacteristicMeasurement, MeasurementsResults
became Results); ids are unique in the whole file from 2.1 on, only among elements of one kind in 2.0. What
both share is the chain measurement -> item -> nominal -> definition, and that is what is linked here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from linewright.errors import InputError, Problem
from linewright.measure.files import qif_stats
from linewright.measure.files.guard import MAX_BYTES, check_file, file_hash
from linewright.measure.files.qif_contents import Contents, ResultSet
from linewright.measure.files.qif_link import link
from linewright.measure.files.qif_parts import (
    STATUSES,
    ids_of,
    local_time,
    read_definition,
    read_item,
    read_measured,
    read_nominal,
)
from linewright.measure.files.qif_units import Units, read_units
from linewright.measure.files.record import Inspection, PartType, Status
from linewright.measure.files.xml_stream import line_of, local, stream, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

VERSIONS = ("2.0", "2.1", "3.0")

MEASURED_TAILS = ("CharacteristicActual", "CharacteristicMeasurement")
FEATURE_TAILS = ("FeatureActual", "FeatureMeasurement")

# elements that come whole; everything else is emptied as it ends
KEPT_TAILS = (
    "CharacteristicDefinition", "CharacteristicNominal", "CharacteristicItem", *MEASURED_TAILS,
    *FEATURE_TAILS,
    "FeatureItem",
)  # fmt: skip
KEPT = frozenset(
    {
        "FileUnits",
        "Part",
        "ActualComponent",
        "InspectionTraceability",
        "ActualComponentIds",
        "InspectionStatus",
    }
    | qif_stats.KEPT
)

# sections that carry no result of an inspection; they are named in the notes with how often they stand
LEFT_OUT = frozenset({
    "MeasurementPlan", "MeasurementResources", "Rules", "DatumDefinitions", "DatumReferenceFrames",
    "Transforms", "CoordinateSystems", "StandardsDefinitions", "SoftwareDefinitions",
    "AlgorithmDefinitions", "MeasuredPointSets", "FeatureDefinitions", "FeatureNominals",
    "MeasuredFeatures", "GeometrySet", "TopologySet", "ViewSet", "VisualizationSet", "NoteSet",
    "NoteFlagSet", "PointCloudSet", "AuxiliarySet", "MeshTriangleSet", "AssemblySet",
    "ManufacturingProcessTraceabilities", "ExternalQIFReferences", "UserDataXML", "Signature",
    "PreInspectionTraceability",
})  # fmt: skip


@lru_cache(maxsize=4096)
def comes_whole(name: str) -> bool:
    """Is this an element that is read as one piece?"""
    return name in KEPT or name.endswith(KEPT_TAILS)


def read_qif(path: str | Path, max_bytes: int = MAX_BYTES) -> Inspection:
    """Parts, characteristics, measured values and studies of a QIF file (2.0, 2.1 or 3.0).

    Raises `InputError` for anything that is not such a file: not XML, cut short, a document type, another
    version, a reference to nothing, a unit that contradicts its own factor. What the reader does not take
    over stands in `Inspection.notes`.
    """
    file = Path(path)
    check_file(file, max_bytes)
    contents = Contents(str(file))
    current = ResultSet()
    for event, above, element in stream(file, comes_whole):
        if event == "start":
            current = _open(contents, current, above, element)
        else:
            _close(contents, current, above, element)
    return link(contents, file_hash(file))


def _open(contents: Contents, current: ResultSet, above: tuple[str, ...], element: _Element) -> ResultSet:
    name = local(element)
    if not above:
        contents.version = _version(contents.file, element)
    if name in LEFT_OUT:
        contents.skipped[name] += 1
        contents.skipped_line.setdefault(name, line_of(element))
    if name == "MeasurementResults":
        current = ResultSet(str(element.get("id", "")))
        contents.results.append(current)
    return current


def _version(file: str, root: _Element) -> str:
    if local(root) != "QIFDocument":
        raise InputError(
            [Problem(f"not a QIF file: it opens with <{local(root)}>, not <QIFDocument>", file, 1)]
        )
    version = str(root.get("versionQIF", ""))
    if not version.startswith(VERSIONS):
        raise InputError(
            [
                Problem(
                    f"QIF version {version!r} cannot be read",
                    file,
                    1,
                    hint=f"known are {', '.join(VERSIONS)}",
                )
            ]
        )
    return version


def _close(contents: Contents, current: ResultSet, above: tuple[str, ...], element: _Element) -> None:
    name = local(element)
    units = contents.units or Units(contents.file)
    key = str(element.get("id", ""))
    if name.endswith("CharacteristicDefinition"):
        contents.definitions[key] = read_definition(
            units, element, name.removesuffix("CharacteristicDefinition")
        )
    elif name.endswith("CharacteristicNominal"):
        contents.nominals[key] = read_nominal(units, element, name.removesuffix("CharacteristicNominal"))
    elif name.endswith("CharacteristicItem"):
        contents.items[key] = read_item(element)
    elif name.endswith(MEASURED_TAILS):
        kind = name.removesuffix("CharacteristicActual").removesuffix("CharacteristicMeasurement")
        current.measured.append(read_measured(element, kind))
    elif name.endswith("FeatureItem"):
        contents.feature_names[key] = text_of(element, "FeatureName") or f"feature {key}"
    elif name.endswith(FEATURE_TAILS):
        contents.feature_items[key] = text_of(element, "FeatureItemId")
    elif name in KEPT:
        _close_named(contents, current, above, element, name, key)


def _close_named(
    contents: Contents, current: ResultSet, above: tuple[str, ...], element: _Element, name: str, key: str
) -> None:
    in_results = "MeasurementResults" in above
    if name == "FileUnits":
        contents.units = read_units(contents.file, element)
    elif name == "Part" and above[-1:] == ("PartSet",):
        contents.part_types.append(_part_type(element, key))
    elif name == "ActualComponent":
        status = STATUSES.get(text_of(element, "Status", "InspectionStatusEnum"), Status.UNKNOWN)
        contents.components[key] = (text_of(element, "SerialNumber"), status)
    elif name == "ActualComponentIds" and in_results:
        current.components = ids_of(element)
    elif name == "InspectionStatus" and in_results:
        current.status = STATUSES.get(text_of(element, "InspectionStatusEnum"), Status.UNKNOWN)
    elif name == "InspectionTraceability" and in_results:
        current.time = local_time(text_of(element, "InspectionStart"))
    elif name in qif_stats.STUDIES:
        contents.studies.append(qif_stats.read_study(contents.file, element))
    elif name == "AssignableCause":
        contents.causes[key] = text_of(element, "AssignableCauseEnum") or text_of(
            element, "OtherAssignableCause"
        )
    elif name == "CorrectiveAction":
        contents.actions[key] = text_of(element, "ActionToTake")


def _part_type(element: _Element, key: str) -> PartType:
    name = text_of(element, "Header", "Name") or text_of(element, "Name") or str(element.get("label", ""))
    number_ = text_of(element, "ModelNumber")
    facts = {
        tag: text for tag in ("Version", "Description", "UUID", "QPId") if (text := text_of(element, tag))
    }
    return PartType(key, name or number_, number_, facts)
