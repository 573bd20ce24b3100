"""What a host application knows of Sparkplug edge nodes: who was born, in what order messages must come, who died.

Pure: messages in, findings out; `driver` carries them over a broker. A message out of order, an alias or a device that
nobody announced: then a message was lost, and the node is asked to be born again, with all its values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from linewright.machines.mqtt.payload import BadPayload, Metric, Payload, read_payload

NAMESPACE = "spBv1.0"
BD_SEQ, REBIRTH = "bdSeq", "Node Control/Rebirth"
MOST_NODES = 10_000
ASK_AGAIN_S = 5.0  # a node is asked for its rebirth this often at most


class Node(NamedTuple):
    """An edge node."""

    group: str
    name: str

    def topic(self, kind: str) -> str:
        """The topic of a message of or to it."""
        return f"{NAMESPACE}/{self.group}/{kind}/{self.name}"


class Born(NamedTuple):
    """A node (device "") or device is there, with all its values."""

    node: Node
    device: str
    metrics: tuple[Metric, ...]


class Data(NamedTuple):
    """New values, all with names."""

    node: Node
    device: str
    metrics: tuple[Metric, ...]


class Died(NamedTuple):
    """A node with all its devices (device "") or one device has gone."""

    node: Node
    device: str


class Ask(NamedTuple):
    """The node is to be asked for its rebirth, because a message was lost."""

    node: Node
    words: str
    alive: bool  # until now, as far as we knew


class Unreadable(NamedTuple):
    """A message that no node should send."""

    topic: str
    words: str


Finding = Born | Data | Died | Ask | Unreadable


@dataclass
class _Known:
    """What is known of a node that is alive."""

    birth: int | None  # its bdSeq, by which its death is recognised
    seq: int  # of the next message
    names: dict[int, str] = field(default_factory=dict)  # by alias
    devices: set[str] = field(default_factory=set)


class Nodes:
    """All edge nodes of a broker."""

    def __init__(self) -> None:
        self._known: dict[Node, _Known] = {}
        self._asked_s: dict[Node, float] = {}

    def forget(self) -> None:
        """The connection to the broker was lost: who knows what was missed."""
        self._known.clear()
        self._asked_s.clear()

    def take(self, topic: str, data: bytes, now_s: float) -> list[Finding]:
        """What a message says."""
        levels = topic.split("/")
        if len(levels) not in (4, 5) or levels[0] != NAMESPACE or not all(levels):
            return [Unreadable(topic, "not a topic of Sparkplug B")]
        node, kind, device = Node(levels[1], levels[3]), levels[2], levels[4] if len(levels) == 5 else ""
        if kind in ("NCMD", "DCMD"):
            return []  # what hosts send
        if kind not in KINDS or bool(device) != kind.startswith("D"):
            return [Unreadable(topic, f"a message of kind {kind[:40]!r}")]
        try:
            payload = read_payload(data)
        except BadPayload as error:
            return [Unreadable(topic, str(error))]
        if kind == "NDEATH":
            return self._node_dies(node, payload)
        if kind == "NBIRTH":
            return self._node_is_born(node, payload)
        return self._in_order(node, kind, device, payload, now_s)

    # ------------------------------------------------------------ life and death

    def _node_is_born(self, node: Node, payload: Payload) -> list[Finding]:
        if len(self._known) >= MOST_NODES and node not in self._known:
            return [Unreadable(node.topic("NBIRTH"), f"more than {MOST_NODES:,} nodes")]
        seq = payload.seq if payload.seq is not None else 0
        known = self._known[node] = _Known(_whole(payload.value(BD_SEQ)), (seq + 1) % 256)
        self._asked_s.pop(node, None)
        _learn(known, payload)
        return [Born(node, "", payload.metrics)]

    def _node_dies(self, node: Node, payload: Payload) -> list[Finding]:
        """A will that was left for an earlier life of the node says nothing of this one."""
        known = self._known.get(node)
        if known is not None and known.birth is not None and _whole(payload.value(BD_SEQ)) != known.birth:
            return []
        self._known.pop(node, None)
        return [Died(node, "")]

    # ------------------------------------------------------------ in between

    def _in_order(self, node: Node, kind: str, device: str, payload: Payload, now_s: float) -> list[Finding]:
        known = self._known.get(node)
        if known is None:
            return self._ask(node, "it was not heard being born", now_s, alive=False)
        if payload.seq != known.seq:
            del self._known[node]
            return self._ask(node, f"message {payload.seq} came in place of {known.seq}", now_s)
        known.seq = (known.seq + 1) % 256
        if kind == "DBIRTH":
            known.devices.add(device)
            _learn(known, payload)
            return [Born(node, device, payload.metrics)]
        if device and device not in known.devices:
            return self._ask(node, f"device {device!r} was not heard being born", now_s)
        if kind == "DDEATH":
            known.devices.discard(device)
            return [Died(node, device)]
        return self._data(node, known, device, payload, now_s)

    def _data(self, node: Node, known: _Known, device: str, payload: Payload, now_s: float) -> list[Finding]:
        metrics = []
        for metric in payload.metrics:
            name = metric.name or (known.names.get(metric.alias, "") if metric.alias is not None else "")
            if not name:
                return self._ask(node, f"alias {metric.alias} was never given", now_s)
            metrics.append(metric if metric.name else metric._replace(name=name))
        return [Data(node, device, tuple(metrics))]

    def _ask(self, node: Node, words: str, now_s: float, alive: bool = True) -> list[Finding]:
        if now_s - self._asked_s.get(node, float("-inf")) < ASK_AGAIN_S:
            return []
        if len(self._asked_s) >= MOST_NODES:
            self._asked_s.clear()
        self._asked_s[node] = now_s
        return [Ask(node, words, alive)]


KINDS = frozenset("NBIRTH DBIRTH NDATA DDATA NDEATH DDEATH".split())


def _learn(known: _Known, payload: Payload) -> None:
    known.names.update((m.alias, m.name) for m in payload.metrics if m.alias is not None and m.name)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
