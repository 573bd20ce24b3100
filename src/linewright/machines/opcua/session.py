"""One secure session with an OPC UA server that has machines: find them, look at them, call their methods."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asyncua import Client, ua
from asyncua.crypto import security_policies, uacrypto
from cryptography import x509

from linewright.machines.counterpart import Look
from linewright.machines.jobs import Answer, Results
from linewright.machines.opcua import isa95, names
from linewright.machines.opcua.security import Pki
from linewright.machines.telemetry import Reading

CALL_S = 4.0  # longer than that no call may take
MOST_NODES = 200  # in one request
HINTS_MS = 100.0  # how often the server tells what has changed
PASSWORD = "LINEWRIGHT_OPCUA_PASSWORD"  # environment variable for a user named in the address
BEST_POLICIES = (security_policies.SecurityPolicyAes256Sha256RsaPss, security_policies.SecurityPolicyBasic256Sha256)
TELEMETRY_MS = 500.0  # how often the server tells what was measured meanwhile
QUEUE = 1000  # values of one item that the server keeps for us until then
OBSERVED = ("Monitoring", "Production")  # components of a machine tool (OPC 40501) that go to the telemetry
OVERFLOW = 0x480  # bits of a status code: older values were dropped (OPC 10000-4, 7.39)
METHODS = ("StoreAndStart", "Start", "RevokeStart", "Pause", "Resume", "Clear")


@dataclass(frozen=True)
class Address:
    """`opc.tcp://[user@]host:port[/path][?security=none][#machine]`; the machine by its browse name or node id."""

    server: str
    machine: str = ""
    user: str = ""
    open: bool = False  # without security

    @classmethod
    def read(cls, text: str) -> Address:
        """Raises ValueError where the text is no such address."""
        parts = urlsplit(text)
        if parts.scheme != "opc.tcp" or not parts.hostname:
            raise ValueError(f"{text!r} is no address of an OPC UA server, as opc.tcp://host:4840#machine")
        security = parse_qs(parts.query).get("security", ["best"])[0]
        if security not in ("best", "none"):
            raise ValueError(f"{text!r}: security is `none`, or left out for the best that the server has")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        server = f"opc.tcp://{host}:{parts.port or 4840}{parts.path}"
        return cls(server, parts.fragment, parts.username or "", security == "none")


    def same_server(self, other: Address) -> bool:
        """Do both mean the same session?"""
        return (self.server, self.user, self.open) == (other.server, other.user, other.open)


@dataclass
class Nodes:
    """The nodes of one machine in this server; None: the machine has none."""

    root: ua.NodeId
    jobs: ua.NodeId
    state: ua.NodeId | None
    alarm: ua.NodeId | None
    control: ua.NodeId
    results: ua.NodeId
    response: ua.NodeId
    methods: dict[str, ua.NodeId]


class Refused(PermissionError):
    """The certificate of one side is not trusted by the other."""


class Session:
    """A session; `open` it, and `close` it when done."""

    def __init__(self, address: Address, pki: Pki | None) -> None:
        self.address, self.pki = address, pki
        self.machines: dict[str, Nodes] = {}
        self.life = ""  # another one after each start of the server

    async def open(self) -> None:
        """Connect. Raises OSError (Refused where a certificate is not trusted) or ua.UaError."""
        self._client = Client(self.address.server, timeout=CALL_S)
        self._client.name = self._client.description = "Linewright"
        self._client.session_timeout = 600_000
        if self.address.user:
            self._client.set_user(self.address.user)
            self._client.set_password(os.environ.get(PASSWORD, ""))
        await self._secure()
        try:
            await self._client.connect()
        except ua.UaStatusCodeError as error:
            if error.code in REFUSALS:
                raise Refused(f"{self.address.server} does not trust {self._own_words()}") from error
            raise
        self._index = {names.CORE: 0}
        for index, uri in enumerate(await self._client.get_namespace_array()):
            self._index.setdefault(uri, index)
        started = await self._client.get_node(ua.NodeId(ua.ObjectIds.Server_ServerStatus_StartTime)).read_value()
        self.life = str(started)

    async def close(self) -> None:
        """Disconnect; a dead connection is let go of."""
        try:
            await self._client.disconnect()
        except (OSError, ua.UaError, TimeoutError):
            self._client.disconnect_socket()

    async def _secure(self) -> None:
        if not self.address.open:
            policy, chain = await self._best_endpoint()
            await self._trust(policy, chain)

    async def _best_endpoint(self) -> tuple[type[Any], bytes]:
        if self.pki is None:
            raise Refused("a secure connection needs a certificate of one's own: a folder of certificates")
        endpoints = await Client(self.address.server, timeout=CALL_S).connect_and_get_server_endpoints()
        for policy in BEST_POLICIES:
            for endpoint in endpoints:
                if (
                    endpoint.SecurityPolicyUri == policy.URI
                    and endpoint.SecurityMode == ua.MessageSecurityMode.SignAndEncrypt
                ):
                    return policy, endpoint.ServerCertificate
        raise Refused(f"{self.address.server} has no secure endpoint (Basic256Sha256 or better)")

    async def _trust(self, policy: type[Any], chain: bytes) -> None:
        assert self.pki is not None
        server = x509.load_der_x509_certificate(_first_of(chain))
        der = uacrypto.der_from_x509(server)
        if not self.pki.trusts(der):
            kept = self.pki.turn_away(der)
            raise Refused(f"the certificate of {self.address.server} is not trusted: move {kept} to {self.pki.trusted}")
        self._client.application_uri = self.pki.uri
        own, key = (uacrypto.CertProperties(str(path)) for path in (self.pki.own, self.pki.key))
        await self._client.set_security(policy, own, key, server_certificate=uacrypto.CertProperties(der, "DER"))

    def _own_words(self) -> str:
        return f"our certificate {self.pki.own}" if self.pki and not self.address.open else "us"

    # ------------------------------------------------------------ finding machines

    async def find(self, wanted: Iterable[str]) -> dict[str, str]:
        """Find machines by name; returns why not, by name, for those that are not there or take no jobs."""
        known = await self._known()
        missing: dict[str, str] = {}
        for name in wanted:
            root = self._root_of(name, known)
            if root is None:
                there = ", ".join(known) or "none"
                missing[name] = f"{self.address.server} has no machine {name!r} (it has {there})"
                continue
            nodes = await self._nodes_of(root)
            if nodes is None:
                missing[name] = f"{name} at {self.address.server} has no job control (OPC 10031-4)"
            else:
                self.machines[name] = nodes
        return missing

    async def _known(self) -> dict[str, ua.NodeId]:
        if names.MACHINERY not in self._index:
            return {}
        folder = self._client.get_node(ua.NodeId(names.MACHINES.number, self._index[names.MACHINERY]))
        described = await folder.get_references(
            ua.ObjectIds.HierarchicalReferences, ua.BrowseDirection.Forward, ua.NodeClass.Object
        )
        return {str(one.BrowseName.Name): one.NodeId for one in described}

    def _root_of(self, name: str, known: dict[str, ua.NodeId]) -> ua.NodeId | None:
        if name in known:
            return known[name]
        if name.startswith("nsu="):
            uri, _, rest = name.removeprefix("nsu=").rpartition(";")
            return ua.NodeId.from_string(f"ns={self._index.get(uri, 0)};{rest}")
        return ua.NodeId.from_string(name) if name.startswith(("ns=", "i=", "s=")) else None

    async def _nodes_of(self, root: ua.NodeId) -> Nodes | None:
        paths = [names.CONTROL_PATH, names.RESULTS_PATH, names.JOB_LIST_PATH, names.ITEM_STATE_PATH, names.ALARM_PATH]
        paths += [(*names.RESULTS_PATH, (names.JOB_CONTROL, names.RESPONSE_BY_ID[0]))]
        paths += [(*names.CONTROL_PATH, (names.JOB_CONTROL, method)) for method in METHODS]
        found = await self._translate(root, paths)
        control, results, jobs, state, alarm, response = found[:6]
        if control is None or results is None or jobs is None or response is None:
            return None
        methods = {name: node for name, node in zip(METHODS, found[6:], strict=True) if node is not None}
        if "StoreAndStart" not in methods:
            return None
        return Nodes(root, jobs, state, alarm, control, results, response, methods)

    async def _translate(self, root: ua.NodeId, paths: Sequence[tuple[tuple[str, str], ...]]) -> list[ua.NodeId | None]:
        asked = []
        there = [path for path in paths if all(uri in self._index for uri, _ in path)]
        for path in there:
            one = ua.BrowsePath(StartingNode=root)
            for uri, name in path:
                step = ua.RelativePathElement()
                step.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
                step.IncludeSubtypes, step.IsInverse = True, False
                step.TargetName = ua.QualifiedName(name, self._index[uri])
                one.RelativePath.Elements.append(step)
            asked.append(one)
        answers = await self._client.uaclient.translate_browsepaths_to_nodeids(asked)
        found = {
            path: answer.Targets[0].TargetId
            for path, answer in zip(there, answers, strict=True)
            if answer.StatusCode.is_good() and answer.Targets
        }
        return [found.get(path) for path in paths]

    # ------------------------------------------------------------ looking and asking

    async def read(self, names_: Sequence[str]) -> list[tuple[Any, ...]]:
        """What each machine shows now: job list, item state, alarm as they were sent (None: it has none)."""
        nodes = [node for name in names_ for node in self._looked_at(name) if node is not None]
        read: list[Any] = []
        for some in batched(nodes):
            read += await self._client.read_attributes([self._client.get_node(node) for node in some])
        values = iter(read)
        shown = []
        for name in names_:
            row = tuple(next(values) if node is not None else None for node in self._looked_at(name))
            shown.append(tuple(_value(one) for one in row))
        return shown

    def _looked_at(self, name: str) -> tuple[ua.NodeId | None, ...]:
        nodes = self.machines[name]
        return nodes.jobs, nodes.state, nodes.alarm

    async def look(self, name: str) -> tuple[Look, tuple[Any, ...]]:
        """What a machine says about itself, and as it was sent."""
        shown = (await self.read([name]))[0]
        jobs = {}
        for sent in shown[0] or []:
            one = isa95.unwrap(isa95.ISA95JobOrderAndStateDataType, sent)
            jobs[str(one.JobOrder.JobOrderID)] = isa95.state_read(one.State)
        alarm = str(shown[2] or "")
        out_of_service = getattr(shown[1], "Text", "") == "OutOfService"
        return Look(jobs, out_of_service or bool(alarm), alarm, self.life), shown

    def is_virtual(self, name: str) -> bool:
        """Is it one of ours, that must be told when somebody repairs it?"""
        return self.machines[name].alarm is not None

    async def results(self, name: str, job: str) -> Results:
        """What has come of a job."""
        nodes = self.machines[name]
        sent = await self._call(nodes.results, nodes.response, [ua.Variant(job, ua.VariantType.String)])
        return isa95.results_read(isa95.unwrap(isa95.ISA95JobResponseDataType, sent[0]))

    async def do(self, name: str, method: str, argument: Any) -> int:
        """Call a method of a machine's job control for a job order or the name of one; returns its status."""
        nodes = self.machines[name]
        if method not in nodes.methods:
            return int(Answer.INVALID_REQUEST)
        if not isinstance(argument, str):
            argument = isa95.wrap(argument, self._index[names.JOB_CONTROL])
        kind = ua.VariantType.String if isinstance(argument, str) else ua.VariantType.ExtensionObject
        no_comment = ua.Variant([], ua.VariantType.LocalizedText, is_array=True)
        sent = await self._call(nodes.control, nodes.methods[method], [ua.Variant(argument, kind), no_comment])
        return int(sent[0]) if sent else 0

    async def _call(self, object_: ua.NodeId, method: ua.NodeId, arguments: list[ua.Variant]) -> list[Any]:
        request = ua.CallMethodRequest(ObjectId=object_, MethodId=method, InputArguments=arguments)
        result = (await self._client.uaclient.call([request]))[0]
        if result.StatusCode.is_bad():
            result.StatusCode.check()
        return [variant.Value for variant in result.OutputArguments]

    async def hint(self, tell: Callable[[str], None]) -> None:
        """`tell` the name of a machine whenever the server says that something has changed there."""
        by_node = {node: name for name in self.machines for node in self._looked_at(name) if node is not None}

        class Handler:
            def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
                tell(by_node[node.nodeid])

        subscription = await self._client.create_subscription(HINTS_MS, Handler())
        for some in batched(list(by_node)):
            await subscription.subscribe_data_change([self._client.get_node(node) for node in some])

    # ------------------------------------------------------------ telemetry

    async def observe(self, tell: Callable[[str, Reading], None], lost: Callable[[str, str, float], None]) -> None:
        """`tell` every value of what a machine monitors, and say what was `lost` (machine, item, s since 1970)."""
        found: dict[ua.NodeId, tuple[str, str]] = {}
        for name, nodes in self.machines.items():
            for node, item in await self._monitored(nodes):
                found[node] = name, item

        class Handler:
            def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
                name, item = found[node.nodeid]
                sent: ua.DataValue = data.monitored_item.Value
                time_s = (sent.SourceTimestamp or datetime.now(UTC)).replace(tzinfo=UTC).timestamp()
                if sent.StatusCode is not None and sent.StatusCode.value & OVERFLOW == OVERFLOW:
                    lost(name, item, time_s)
                tell(name, Reading(item, time_s, words_of(value)))

        subscription = await self._client.create_subscription(TELEMETRY_MS, Handler())
        for some in batched(list(found)):
            asked = [self._client.get_node(node) for node in some]
            await subscription.subscribe_data_change(asked, queuesize=QUEUE)

    async def _monitored(self, nodes: Nodes) -> list[tuple[ua.NodeId, str]]:
        """The variables below the monitoring and the production of a machine tool, by their path."""
        found: list[tuple[ua.NodeId, str]] = []
        waiting = [(nodes.root, "")]
        while waiting and len(found) < MOST_NODES:
            parent, path = waiting.pop(0)
            described = await self._client.get_node(parent).get_references(
                ua.ObjectIds.HierarchicalReferences, ua.BrowseDirection.Forward
            )
            for one in described:
                name = str(one.BrowseName.Name)
                if not path and name not in OBSERVED:
                    continue
                below = f"{path}/{name}".lstrip("/")
                if one.NodeClass == ua.NodeClass.Variable:
                    found.append((one.NodeId, below))
                if one.NodeClass in (ua.NodeClass.Variable, ua.NodeClass.Object):
                    waiting.append((one.NodeId, below))
        return found


