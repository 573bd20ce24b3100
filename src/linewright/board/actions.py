"""What a person does to the line through the board, as `live.actions` takes it: what is asked for, and of whom."""

from __future__ import annotations

from linewright.board.models import ActionKind as Offer
from linewright.board.models import ActionRequest, ReadingRequest, Role
from linewright.board.scale import Scale
from linewright.board.scene import Scene
from linewright.errors import InputError, Problem, nearest
from linewright.live import Action, ActionKind, Person, Reading
from linewright.live import Role as Rank
from linewright.live.actions import NEEDS_REASON
from linewright.live.rights import LEAST_ROLE, may

K = ActionKind
# by kind: what it is in words, what it is done to, what else must be said, and what the amount means
_OFFERS: dict[ActionKind, tuple[str, str, str, str]] = {
    K.TAKE_OUT: ("Take it out", "machine", "", ""),
    K.GIVE_BACK: ("Give it back", "machine", "", ""),
    K.NOTE_STOP: ("It stands, nobody knows why", "machine", "", ""),
    K.END_STOP: ("It goes on", "machine", "", ""),
    K.EXPLAIN_STOP: ("Say why it stood", "machine", "failure", "record of the stop"),
    K.ACKNOWLEDGE: ("Acknowledge", "machine", "", "record"),
    K.HOLD_UNIT: ("Hold it", "unit", "", ""),
    K.RELEASE_UNIT: ("Release it", "unit", "", ""),
    K.SCRAP_UNIT: ("Scrap it", "unit", "", ""),
    K.REWORK_UNIT: ("Send it back to", "unit", "operation", ""),
    K.MOVE_UNIT: ("It was carried to", "unit", "queue", ""),
    K.ORDER: ("Order more", "material", "due from now, as 2 d", "how many"),
    K.PRIORITISE: ("Set its priority", "order", "", "priority, the lower the sooner"),
    K.HOLD_ORDER: ("Hold it", "order", "", ""),
    K.RELEASE_ORDER: ("Release it", "order", "", ""),
    K.CANCEL_ORDER: ("Cancel what is left of it", "order", "", ""),
    K.SET_RULE: ("Set the dispatch rule", "station", "rule", ""),
    K.SET_LIMIT: ("Set the cards of its loop", "material", "", "cards"),
    K.DELIVER: ("It was delivered", "bought material", "", "how much"),
    K.BRING_TOOL: ("It is there", "tool", "", "used of its life, %"),
    K.TAKE_TOOL: ("It was taken out", "tool", "", ""),
    K.RELEASE_PROGRAM: ("Release its program", "program", "", ""),
    K.BLOCK_PROGRAM: ("Block its program", "program", "", ""),
    K.ANSWER: ("Answer", "job", "answer", ""),
}


def allowed(role: Role | None) -> list[Offer]:
    """What a role may do."""
    if role is None:
        return []
    return [offer(kind) for kind in _OFFERS if may(kind, Rank[role.upper()])]


def offer(kind: ActionKind) -> Offer:
    """An action as the pages show it."""
    words, subject, detail, amount = _OFFERS[kind]
    return Offer(
        kind=kind.value,
        words=words,
        subject=subject,
        detail=detail,
        amount=amount,
        needs_reason=kind in NEEDS_REASON,
        role=_role(LEAST_ROLE[kind]),
    )


def _role(rank: Rank) -> Role:
    names: dict[Rank, Role] = {
        Rank.VIEWER: "viewer",
        Rank.OPERATOR: "operator",
        Rank.ENGINEER: "engineer",
        Rank.ADMIN: "admin",
    }
    return names[rank]


async def act(scene: Scene, request: ActionRequest, person: str, role: Role) -> int:
    """Do it now; returns the number of its record. Raises rights.Forbidden, and InputError where it cannot be."""
    if request.kind not in list(ActionKind):
        hint = nearest(request.kind, list(ActionKind))
        raise InputError([Problem(f"there is no action {request.kind!r}", key="kind", hint=hint)])
    if scene.live is None or not scene.cells.running:
        raise InputError([Problem("the line does not run", key="kind")])
    kind = ActionKind(request.kind)
    values = tuple(_reading(scene, one) for one in request.values)
    action = Action(kind, request.subject, request.detail, request.amount, request.reason, values)
    return await scene.live.act(action, Person(person, Rank[role.upper()]))


def _reading(scene: Scene, told: ReadingRequest) -> Reading:
    """A measured value in SI units. Raises InputError where the plant has no such characteristic."""
    known = scene.watch.run.plant.characteristics
    if told.characteristic not in known:
        hint = nearest(told.characteristic, known)
        raise InputError([Problem(f"there is no characteristic {told.characteristic!r}", key="values", hint=hint)])
    return Reading(told.serial, told.characteristic, Scale(known[told.characteristic]).si(told.value))
