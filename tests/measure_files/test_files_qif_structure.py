"""QIF 3.0 as we write it: against the schema where it is at hand, and against the rules that need no schema.

The schema files (`QIFDocument.xsd` and what it includes) are looked for in the reference pack; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from file_cases import reference_folder, samples
from lxml import etree

from linewright.measure.files import Characteristic, read_qif, write_qif
from linewright.measure.files.qif_write import NAMESPACE

# the sequences of the schema, as far as we write their elements; a kind of characteristic stands as *
SEQUENCES = {
    "QIFDocument": "QPId FileUnits Product Characteristics Results Statistics",
    "FileUnits": "PrimaryUnits OtherUnits",
    "LinearUnit": "SIUnitName UnitName UnitConversion",
    "AngularUnit": "SIUnitName UnitName UnitConversion",
    "Part": "ModelNumber Version",
    "Characteristics": "CharacteristicDefinitions CharacteristicNominals CharacteristicItems",
    "*CharacteristicDefinition": "Name Tolerance NonTolerance ToleranceValue MaterialCondition ZoneShape WhatToMeasure",
    "Tolerance": "MaxValue MinValue DefinedAsLimit",
    "*CharacteristicItem": "Description Name CharacteristicDesignator CharacteristicNominalId",
    "Results": "MeasurementResultsSet ActualComponentSets",
    "MeasurementResults": "InspectionTraceability MeasuredCharacteristics InspectionStatus ActualComponentIds",
    "ActualComponent": "SerialNumber Status",
    "Statistics": "StatisticalStudyPlans StatisticalStudiesResults",
}
# what an element that holds a number of another refers to
REFERENCES = {
    "CharacteristicDefinitionId": "CharacteristicDefinition",
    "CharacteristicNominalId": "CharacteristicNominal",
    "CharacteristicItemId": "CharacteristicItem",
}
KINDS = ("CharacteristicDefinition", "CharacteristicNominal", "CharacteristicItem", "CharacteristicMeasurement")


def local(element: etree._Element) -> str:
    name = etree.QName(element).localname
    return next((f"*{kind}" for kind in KINDS if name.endswith(kind)), name)


def faults(root: etree._Element) -> Iterator[str]:
    """What breaks a rule that holds in every QIF 3.0 document."""
    elements = list(root.iter())
    by_id = {e.get("id"): etree.QName(e).localname for e in elements if e.get("id")}
    if len(by_id) != sum(e.get("id") is not None for e in elements):
        yield "an id is used twice"
    if int(root.get("idMax")) < max(map(int, by_id), default=0):
        yield "idMax is below an id"
    for e in elements:
        name, children = local(e), [local(child) for child in e]
        if e.get("n") not in (None, str(len(children))) or e.get("n") == "0":
            yield f"{name}: n is {e.get('n')} of {len(children)}"
        if name in SEQUENCES:
            wanted = SEQUENCES[name].split()
            places = [wanted.index(child) for child in children]
            if places != sorted(places):
                yield f"{name}: {children} are out of their order"
        refers = REFERENCES.get(name)
        if refers and not by_id.get(e.text, "").endswith(refers):
            yield f"{name}: {e.text} is no {refers}"
        if name == "ActualComponentIds" and any(by_id.get(i.text) != "ActualComponent" for i in e):
            yield "ActualComponentIds names something else"


def written(inspection, tmp_path: Path) -> etree._Element:
    write_qif(inspection, tmp_path / "out.qif")
    return etree.parse(tmp_path / "out.qif").getroot()


def test_a_made_inspection_keeps_the_rules(inspection, tmp_path):
    root = written(inspection, tmp_path)
    assert root.tag == f"{{{NAMESPACE}}}QIFDocument" and root.get("versionQIF") == "3.0.0"
    assert list(faults(root)) == []


def test_nominals_name_a_definition_of_their_own_kind(inspection, tmp_path):
    """The schema has a key for each kind: a diameter's nominal refers to the definition of a diameter."""
    root = written(inspection, tmp_path)
    kinds = {e.get("id"): etree.QName(e).localname for e in root.iter() if e.get("id")}
    for e in root.iter(f"{{{NAMESPACE}}}CharacteristicDefinitionId"):
        own = etree.QName(e.getparent()).localname.removesuffix("Nominal")
        assert kinds[e.text] == f"{own}Definition"


@pytest.mark.parametrize("file", samples("quality/files/qif/*"), ids=lambda p: p.name[:40])
def test_samples_written_again_keep_the_rules(file, tmp_path):
    assert list(faults(written(read_qif(file), tmp_path))) == []


@pytest.mark.parametrize("file", samples("quality/files/qif/*"), ids=lambda p: p.name[:40])
def test_children_stand_as_in_the_published_samples(file, tmp_path, published_orders):
    """No two neighbours stand the other way round than in every 3.0 sample that has both."""
    for e in written(read_qif(file), tmp_path).iter():
        children = [local(child) for child in e]
        for one, other in pairwise(children):
            backwards = (local(e), other, one) in published_orders
            assert not backwards or (local(e), one, other) in published_orders, (local(e), one, other)


@pytest.fixture(scope="module")
def published_orders() -> set[tuple[str, str, str]]:
    """(parent, child, a later child) of every QIF 3.0 sample."""
    orders = set()
    for file in samples("quality/files/qif/*"):
        root = etree.parse(file, etree.XMLParser(huge_tree=True, remove_comments=True)).getroot()
        if etree.QName(root).namespace != NAMESPACE:
            continue
        for e in root.iter():
            children = list(dict.fromkeys(local(child) for child in e))
            orders |= {(local(e), one, other) for i, one in enumerate(children) for other in children[i + 1 :]}
    return orders


def test_what_is_broken_is_found(inspection, tmp_path):
    root = written(inspection, tmp_path)
    items = root.find(f".//{{{NAMESPACE}}}CharacteristicItems")
    items.set("n", "9")
    next(iter(items)).set("id", "1")
    root.set("idMax", "2")
    found = " | ".join(faults(root))
    assert "n is 9 of 3" in found and "used twice" in found and "idMax" in found


def test_against_the_schema(inspection, tmp_path):
    folder = reference_folder()
    schemas = sorted(folder.rglob("QIFDocument.xsd")) if folder else []
    if not schemas:
        pytest.skip("the QIF 3.0 schema is not at hand")
    schema = etree.XMLSchema(etree.parse(schemas[0]))
    schema.assertValid(written(inspection, tmp_path))


@pytest.mark.parametrize("unit", ["mm", "deg", "N"])
def test_any_characteristic_without_a_kind_gets_one(inspection, tmp_path, unit):
    plain = Characteristic("x", "x", "", 1.0, 0.5, 1.5, unit)
    lone = replace(inspection, characteristics=(plain, *inspection.characteristics[1:]))
    root = written(lone, tmp_path)
    assert list(faults(root)) == []
    assert np.isfinite(read_qif(tmp_path / "out.qif").readings.value).any()
