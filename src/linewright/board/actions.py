"""What a person does to the line through the board: each becomes an event with the person's name."""

from __future__ import annotations

import numpy as np

from linewright.board.accounts import may
from linewright.board.models import ActionKind, ActionRequest, Role
from linewright.board.scene import Scene
from linewright.errors import InputError, Problem, nearest
from linewright.live import LiveLine
from linewright.twin.whatif import taken_places

KINDS = {
    kind.kind: kind
    for kind in (
        ActionKind(kind="hold", words="take the machine out", subject="machine", role="operator"),
        ActionKind(kind="give_back", words="give the machine back", subject="machine", role="operator"),
        ActionKind(kind="set_priority", words="set the order's priority", subject="order", role="engineer"),
    )
}


def allowed(role: Role | None) -> list[ActionKind]:
    """What a role may do."""
    return [kind for kind in KINDS.values() if may(role, kind.role)]


def role_for(kind: str) -> Role:
    """The role that an action needs. Raises InputError where there is no such action."""
    if kind not in KINDS:
        raise InputError([Problem(f"there is no action {kind!r}", key="kind", hint=nearest(kind, KINDS))])
    return KINDS[kind].role


async def act(scene: Scene, request: ActionRequest, person: str) -> None:
    """Do it now. Raises InputError where the line cannot."""
    live = scene.live
    if live is None or not scene.cells.running:
        raise InputError([Problem("the line does not run", key="kind")])
    names = scene.watch.run.names
    if request.kind == "set_priority":
        await _set_priority(scene, live, request, person)
    else:
        machine = _number(request.subject, names.machines, "machine")
        if machine not in scene.watch.machines:
            raise InputError([Problem(f"{request.subject!r} is no machine", key="subject")])
        await (live.hold if request.kind == "hold" else live.give_back)(machine, person)


async def _set_priority(scene: Scene, live: LiveLine, request: ActionRequest, person: str) -> None:
    row = _number(request.subject, scene.watch.run.names.orders, "order")
    orders = scene.watch.state.order.view(np.ndarray)
    slots = [slot for slot in taken_places(scene.watch.state) if int(orders["number"][slot]) == row]
    if not slots:
        raise InputError([Problem(f"order {request.subject!r} is not open", key="subject")])
    for slot in slots:
        await live.set_priority(slot, request.amount, person)


def _number(name: str, names: list[str], what: str) -> int:
    if name not in names:
        hint = nearest(name, names) if len(names) < 50 else ""
        raise InputError([Problem(f"there is no {what} {name!r}", key="subject", hint=hint)])
    return names.index(name)
