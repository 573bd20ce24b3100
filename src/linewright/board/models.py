"""What the API answers: the models that OpenAPI shows. Times are plant times in s, `null` where not known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Seconds = Annotated[float, Field(description="plant time, s since Monday 00:00 of the first week")]
Quantiles = Annotated[list[float | None], Field(description="at 10, 50 and 90 %; null: beyond the horizon")]
Role = Literal["viewer", "operator", "engineer", "admin"]


class Machine(BaseModel):
    """A machine, by its place in the picture."""

    name: str
    station: int
    has_programs: bool = Field(description="it runs machine-tool programs that can be drawn")


class Queue(BaseModel):
    """Places before a station; capacity -1: unlimited."""

    name: str
    station: int
    capacity: int
    kind: Literal["main", "rework", "component", "store"]


class Station(BaseModel):
    """A station or conveyor and where it stands in the drawing."""

    name: str
    belt: int | None = Field(description="place among the conveyors; null: a station")
    capacity: int = Field(description="of a conveyor; -1: unlimited")
    machines: list[int]
    queues: list[int]
    column: int
    row: float


class Vehicle(BaseModel):
    """A vehicle of a fleet."""

    name: str
    fleet: str


class Edge(BaseModel):
    """A way that units go between two stations."""

    origin: int
    to: int
    kind: Literal["route", "back", "rework"]
    flow: int = Field(description="place among the flows of the picture; -1: not counted")


class CellPlaces(BaseModel):
    """Where each figure stands in the vector that the WebSocket sends."""

    first: dict[str, int]
    size: int
    fields: dict[str, list[str]]


class LineAnswer(BaseModel):
    """All that does not change while the line runs.

    `leads`: from when on (s of plant time) the clocks of the place are ahead of what was counted, by how much (s).
    """

    plant: str
    live: bool
    leads: list[tuple[float, float]]
    machines: list[Machine]
    stations: list[Station]
    queues: list[Queue]
    vehicles: list[Vehicle]
    fleets: list[str]
    crews: list[str]
    materials: list[str]
    operations: list[str]
    failures: list[str]
    tools: list[str]
    orders: list[str]
    products: list[int]
    characteristics: list[str]
    states: list[str]
    edges: list[Edge]
    cells: CellPlaces


class MachineNow(BaseModel):
    """What a machine does."""

    machine: str
    station: str
    state: str
    since_s: Seconds
    failure: str | None
    operation: str | None
    material: str | None
    unit: int | None
    pieces: int
    silent: bool = Field(description="its connection is lost: the state is the last one known")


class HourAnswer(BaseModel):
    """Products finished in an hour of plant time, and what was expected."""

    hour: int
    made: int | None  # null: not read yet from the journal of a line that was resumed
    expected: float | None


class ToMeasure(BaseModel):
    """A value that an operation measures on a unit; the limits are in `unit`."""

    serial: int
    characteristic: str
    unit: str
    lower: float | None
    upper: float | None


class QuestionAnswer(BaseModel):
    """What must be asked of a person about a job; answered by the action `answer`."""

    job: str
    machine: str
    words: str
    to_measure: list[ToMeasure]


class NowAnswer(BaseModel):
    """The line at this moment."""

    time_s: Seconds
    clock: str
    running: bool
    stopped: str | None = Field(description="why the line stopped, where it did")
    finished: int
    scrapped: int
    in_process: int
    orders_done: int
    orders: int
    shift: list[str]
    machines: list[MachineNow]
    questions: list[QuestionAnswer]
    hours: list[HourAnswer]
    person_needed_s: Quantiles
    unattended_until_s: Quantiles
    looked_ahead: bool


class OrderAnswer(BaseModel):
    """An order of the order file."""

    order: str
    material: str
    quantity: int
    good: int
    in_process: int
    status: Literal["to come", "waiting", "in work", "held", "done"]
    priority: float
    release_s: Seconds
    due_s: float | None
    done_s: float | None
    late: bool
    finish_s: Quantiles
    on_time: float | None = Field(description="chance, from the forecast")


class UnitBrief(BaseModel):
    """A unit in a list."""

    serial: int
    material: str
    order: str
    released_s: Seconds
    ended_s: float | None
    end: Literal["", "finished", "scrapped"]
    built_into: int | None
    operation: str | None
    machine: str | None


class UnitsAnswer(BaseModel):
    """Some of the units."""

    total: int
    units: list[UnitBrief]


class WorkAnswer(BaseModel):
    """An operation on a unit."""

    operation: str
    machine: str
    started_s: Seconds
    finished_s: float | None
    outcome: Literal["", "pass", "fail", "scrap"]
    crew: str
    tools: list[str]
    program: str


class MeasuredAnswer(BaseModel):
    """A measured value in the unit of the plant file, with its limits."""

    characteristic: str
    value: float
    unit: str
    lower: float | None
    upper: float | None
    inside: bool
    time_s: Seconds


class UnitAnswer(BaseModel):
    """A unit from its release to its end, with what is in it and what it is in."""

    unit: UnitBrief
    work: list[WorkAnswer]
    stopped: str = Field(description="what a person has said about it, as held")
    values: list[MeasuredAnswer]
    components: list[UnitBrief] = Field(description="what is built into it, directly or not")
    within: list[UnitBrief] = Field(description="what it is built into, outwards")
    siblings: list[UnitBrief] = Field(description="what else is in the same whole")


class RecallAnswer(BaseModel):
    """What a cause concerns; the lists are cut off at 1,000."""

    question: str
    touched: int
    wholes: int
    orders: list[str]
    touched_units: list[UnitBrief]
    whole_units: list[UnitBrief]


class MachineBars(BaseModel):
    """States of a machine over time: (from, state)."""

    machine: str
    silent: bool
    bars: list[tuple[float, int]]


class StationTimes(BaseModel):
    """A station over a span of time."""

    station: str
    indicators: dict[str, float | None] = Field(description="ISO 22400-2")
    shares: dict[str, float] = Field(description="of the machines' time by state")
    pieces: int
    failures: int
    machines: list[MachineBars]


class TimesAnswer(BaseModel):
    """Where the machines' time went."""

    from_s: Seconds
    to_s: Seconds
    stations: list[StationTimes]


