"""Nodes of an OPC UA server, added one by one: the published types, as far as our machines are made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from asyncua import Server, ua

from linewright.machines.opcua import isa95, names
from linewright.machines.opcua.names import Named

Value = Callable[[], ua.DataValue]

# namespace of the data types of fields that are not of the model itself
CORE_TYPES = {
    "String": 12,
    "Int16": 4,
    "UInt32": 7,
    "DateTime": 13,
    "LocalizedText": 21,
    "Variant": 24,
    "EUInformation": 887,
    "RelativePath": 540,
}


class Space:
    """The address space of one server, with the namespaces and types of `names`."""

    def __init__(self, server: Server, indices: dict[str, int]) -> None:
        self.index = {names.CORE: 0, **indices}
        self._nodes = server.iserver.aspace
        self._add = server.iserver.node_mgt_service.add_nodes

    def id(self, node: Named) -> ua.NodeId:
        """Its node id in this server."""
        return ua.NodeId(node.number, self.index[node.uri])

    def add_types(self) -> None:
        """All types of the models that the machines are made of, and the folder of machines."""
        for node, above in names.OBJECT_TYPES.items():
            self._add_type(node, above, ua.NodeClass.ObjectType, ua.ObjectTypeAttributes())
        variable = ua.VariableTypeAttributes()
        variable.DataType, variable.ValueRank = ua.NodeId(ua.ObjectIds.Number), -1
        self._add_type(names.TOOL_LIFE, names.BASE_VARIABLE, ua.NodeClass.VariableType, variable)
        for machine, states in names.STATES.items():
            for name, (number, value) in states.items():
                self._add_state(machine, Named(machine.uri, number, name), value)
        for enumeration, words in names.ENUMERATIONS.items():
            self._add_enumeration(enumeration, words)
        self._add_structures()
        self._add_methods()
        self.object(
            names.MACHINES, ua.NodeId(ua.ObjectIds.ObjectsFolder), names.FOLDER, reference=ua.ObjectIds.Organizes
        )

    # ------------------------------------------------------------ nodes

    def object(
        self,
        name: Named | tuple[str, str],
        parent: ua.NodeId,
        kind: Named,
        node_id: ua.NodeId | None = None,
        reference: int = ua.ObjectIds.HasComponent,
    ) -> ua.NodeId:
        """A new object."""
        attributes = ua.ObjectAttributes()
        attributes.EventNotifier = 0
        return self._new(ua.NodeClass.Object, name, parent, kind, attributes, node_id, reference)

    def variable(
        self,
        name: tuple[str, str],
        parent: ua.NodeId,
        data_type: ua.NodeId,
        value: Value | ua.Variant,
        node_id: ua.NodeId | None = None,
        kind: Named = names.BASE_VARIABLE,
    ) -> ua.NodeId:
        """A new variable with a constant value, or with one that is asked for at every read."""
        attributes = ua.VariableAttributes()
        constant = value if isinstance(value, ua.Variant) else value().Value
        attributes.Value, attributes.DataType = constant, data_type
        attributes.ValueRank = 1 if constant.is_array else -1
        attributes.ArrayDimensions = [0] if constant.is_array else []
        attributes.AccessLevel = attributes.UserAccessLevel = ua.AccessLevel.CurrentRead.mask
        reference = ua.ObjectIds.HasProperty if kind == names.PROPERTY else ua.ObjectIds.HasComponent
        made = self._new(ua.NodeClass.Variable, name, parent, kind, attributes, node_id, reference)
        if not isinstance(value, ua.Variant):
            self._nodes.set_attribute_value_callback(made, ua.AttributeIds.Value, lambda _id, _attribute: value())
        return made

    def refer(self, source: ua.NodeId, target: ua.NodeId, reference: int = ua.ObjectIds.HasComponent) -> None:
        """`source` refers to a node that has its place elsewhere."""
        data = self._nodes[target]
        described = ua.ReferenceDescription()
        described.ReferenceTypeId, described.NodeId, described.IsForward = ua.NodeId(reference), target, True
        described.NodeClass = data.attributes[ua.AttributeIds.NodeClass].value.Value.Value
        described.BrowseName = data.attributes[ua.AttributeIds.BrowseName].value.Value.Value
        described.DisplayName = data.attributes[ua.AttributeIds.DisplayName].value.Value.Value
        self._nodes[source].references.append(described)

    def on_call(self, method: ua.NodeId, function: Callable[..., Any]) -> None:
        """`function` (object id, *arguments) answers to calls of a method, whatever object it is called on."""
        self._nodes[method].call = function

    def _new(
        self,
        node_class: ua.NodeClass,
        name: Named | tuple[str, str],
        parent: ua.NodeId,
        kind: Named | None,
        attributes: Any,
        node_id: ua.NodeId | None,
        reference: int,
    ) -> ua.NodeId:
        uri, text = (name.uri, name.name) if isinstance(name, Named) else name
        item = ua.AddNodesItem()
        item.RequestedNewNodeId = node_id or (self.id(name) if isinstance(name, Named) else ua.NodeId())
        if item.RequestedNewNodeId.is_null():
            item.RequestedNewNodeId = self._nodes.generate_nodeid(self.index[names.LINEWRIGHT])
        item.BrowseName = ua.QualifiedName(text, self.index[uri])
        attributes.DisplayName = ua.LocalizedText(text)
        item.ParentNodeId, item.ReferenceTypeId = parent, ua.NodeId(reference)
        item.NodeClass, item.NodeAttributes = node_class, attributes
        if kind is not None:
            item.TypeDefinition = self.id(kind)
        result = self._add([item])[0]
        result.StatusCode.check()
        return result.AddedNodeId

    # ------------------------------------------------------------ types

    def _add_type(self, node: Named, above: Named, node_class: ua.NodeClass, attributes: Any) -> ua.NodeId:
        attributes.IsAbstract = False
        return self._new(node_class, node, self.id(above), None, attributes, None, ua.ObjectIds.HasSubtype)

    def _add_state(self, machine: Named, state: Named, number: int) -> None:
        made = self.object(state, self.id(machine), names.STATE)
        value = ua.Variant(number, ua.VariantType.UInt32)
        self.variable(
            (names.CORE, "StateNumber"), made, ua.NodeId(ua.ObjectIds.UInt32), value, kind=names.PROPERTY
        )

    def _add_enumeration(self, node: Named, words: Sequence[str]) -> None:
        attributes = ua.DataTypeAttributes()
        definition = ua.EnumDefinition()
        for value, word in enumerate(words):
            definition.Fields.append(ua.EnumField(Value=value, DisplayName=ua.LocalizedText(word), Name=word))
        attributes.DataTypeDefinition = definition
        made = self._add_type(node, Named(names.CORE, 29, "Enumeration"), ua.NodeClass.DataType, attributes)
        texts = ua.Variant([ua.LocalizedText(word) for word in words], ua.VariantType.LocalizedText)
        text_type = ua.NodeId(ua.ObjectIds.LocalizedText)
        self.variable((names.CORE, "EnumStrings"), made, text_type, texts, kind=names.PROPERTY)

    def _add_structures(self) -> None:
        index = self.index[names.JOB_CONTROL]
        types = {name: ua.NodeId(number) for name, number in CORE_TYPES.items()}
        types |= {cls.__name__: ua.NodeId(number, index) for cls, (number, _) in isa95.STRUCTURES.items()}
        structure = Named(names.CORE, 22, "Structure")
        for cls, (number, encoding) in isa95.STRUCTURES.items():
            attributes = ua.DataTypeAttributes()
            attributes.DataTypeDefinition = isa95.definition(cls, index, types)
            node = Named(names.JOB_CONTROL, number, cls.__name__)
            made = self._add_type(node, structure, ua.NodeClass.DataType, attributes)
            self.object(
                (names.CORE, "Default Binary"),
                made,
                Named(names.CORE, 76, "DataTypeEncodingType"),
                ua.NodeId(encoding, index),
                ua.ObjectIds.HasEncoding,
            )

    def _add_methods(self) -> None:
        """The methods stand on their types; each machine refers to them."""
        index = self.index[names.JOB_CONTROL]
        order, response, state = (ua.NodeId(number, index) for number in (3008, 3013, 3006))
        text, comment = ua.NodeId(ua.ObjectIds.String), ua.NodeId(ua.ObjectIds.LocalizedText)
        status = [("ReturnStatus", ua.NodeId(ua.ObjectIds.UInt64), -1)]
        for name, number in names.JOB_METHODS.items():
            first = ("JobOrder", order, -1) if name in names.TAKES_ORDER else ("JobOrderID", text, -1)
            arguments = [first, ("Comment", comment, 1)]
            self._add_method(names.JOB_RECEIVER, Named(names.JOB_CONTROL, number, name), arguments, status)
        for (name, number), asked, given in (
            (names.RESPONSE_BY_ID, ("JobOrderID", text, -1), ("JobResponse", response, -1)),
            (names.RESPONSE_BY_STATE, ("JobOrderState", state, 1), ("JobResponses", response, 1)),
        ):
            method = Named(names.JOB_CONTROL, number, name)
            self._add_method(names.JOB_PROVIDER, method, [asked], [given, *status])

    def _add_method(
        self,
        of: Named,
        method: Named,
        asked: list[tuple[str, ua.NodeId, int]],
        given: list[tuple[str, ua.NodeId, int]],
    ) -> None:
        attributes = ua.MethodAttributes()
        attributes.Executable = attributes.UserExecutable = True
        made = self._new(
            ua.NodeClass.Method, method, self.id(of), None, attributes, None, ua.ObjectIds.HasComponent
        )
        for name, arguments in (("InputArguments", asked), ("OutputArguments", given)):
            described = []
            for argument, data_type, rank in arguments:
                one = ua.Argument()
                one.Name, one.DataType, one.ValueRank = argument, data_type, rank
                one.ArrayDimensions = [0] if rank == 1 else []
                described.append(one)
            value = ua.Variant(described, ua.VariantType.ExtensionObject)
            self.variable((names.CORE, name), made, ua.NodeId(ua.ObjectIds.Argument), value, kind=names.PROPERTY)
