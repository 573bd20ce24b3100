"""Names and numbers of our address space against the published nodesets."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path

import pytest

from linewright.machines.opcua import isa95, names

NODESETS = [parent / "shared" / "reference" / "connect" / "nodesets" for parent in Path(__file__).parents]
XMLNS = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"

Key = tuple[str, str]  # namespace, identifier as `i=1002`


class Nodeset:
    """The nodes of all published files: class, browse name and references of each."""

    def __init__(self, folder: Path) -> None:
        self.names: dict[Key, Key] = {}
        self.kinds: dict[Key, str] = {}
        self.references: dict[Key, list[tuple[str, bool, Key]]] = {}
        self.elements: dict[Key, ET.Element] = {}
        for file in sorted(folder.glob("*.xml")):
            self._read(ET.parse(file).getroot())

    def _read(self, root: ET.Element) -> None:
        uris = [names.CORE, *(uri.text or "" for uri in root.find(f"{XMLNS}NamespaceUris") or ())]
        aliases = {alias.get("Alias"): alias.text or "" for alias in root.find(f"{XMLNS}Aliases") or ()}

        def key(text: str) -> Key:
            text = aliases.get(text, text)
            if not text.startswith("ns="):
                return names.CORE, text
            index, _, identifier = text.removeprefix("ns=").partition(";")
            return uris[int(index)], identifier

        for element in root:
            if node_id := element.get("NodeId"):
                node = key(node_id)
                index, colon, name = (element.get("BrowseName") or "").partition(":")
                self.names[node] = (uris[int(index)], name) if colon else (names.CORE, index)
                self.kinds[node] = element.tag.removeprefix(XMLNS)
                self.elements[node] = element
                self.references[node] = [
                    (one.get("ReferenceType") or "", one.get("IsForward") != "false", key(one.text or ""))
                    for one in element.find(f"{XMLNS}References") or ()
                ]

    def above(self, node: Key) -> Key:
        """Its supertype."""
        return next(to for kind, forward, to in self.references[node] if kind == "HasSubtype" and not forward)

    def below(self, node: Key) -> set[Key]:
        """Names of what it has, those of its supertypes and types too."""
        found = set()
        for other, references in self.references.items():
            for kind, forward, to in references:
                if kind in ("HasComponent", "HasProperty", "HasAddIn"):
                    if other == node and forward and to in self.names:
                        found.add(self.names[to])
                    if to == node and not forward:
                        found.add(self.names[other])
        return found


@pytest.fixture(scope="module")
def nodeset() -> Nodeset:
    for folder in NODESETS:
        if folder.is_dir():
            return Nodeset(folder)
    pytest.skip("the published nodesets are not here")


def named() -> Iterable[names.Named]:
    ours = (names.MACHINES, names.TOOL_LIFE, *names.OBJECT_TYPES, *names.ENUMERATIONS)
    return [node for node in ours if node.uri != names.CORE]


def test_types_are_those_of_the_models(nodeset: Nodeset) -> None:
    for node in named():
        assert nodeset.names[node.uri, f"i={node.number}"] == (node.uri, node.name)


def test_supertypes_are_theirs(nodeset: Nodeset) -> None:
    for node, above in names.OBJECT_TYPES.items():
        theirs = nodeset.above((node.uri, f"i={node.number}"))
        while above.uri == names.CORE and theirs[0] != names.CORE:
            theirs = nodeset.above(theirs)  # an intermediate type that our machines do without
        assert theirs == (above.uri, f"i={above.number}"), node


def test_states_and_their_numbers(nodeset: Nodeset) -> None:
    for machine, states in names.STATES.items():
        for name, (number, value) in states.items():
            state = (machine.uri, f"i={number}")
            assert nodeset.names[state] == (machine.uri, name)
            parents = [to for kind, forward, to in nodeset.references[state] if kind == "HasComponent" and not forward]
            assert (machine.uri, f"i={machine.number}") in parents
            numbers = [
                "".join(element.itertext()).split()[-1]
                for key, element in nodeset.elements.items()
                if nodeset.names[key][1] == "StateNumber" and (("HasProperty", False, state) in nodeset.references[key])
            ]
            assert numbers == [str(value)], name


def test_enumerations(nodeset: Nodeset) -> None:
    for node, words in names.ENUMERATIONS.items():
        definition = nodeset.elements[node.uri, f"i={node.number}"].find(f"{XMLNS}Definition")
        assert definition is not None
        theirs = {int(one.get("Value") or 0): one.get("Name") for one in definition}
        assert theirs == dict(enumerate(words))


def test_methods_and_their_arguments(nodeset: Nodeset) -> None:
    methods = {**names.JOB_METHODS, **dict((names.RESPONSE_BY_ID, names.RESPONSE_BY_STATE))}
    for name, number in methods.items():
        method = (names.JOB_CONTROL, f"i={number}")
        assert nodeset.names[method] == (names.JOB_CONTROL, name)
        assert nodeset.kinds[method] == "UAMethod"
        asked = [
            [e.text for e in element.iter() if e.tag.endswith("}Name")]
            for key, element in nodeset.elements.items()
            if nodeset.names[key][1] == "InputArguments" and ("HasProperty", False, method) in nodeset.references[key]
        ]
        first = "JobOrder" if name in names.TAKES_ORDER else "JobOrderID"
        assert asked == [["JobOrderState"] if name == "RequestJobResponseByJobOrderState" else
                         [first] if name.startswith("Request") else [first, "Comment"]]  # fmt: skip


def test_structures_have_the_fields_of_the_model_in_their_order(nodeset: Nodeset) -> None:
    core = {"String", "Int16", "UInt32", "DateTime", "LocalizedText", "EUInformation", "RelativePath"}
    for cls, (number, encoding) in isa95.STRUCTURES.items():
        node = (names.JOB_CONTROL, f"i={number}")
        assert nodeset.names[node] == (names.JOB_CONTROL, cls.__name__)
        encoded = [to for kind, forward, to in nodeset.references[node] if kind == "HasEncoding" and forward]
        assert (names.JOB_CONTROL, f"i={encoding}") in encoded
        assert nodeset.names[names.JOB_CONTROL, f"i={encoding}"][1] == "Default Binary"
        definition = nodeset.elements[node].find(f"{XMLNS}Definition")
        assert definition is not None
        theirs = []
        for field in definition:
            kind = (field.get("DataType") or "Variant").replace("DecimalString", "String")
            kind = f"ua.{kind}" if kind in core | {"Variant"} else kind
            kind = f"list[{kind}]" if field.get("ValueRank") == "1" else kind
            theirs.append((field.get("Name"), kind + (" | None" if field.get("IsOptional") == "true" else "")))
        assert list(cls.__annotations__.items()) == theirs


def test_browse_paths_lead_through_the_models(nodeset: Nodeset) -> None:
    blocks = nodeset.below((names.MACHINE_TOOL, "i=13"))
    assert names.CONTROL_PATH[0] in blocks
    managed = nodeset.below((names.MACHINERY_JOBS, "i=1003"))
    assert {names.CONTROL_PATH[2], names.RESULTS_PATH[2]} <= managed
    assert names.JOB_LIST_PATH[-1] in nodeset.below((names.JOB_CONTROL, "i=1002"))
    items = [nodeset.names[key] for key in nodeset.names if nodeset.names[key][1] == "MachineryItemState"]
    assert set(items) == {names.ITEM_STATE_PATH[1]}


def test_each_part_of_a_machine_is_one_of_its_type(nodeset: Nodeset) -> None:
    parts = {
        (names.MACHINE_TOOL, "i=13"): {"Identification", "Equipment", "Monitoring", "Production"},
        (names.MACHINE_TOOL, "i=21"): {"ActiveProgram", "Statistics"},
        (names.MACHINE_TOOL, "i=59"): {"Name", "NumberInList"},
        (names.MACHINE_TOOL, "i=32"): {"JobIdentifier", "State"},
        (names.MACHINE_TOOL, "i=26"): {"OperationMode"},
        (names.MACHINE_TOOL, "i=49"): {"Name"},
        (names.MACHINE_TOOL, "i=50"): {"ControlIdentifier1", "ControlIdentifierInterpretation", "Locked", "ToolLife"},
        (names.MACHINE_TOOL, "i=61"): {"Indication", "IsCountingUp", "LimitValue"},
        (names.JOB_CONTROL, "i=1002"): {"WorkMaster", "MaterialClassID", "PersonnelID", "MaxDownloadableJobOrders"},
        (names.JOB_CONTROL, "i=1003"): {"JobOrderResponseList"},
    }
    for kind, expected in parts.items():
        assert expected <= {name for _, name in nodeset.below(kind)}, kind