class CommandAnswer(BaseModel):
    """A command that an event caused."""

    kind: str
    text: str


class EventAnswer(BaseModel):
    """An event of the journal and what it caused."""

    seq: int
    time_s: Seconds
    kind: str
    text: str
    machine: str
    source: str = Field(description="where it came in, where that was not a machine")
    person: str
    reason: str
    change: str = Field(description="the value before and after, where a person changed one")
    commands: list[CommandAnswer]


class EventsAnswer(BaseModel):
    """Events, the latest first; `before` asks for earlier ones."""

    events: list[EventAnswer]
    before: int | None = Field(description="where to go on; null: there are none before")


class OrderForecastAnswer(BaseModel):
    """When an order will be done."""

    order: str
    material: str
    due_s: float | None
    finish_s: Quantiles
    on_time: float


class FutureAnswer(BaseModel):
    """What many futures have in common."""

    now_s: Seconds
    horizon_s: float
    futures: int
    all_done_s: Quantiles
    standing: float = Field(description="share of the futures in which the line comes to a stand")
    orders: list[OrderForecastAnswer]
    times_s: list[float]
    finished: list[list[float]] = Field(description="products from now on, at 10, 50 and 90 %")
    wip: list[list[float]]


class ForecastAnswer(BaseModel):
    """The latest look ahead."""

    future: FutureAnswer | None
    near: FutureAnswer | None
    took_s: float | None
    person_needed_s: Quantiles
    unattended_until_s: Quantiles


class WhatIfAnswer(BaseModel):
    """Two futures with the same luck."""

    question: str
    as_is: FutureAnswer
    changed: FutureAnswer


class ToolAnswer(BaseModel):
    """A tool of a machine."""

    tool: str
    there: bool
    used: float | None = Field(description="share of its life; null: it has no end")
    needed: bool = Field(description="by the operation that the machine holds now")


class ProgramState(BaseModel):
    """A program that a machine runs: may it be started?"""

    operation: str
    program: str
    released: bool


class ReadinessAnswer(BaseModel):
    """What a machine needs before it begins: its tools and its programs."""

    machine: str
    waits_for: str = Field(description="why it does not begin; empty: it does not wait")
    tools: list[ToolAnswer]
    programs: list[ProgramState]


class ProgramAnswer(BaseModel):
    """The machine-tool program that a machine runs: its path in time."""

    operation: str
    program: str
    length_s: float
    points: list[tuple[float, float, float]] = Field(description="mm")
    reached_s: list[float] = Field(description="when each point is reached, from the start of the program")
    cuts: list[bool] = Field(description="does the way to the point cut? else it is a rapid")
    lines: list[int] = Field(description="of the text, from 1; 0: of a file of its own")
    text: list[str]


class PlaceAnswer(BaseModel):
    """How far a program is, reckoned from the time since the work began; handling is taken at its mean."""

    time_s: Seconds
    operation: str
    program: str
    runs: bool
    handling: bool = Field(description="the part is being loaded: the program has not begun")
    piece: int
    pieces: int
    at_s: float
    length_s: float
    line: int
    position: tuple[float, float, float] = Field(description="mm")


class ReadingRequest(BaseModel):
    """A value that a person measured on a unit."""

    serial: int = Field(ge=0, le=2**62)
    characteristic: str = Field(max_length=200)
    value: float = Field(ge=-1e12, le=1e12, allow_inf_nan=False, description="in the unit of the characteristic")


class ActionRequest(BaseModel):
    """What a person does."""

    kind: str = Field(max_length=40)
    subject: str = Field(max_length=200)
    detail: str = Field("", max_length=200)
    amount: float = Field(0.0, ge=-1e12, le=1e12, allow_inf_nan=False)
    reason: str = Field("", max_length=500)
    values: list[ReadingRequest] = Field([], max_length=1000, description="of an answer: what was measured")


class ActionKind(BaseModel):
    """Something that a person may do."""

    kind: str
    words: str
    subject: str = Field(description="what it is done to")
    detail: str = Field(description="what else must be said")
    amount: str = Field(description="what the amount means, where there is one")
    needs_reason: bool
    role: Role = Field(description="the least that may do it")


class DoneAnswer(BaseModel):
    """It is done."""

    done: bool = True
    seq: int | None = Field(default=None, description="of its record in the journal")


class SignIn(BaseModel):
    """A person's name and password."""

    person: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class NewPassword(BaseModel):
    """A person's own new password."""

    old: str = Field(min_length=1, max_length=256)
    new: str = Field(min_length=10, max_length=256)


class SessionAnswer(BaseModel):
    """Who asks, and with which rights. `csrf` goes into the header X-CSRF-Token of everything that changes."""

    person: str
    role: Role | None
    csrf: str
    must_change_password: bool
    actions: list[ActionKind]


class AccountRequest(BaseModel):
    """A new account, or another role or password for one."""

    person: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    role: Role
    password: str | None = Field(None, min_length=10, max_length=256)


class AccountAnswer(BaseModel):
    """An account."""

    person: str
    role: Role
    must_change_password: bool


class Refusal(BaseModel):
    """Why not."""

    detail: str
