"""An OPC UA server for the virtual machines of a floor, many of them behind one endpoint.

Every variable is asked for when it is read, so what is read back after a command is true; who subscribes is told
right after each change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from asyncua import Server, ua
from asyncua.common.connection import TransportLimits

from linewright.errors import InputError, Problem
from linewright.machines.floor import Floor, Observation, VirtualMachine
from linewright.machines.jobs import Answer
from linewright.machines.opcua import isa95, names
from linewright.machines.opcua.machine_nodes import MachineNodes, response_of
from linewright.machines.opcua.security import Pki, Rights, Users
from linewright.machines.opcua.space import Space

SECURE = (
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
)
BIGGEST_MESSAGE = 16 * 1024 * 1024  # bytes


class OpcUaServer:
    """Publishes a floor; `async with` it.

    Without `pki` there is no secure endpoint. The open endpoint lets anybody look, and `open_to_all` lets anybody
    command too: for demonstrations on one's own computer.
    """

    def __init__(
        self, floor: Floor, pki: Pki | None, host: str = "127.0.0.1", port: int = 4840, open_to_all: bool = False
    ) -> None:
        self.floor, self.pki, self.host, self.port = floor, pki, host, port
        self._users = Users(pki, open_to_all)
        self._changed: dict[VirtualMachine, set[str]] = {}
        self._stir = asyncio.Event()
        self.nodes: dict[str, MachineNodes] = {}  # by machine

    @property
    def endpoint(self) -> str:
        """Where it can be reached."""
        return f"opc.tcp://{self.host}:{self.port}"

    @property
    def words(self) -> str:
        """Who may do what, for whoever starts it."""
        if self._users.open_to_all:
            return "OPC UA: anybody may command"
        secure = "Aes256_Sha256_RsaPss, Basic256Sha256" if self.pki else "none"
        trusted = f"; trusted certificates: {self.pki.trusted}" if self.pki else ""
        return f"OPC UA: anybody may look; to command: {secure}{trusted}"

    async def __aenter__(self) -> OpcUaServer:
        self._server = Server(user_manager=self._users)
        self._server.limits = TransportLimits(max_message_size=BIGGEST_MESSAGE)
        await self._server.init()
        self._server.disable_clock()
        self._server.set_endpoint(self.endpoint)
        self._server.set_server_name("Linewright virtual machines")
        self._server.set_identity_tokens([ua.AnonymousIdentityToken])
        await self._secure()
        self.space = Space(self._server, {uri: await self._server.register_namespace(uri) for uri in names.NAMESPACES})
        self.space.add_types()
        self._answer_calls()
        for machine in self.floor.machines.values():
            self.nodes[machine.name] = MachineNodes(self.space, machine)
        await self._listen()
        self.floor.watch(self._note)
        self._telling = asyncio.create_task(self._tell_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._telling.cancel()
        await self._server.stop()

    async def cut(self) -> None:
        """Break all connections, as a network does that fails; clients may connect anew at once."""
        listening: Any = self._server.bserver
        for client in list(listening.clients):
            client.transport.abort()

    async def _secure(self) -> None:
        policies = [ua.SecurityPolicyType.NoSecurity]
        if self.pki:
            await self._server.load_certificate(str(self.pki.own))
            await self._server.load_private_key(str(self.pki.key))
            await self._server.set_application_uri(self.pki.uri)
            policies += SECURE
        self._server.set_security_policy(policies, Rights())

    async def _listen(self) -> None:
        try:
            await self._server.start()
        except OSError as error:
            problem = Problem(f"port {self.port}: {error.strerror or error}", key="--port", hint="choose another port")
            raise InputError([problem]) from None
        listening: Any = self._server.bserver
        self.port = listening.port

    # ------------------------------------------------------------ what happens is told

    def _note(self, observation: Observation) -> None:
        self._changed.setdefault(observation.machine, set()).add(observation.item)
        self._stir.set()

    async def _tell_on(self) -> None:
        while True:
            await self._stir.wait()
            self._stir.clear()
            changed, self._changed = self._changed, {}
            for machine, items in changed.items():
                for variable in self.nodes[machine.name].that_show(items):
                    await self._tell(variable)

    async def _tell(self, variable: ua.NodeId) -> None:
        watched = self._server.iserver.aspace[variable].attributes[ua.AttributeIds.Value]
        for handle, tell in list(watched.datachange_callbacks.items()):
            await tell(handle, watched.value_callback(variable, ua.AttributeIds.Value))

    # ------------------------------------------------------------ methods

    def _answer_calls(self) -> None:
        index = self.space.index[names.JOB_CONTROL]
        for name, number in names.JOB_METHODS.items():
            takes_order = name in names.TAKES_ORDER
            verb = "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)[1:]
            answer = self._order_method(verb) if takes_order else self._job_method(verb)
            self.space.on_call(ua.NodeId(number, index), answer)
        self.space.on_call(ua.NodeId(names.RESPONSE_BY_ID[1], index), self._response_by_id)
        self.space.on_call(ua.NodeId(names.RESPONSE_BY_STATE[1], index), self._responses_by_state)

    def _order_method(self, verb: str) -> Callable[..., Any]:
        async def call(parent: ua.NodeId, *arguments: ua.Variant) -> Any:
            machine = self._machine(parent)
            if machine is None or not arguments:
                return _refused(machine)
            try:
                order = isa95.job_order_read(isa95.unwrap(isa95.ISA95JobOrderDataType, arguments[0].Value))
            except ValueError:
                return [_status(Answer.INVALID_REQUEST)]
            return [_status(getattr(machine, verb)(order))]

        return call

    def _job_method(self, verb: str) -> Callable[..., Any]:
        async def call(parent: ua.NodeId, *arguments: ua.Variant) -> Any:
            machine = self._machine(parent)
            if machine is None or not arguments:
                return _refused(machine)
            return [_status(getattr(machine, verb)(str(arguments[0].Value)))]

        return call

    async def _response_by_id(self, parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        machine = self._machine(parent)
        if machine is None or not arguments:
            return _refused(machine)
        job = machine.jobs.get(str(arguments[0].Value))
        answer = Answer.NO_ERROR if job else Answer.UNKNOWN_JOB
        response = response_of(machine, job) if job else isa95.ISA95JobResponseDataType()
        return [ua.Variant(self._wrap(response), ua.VariantType.ExtensionObject), _status(answer)]

    async def _responses_by_state(self, parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        machine = self._machine(parent)
        if machine is None or not arguments:
            return _refused(machine)
        try:
            asked = [isa95.unwrap(isa95.ISA95StateDataType, state) for state in arguments[0].Value or []]
            state = isa95.state_read(asked)
        except ValueError:
            nothing = ua.Variant([], ua.VariantType.ExtensionObject, is_array=True)
            return [nothing, _status(Answer.INVALID_REQUEST)]
        found = [self._wrap(response_of(machine, job)) for job in machine.jobs.values() if job.state is state]
        return [ua.Variant(found, ua.VariantType.ExtensionObject, is_array=True), _status(Answer.NO_ERROR)]

    def _wrap(self, structure: Any) -> ua.ExtensionObject:
        return isa95.wrap(structure, self.space.index[names.JOB_CONTROL])

    def _machine(self, called_on: ua.NodeId) -> VirtualMachine | None:
        """The machine whose job control or job results a method is called on."""
        if called_on.NamespaceIndex != self.space.index[names.LINEWRIGHT]:
            return None
        name = str(called_on.Identifier).partition("/")[0]
        return self.floor.machines.get(name)


def _status(answer: Answer) -> ua.Variant:
    return ua.Variant(int(answer), ua.VariantType.UInt64)


def _refused(machine: VirtualMachine | None) -> ua.StatusCode:
    code = ua.StatusCodes.BadNodeIdUnknown if machine is None else ua.StatusCodes.BadArgumentsMissing
    return ua.StatusCode(code)