REFUSALS = {
    ua.StatusCodes.BadCertificateUntrusted,
    ua.StatusCodes.BadSecurityChecksFailed,
    ua.StatusCodes.BadCertificateUriInvalid,
    ua.StatusCodes.BadUserAccessDenied,
    ua.StatusCodes.BadIdentityTokenRejected,
}


def batched(nodes: list[ua.NodeId]) -> Iterator[list[ua.NodeId]]:
    """So many at once that no request takes long."""
    for first in range(0, len(nodes), MOST_NODES):
        yield nodes[first : first + MOST_NODES]


def words_of(value: Any) -> str:
    """A value as it goes to the telemetry."""
    if isinstance(value, int | float):
        return repr(+value)  # of a truth value too
    return str(getattr(value, "Text", value) or "")


def _first_of(chain: bytes) -> bytes:
    """The first certificate (DER) of a chain sent as one string."""
    if len(chain) < 4 or chain[0] != 0x30 or chain[1] != 0x82:
        return chain
    return chain[: 4 + int.from_bytes(chain[2:4], "big")]


def _value(data: ua.DataValue | None) -> Any:
    if data is None:
        return None
    if data.StatusCode is not None and data.StatusCode.is_bad():
        data.StatusCode.check()
    return data.Value.Value if data.Value is not None else None
