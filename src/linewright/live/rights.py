"""Who may do what: four roles, each with the rights of those below it, and the least role for every action."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

from linewright.errors import InputError, Problem


class Role(IntEnum):
    """What a person may do, the more the higher."""

    VIEWER = 0
    OPERATOR = 1
    ENGINEER = 2
    ADMIN = 3


class Person(NamedTuple):
    """Somebody who acts."""

    name: str
    role: Role


class ActionKind(StrEnum):
    """What people do to a running line. In brackets: `subject` and `detail` of the `Action`."""

    TAKE_OUT = "take-out"  # [machine] it stops where it is
    GIVE_BACK = "give-back"  # [machine]
    HOLD_UNIT = "hold-unit"  # [serial number]
    RELEASE_UNIT = "release-unit"  # [serial number]
    SCRAP_UNIT = "scrap-unit"  # [serial number]
    REWORK_UNIT = "rework-unit"  # [serial number, operation] back to it
    MOVE_UNIT = "move-unit"  # [serial number, queue] it was carried there
    ORDER = "order"  # [material, when it is due from now as `2 d`, or ""], amount: how many
    PRIORITISE = "prioritise"  # [order], amount: the priority, the lower the sooner
    HOLD_ORDER = "hold-order"  # [order] no more of it is released
    RELEASE_ORDER = "release-order"  # [order]
    CANCEL_ORDER = "cancel-order"  # [order] what has not been released never will be
    SET_RULE = "set-rule"  # [station, dispatch rule]
    SET_LIMIT = "set-limit"  # [material of the release loop], amount: cards
    DELIVER = "deliver"  # [bought material], amount: how much has arrived
    NOTE_STOP = "note-stop"  # [machine] it stands, and nobody knows why
    END_STOP = "end-stop"  # [machine] it goes on
    EXPLAIN_STOP = "explain-stop"  # [machine, failure mode or ""], amount: record of the event that opened the stop
    ACKNOWLEDGE = "acknowledge"  # [machine or ""], amount: record of what is acknowledged
    BRING_TOOL = "bring-tool"  # [machine tool] it is there, amount: how much of its life is used, per cent
    TAKE_TOOL = "take-tool"  # [machine tool] it has been taken out
    RELEASE_PROGRAM = "release-program"  # [operation] its program may be started
    BLOCK_PROGRAM = "block-program"  # [operation] its program must not be started
    ANSWER = "answer"  # [job, one of Answer], amount: the outcome of an inspection (`control.codes.Outcome`)


class Answer(StrEnum):
    """What a person says about a job of which nothing else is known."""

    DONE = "done"  # it was done
    AGAIN = "again"  # it was not done: it may begin anew
    SCRAP = "scrap"  # it was begun, and its units are spoiled


LEAST_ROLE = {
    **dict.fromkeys(ActionKind, Role.OPERATOR),
    ActionKind.RELEASE_UNIT: Role.ENGINEER,
    ActionKind.REWORK_UNIT: Role.ENGINEER,
    ActionKind.ORDER: Role.ENGINEER,
    ActionKind.PRIORITISE: Role.ENGINEER,
    ActionKind.HOLD_ORDER: Role.ENGINEER,
    ActionKind.RELEASE_ORDER: Role.ENGINEER,
    ActionKind.CANCEL_ORDER: Role.ENGINEER,
    ActionKind.SET_RULE: Role.ENGINEER,
    ActionKind.SET_LIMIT: Role.ENGINEER,
    ActionKind.RELEASE_PROGRAM: Role.ENGINEER,
}


class Forbidden(InputError):
    """A person lacks the right to do something."""


def may(kind: ActionKind, role: Role) -> bool:
    """Has the role the right?"""
    return role >= LEAST_ROLE[kind]


def require(kind: ActionKind, person: Person) -> None:
    """Raises Forbidden where the person lacks the right."""
    if not may(kind, person.role):
        least, has = LEAST_ROLE[kind].name.lower(), person.role.name.lower()
        raise Forbidden([Problem(f"{person.name} is {has}; this needs the rights of {least}", key=kind)])
