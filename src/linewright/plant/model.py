"""The plant file as data: every table of the plant language, its fields, units and defaults.

The classes are the language: the JSON Schema, `docs/plant-file.md` and the workbook's sheets are made from
them. Quantities are written in engineering units (`45 s`, `6.5 min`, `0.013 mm`, `12/h`, `3%`) and held in
SI units. References between tables (a station's name in a route) are plain names here; `plant.check` sees
that they exist.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from linewright.plant.distributions import TimeDistribution, ValueDistribution
from linewright.plant.hours import check_breaks, check_shift_hours
from linewright.plant.quantities import (
    Amount,
    Count,
    Duration,
    Length,
    Money,
    Number,
    Quantity,
    Share,
    Speed,
    Texts,
    ToolLife,
    check_sample,
)

UNLIMITED = -1  # a number of places, pieces or attempts that never runs out; written `unlimited`


class Table(BaseModel):
    """Base of all tables: an unknown key is an error, a value never changes once loaded."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


# ---------------------------------------------------------------- time and people


class Shift(Table):
    """A shift of the week: when it is on, its breaks, and whether machines run on without people."""

    on: Annotated[
        Texts,
        AfterValidator(check_shift_hours),
        Field(description="hours of the week, as `mon-fri 06:00-22:00`; past midnight is allowed"),
    ]
    breaks: Annotated[
        Texts,
        AfterValidator(check_breaks),
        Field(description="breaks of every day of the shift, as `10:00-10:15`"),
    ] = []
    unattended: Annotated[bool, Field(description="machines run on, crews are away")] = False


HeadCount = Annotated[int, Field(ge=0)]


class Crew(Table):
    """People with the same skills: how many are there in each shift."""

    people: Annotated[
        HeadCount | dict[str, HeadCount],
        Field(description="head-count, or head-count by shift (0 where not named)"),
    ]
    skills: list[str]
    picks: Annotated[
        Literal["oldest", "skill"],
        Field(
            description="whom a free person helps first: who has waited longest, or who needs the skill that is "
            "named first in `skills`"
        ),
    ] = "oldest"


# ---------------------------------------------------------------- materials


class Reorder(Table):
    """Buy again: when the stock falls to `at`, `quantity` more arrive after `lead_time`."""

    at: Amount
    quantity: Amount
    lead_time: TimeDistribution


class Material(Table):
    """Something bought or made. A made material has a route; a bought one has a stock."""

    buy: Annotated[bool, Field(description="bought, not made")] = False
    stock: Annotated[
        Count | None,
        Field(description="pieces at the start; a bought material without a stock never runs out"),
    ] = None
    reorder: Reorder | None = None
    family: Annotated[str | None, Field(description="set-up family; default: the material's own name")] = None
    kind: Annotated[
        str | None, Field(description="a name shared by like materials, so that they can share a queue")
    ] = None
    serial: Annotated[bool, Field(description="every piece is traced by a serial number")] = False
    cost: Annotated[Money | None, Field(description="price of a bought piece")] = None
    scrap: Annotated[
        Money | None,
        Field(description="what a scrapped piece costs; default: what was bought for it and its machine time"),
    ] = None


# ---------------------------------------------------------------- stations


class Setup(Table):
    """Set-up between families: one time for every change, or a matrix {from: {to: time}}."""

    by: Literal["family", "material"] = "family"
    time: Annotated[
        Duration | dict[str, dict[str, Duration]],
        Field(
            description="one time for any change, or times by from and to; "
            "a change that is not named takes no time"
        ),
    ]
    first: Annotated[
        bool, Field(description="the very first job needs a set-up too (at the mean of the times to it)")
    ] = False
    needs: Annotated[str | None, Field(description="skill of the person who sets up")] = None


class Failure(Table):
    """A way in which the station's machines fail, and how they are repaired."""

    name: str
    every: Annotated[TimeDistribution, Field(description="time between failures")]
    clock: Annotated[
        Literal["busy", "calendar"],
        Field(description="does the time count while processing only, or always?"),
    ] = "busy"
    repair: TimeDistribution
    stops: Annotated[
        Literal["machine", "station"],
        Field(description="does each machine fail by itself, or do all of the station together (by calendar)?"),
    ] = "machine"
    needs: Annotated[str | None, Field(description="skill of the repairer; the machine waits for one")] = None


class Tool(Table):
    """A tool of each machine of the station: its life, its change, and what its wear moves."""

    life: Annotated[ToolLife, Field(description="`90 min` of cutting, or a number of pieces")]
    change: TimeDistribution
    needs: Annotated[str | None, Field(description="skill of the person who changes it")] = None
    spares: Annotated[
        Count, Field(description="sharp tools on hand for each machine before it must wait for `resharpen`")
    ] = UNLIMITED
    resharpen: Annotated[Duration | None, Field(description="time until a worn tool is back as a spare")] = (
        None
    )
    wears: Annotated[str | None, Field(description="characteristic that the wear moves")] = None
    wear: Annotated[
        Length, Field(description="how far that characteristic has moved at the end of the tool's life")
    ] = 0.0
    scatter: Annotated[
        Length, Field(description="how far a new tool sits from where it should (standard deviation)")
    ] = 0.0


class Batch(Table):
    """A machine that takes several units at once, as a furnace or a washer."""

    least: Count = 1
    most: Count
    wait: Annotated[
        Duration | None,
        Field(description="start with fewer than `least` after waiting so long; without it wait for `least`"),
    ] = None


class Station(Table):
    """One or more like machines behind one queue."""

    machines: Count = 1
    queue: Annotated[
        Count | dict[str, Count],
        Field(description="places in front of the machines, or places by material or kind of material"),
    ] = UNLIMITED
    rework_queue: Annotated[
        Count | None,
        Field(description="places for units that come back, served first; without it they use the queue"),
    ] = None
    holds_place: Annotated[
        bool,
        Field(description="a unit keeps its queue place while it is on the machine (the places count both)"),
    ] = False
    outbox: Annotated[Count, Field(description="places for finished units that cannot go on yet")] = 0
    batch: Batch | None = None
    setup: Setup | None = None
    failures: list[Failure] = []
    tools: dict[str, Tool] = {}
    needs: Annotated[str | None, Field(description="skill of the person who attends every operation")] = None
    runs: Annotated[list[str] | None, Field(description="shifts in which it runs; default: all")] = None
    at_shift_end: Annotated[
        Literal["finish", "pause"],
        Field(description="does a job under way finish or wait for the next shift?"),
    ] = "finish"
    blocking: Annotated[
        Literal["after-service", "before-service", "communication"] | None,
        Field(description="overrides `control.blocking`"),
    ] = None
    machine_tool: Annotated[
        str | None,
        Field(description="machine file of its machine tools, by which programs are checked and timed"),
    ] = None


# ---------------------------------------------------------------- transport


class Vehicles(Table):
    """Vehicles or a robot that carry one unit at a time."""

    vehicles: Count
    speed: Speed
    load: Duration = 0.0
    unload: Duration = 0.0
    serves: Annotated[list[str], Field(description="stations served; `in` and `out` are the line's ends")]
    distances: Annotated[
        dict[str, dict[str, Length]],
        Field(description="{from: {to: distance}}; the way back is as long unless it is named"),
    ] = {}
    home: Annotated[
        str | None, Field(description="where the vehicles stand at the start; default: the first served")
    ] = None
    picks: Annotated[
        Literal["nearest", "oldest"],
        Field(
            description="which waiting unit is fetched first; of equally near ones that at the station named first"
        ),
    ] = "oldest"


class Conveyor(Table):
    """A belt, a chute or a plain transfer: everything takes `time`, in order where the time is constant."""

    from_: Annotated[
        str | list[str], Field(alias="from", description="station or stations, or `in`; `any`: every move")
    ]
    to: Annotated[str | list[str], Field(description="station or stations, or `out`; `any`: every move")]
    time: TimeDistribution
    capacity: Annotated[Count, Field(description="units on it at once")] = UNLIMITED
    needs: Annotated[str | None, Field(description="skill of the person who carries the unit")] = None


class Loop(Table):
    """A closed conveyor past several stations: what finds no place at its station goes round once more."""

    stops: Annotated[
        dict[str, Length], Field(description="stations and where along the loop units leave it for them")
    ]
    entries: Annotated[
        dict[str, Length], Field(description="where units come onto the loop; default: at the stop itself")
    ] = {}
    length: Annotated[Length, Field(description="once round")]
    speed: Speed
    capacity: Annotated[Count, Field(description="units on it at once")] = UNLIMITED


# ---------------------------------------------------------------- quality


class Gauge(Table):
    """Where and how well a characteristic is measured (standard deviations), and how its results are judged."""

    at: str
    repeatability: Quantity = 0.0
    bias: Quantity = 0.0
    uncertainty: Annotated[
        Quantity | None,
        Field(description="expanded uncertainty (k = 2) of a result; default: twice the repeatability"),
    ] = None
    decision: Annotated[
        Literal["simple", "iso-14253-1", "ilac-g8", "rss", "dobbert"],
        Field(description="guard band inside the limits: a unit passes only where the result proves it good"),
    ] = "simple"
    calibrated: Annotated[date | None, Field(description="when it was last calibrated, as 2026-05-04")] = None
    interval: Annotated[Duration | None, Field(description="so long a calibration holds; then it is due")] = None


class Upset(Table):
    """An assignable cause: every so many units the process jumps, and stays there until somebody looks."""

    every: Annotated[Amount, Field(description="units made from one to the next, on average (geometric)")]
    by: Annotated[Quantity, Field(description="how far it jumps, up or down with equal chance")]


class Process(Table):
    """How the characteristic of a made unit comes out: where the process stands and how it scatters."""

    mean: Annotated[
        Quantity | None, Field(description="default: the middle of the tolerance, or the nominal")
    ] = None
    sd: Annotated[Quantity, Field(description="from unit to unit")] = 0.0
    at: Annotated[
        str | None,
        Field(description="station that makes it; default: the one with a tool that `wears` it, else none"),
    ] = None
    between: Annotated[Quantity, Field(description="from machine to machine (standard deviation)")] = 0.0
    wander: Annotated[
        Quantity, Field(description="random walk of each machine, step from unit to unit (standard deviation)")
    ] = 0.0
    upset: Upset | None = None
    gain: Annotated[Number, Field(description="how far it really moves when an offset moves by 1")] = 1.0


class Chart(Table):
    """A control chart kept while the line runs, one for each machine that makes the characteristic."""

    kind: Literal["individuals", "xbar-r", "xbar-s", "ewma", "cusum", "p"] = "individuals"
    size: Annotated[
        Count | None, Field(description="units in a subgroup; default 1, or what the `sample` takes at a time")
    ] = None
    fraction: Annotated[
        Share | None, Field(description="centre line of a p chart: the usual share of units outside their limits")
    ] = None
    mean: Annotated[Quantity | None, Field(description="centre line; default: that of the process")] = None
    sigma: Annotated[
        Quantity | None, Field(description="of one result; default: process `sd` and repeatability together")
    ] = None
    width: Annotated[Number, Field(description="control limits, in standard deviations of what is plotted")] = 3.0
    rules: Annotated[
        list[str],
        Field(description="`nelson1` to `nelson8`, `we1` to `we4`; default: a point beyond the limits"),
    ] = []
    weight: Annotated[Share, Field(description="of the newest point (ewma)")] = 0.2
    k: Annotated[Number, Field(description="allowance of a cusum, in standard deviations")] = 0.5
    h: Annotated[Number, Field(description="decision interval of a cusum, in standard deviations")] = 5.0
    revision: Annotated[str, Field(description="which limits these are, and who froze them")] = ""


class Reaction(Table):
    """What the line does when the chart signals, or a unit is found outside its limits."""

    on: Annotated[
        list[Literal["signal", "fail"]], Field(description="a signal of the chart, a unit that fails, or both")
    ] = ["signal"]
    hold: Annotated[
        TimeDistribution | None,
        Field(description="the machine that made it stops after its present job for so long: somebody looks"),
    ] = None
    call: Annotated[str | None, Field(description="skill of the person who looks; a held machine waits for one")] = (
        None
    )
    inspect_all: Annotated[
        Count, Field(description="every unit is inspected until so many in a row are good; 0: no change")
    ] = 0
    inspect_back: Annotated[
        bool, Field(description="units since the last good one that were not inspected come back, if still here")
    ] = False


class Characteristic(Table):
    """A measured property with its tolerance: `upper` and `lower` are deviations from `nominal`."""

    of: Annotated[str, Field(description="material")]
    nominal: Quantity
    upper: Quantity | None = None
    lower: Quantity | None = None
    process: Process = Field(default_factory=Process)
    gauge: Gauge | None = None
    chart: Chart | None = None
    reaction: Reaction | None = None
    escape: Annotated[Money, Field(description="what a unit costs that leaves the line outside the tolerance")] = 0.0


class Acceptance(Table):
    """Lot by lot: the first units of each lot are inspected; the rest too where those are not good enough.

    Sample sizes and acceptance numbers are those of MIL-STD-105E, single plans, with its switching rules.
    """

    lot: Annotated[Count, Field(description="units in a lot, in the order in which they come")]
    aql: Annotated[Number, Field(description="acceptable quality level, in per cent: 0.65, 1.0, 2.5 ...")]
    level: Literal["S-1", "S-2", "S-3", "S-4", "I", "II", "III"] = "II"
    inspection: Annotated[
        Literal["normal", "tightened", "reduced"], Field(description="with which inspection it begins")
    ] = "normal"
    switching: Annotated[bool, Field(description="normal, tightened and reduced inspection by the rules")] = True


class Compensation(Table):
    """How a tool's offset follows the measured values."""

    tool: str
    method: Annotated[
        Literal["ewma", "double-ewma", "kalman"],
        Field(description="double-ewma and kalman follow a drift, as of wear, without lag"),
    ] = "ewma"
    weight: Annotated[Share, Field(description="lambda: share of a deviation that one correction takes back")] = 0.3
    trend_weight: Annotated[Share, Field(description="weight of the newest slope (double-ewma)")] = 0.1
    wander: Annotated[Length, Field(description="step of the level from unit to unit, sd (kalman)")] = 0.0
    trend_wander: Annotated[Length, Field(description="step of the slope from unit to unit, sd (kalman)")] = 0.0
    noise: Annotated[
        Length | None,
        Field(description="scatter of one result (kalman, grubbs); default: process `sd` and repeatability"),
    ] = None
    setup: Annotated[
        Literal["none", "grubbs"], Field(description="rule for the first units after a tool change")
    ] = "none"
    setup_units: Annotated[Count, Field(description="so many units by the set-up rule")] = 5
    dead_band: Annotated[Length, Field(description="smaller corrections are not made")] = 0.0
    most_step: Annotated[Length | None, Field(description="largest single correction")] = None
    most_total: Annotated[Length | None, Field(description="largest offset")] = None
    gain: Annotated[Number, Field(description="how far the result moves when the offset moves by 1")] = 1.0
    gain_check: Annotated[
        Count,
        Field(description="correcting stops after so many results in a row that overshot and grew; 0: never"),
    ] = 5


class Fail(Table):
    """What becomes of a unit that fails: rework from an operation on, at most so often, then what."""

    rate: Annotated[
        Share, Field(description="share of inspected units that fail; used where there are no `checks`")
    ] = 0.0
    rework: Annotated[str | None, Field(description="operation to go back to")] = None
    at_most: Annotated[Count, Field(description="how often one unit may come back")] = UNLIMITED
    then: Annotated[
        Literal["scrap", "pass"], Field(description="what when it fails once more, or without `rework`")
    ] = "scrap"
    scrap_rate: Annotated[Share, Field(description="share of inspected units that are scrapped outright")] = (
        0.0
    )


# ---------------------------------------------------------------- routes


class Operation(Table):
    """One step of a route: where, what it takes, how long, and what may go wrong."""

    at: Annotated[str | list[str], Field(description="station, or stations that can do it (alternatives)")]
    time: Annotated[
        TimeDistribution | dict[str, TimeDistribution] | None,
        Field(description="time for one piece (for a batch: of the batch), or times by station"),
    ] = None
    program: Annotated[
        str | None,
        Field(
            description="machine-tool program: checked at load, and by the station's `machine_tool` it tells "
            "`time` and `uses` where those are not given; its tools are the station's `T1`, `T2` ..."
        ),
    ] = None
    handling: Annotated[
        TimeDistribution | None,
        Field(description="loading and unloading of one piece, on top of the program's time"),
    ] = None
    takes: Annotated[
        dict[str, Amount],
        Field(description="materials used up for one piece, as `2` or `1/12`"),
    ] = {}
    gives: Annotated[
        dict[str, int], Field(description="materials that come out beside the unit (disassembly)")
    ] = {}
    lot: Annotated[Count, Field(description="pieces started together, the time counts for each")] = 1
    transfer: Annotated[Count | None, Field(description="pieces handed on together; default: the lot")] = None
    needs: Annotated[
        str | None, Field(description="skill of the person who attends; overrides the station's")
    ] = None
    sample: Annotated[
        str,
        AfterValidator(check_sample),
        Field(
            description="`all`, `1 in 5`, `3 in 20` (three in a row), `1 in 5 each` (counted for each machine that "
            "makes what is checked), `5 every 1 h`: which units are inspected; the others skip the operation"
        ),
    ] = "all"
    accept: Annotated[
        Acceptance | None, Field(description="lot acceptance in place of `sample`")
    ] = None
    checks: Annotated[list[str], Field(description="characteristics measured here")] = []
    compensates: Annotated[
        dict[str, str | Compensation],
        Field(description="{station: tool} whose offset follows the measured values, or how it does"),
    ] = {}
    uses: Annotated[
        dict[str, Duration],
        Field(description="cutting time of each tool for one piece; default: every tool, the whole time"),
    ] = {}
    fail: Annotated[Fail | Literal["scrap"] | None, Field(description="what becomes of a failed unit")] = None


# ---------------------------------------------------------------- demand and rules


class Stream(Table):
    """Orders that arrive at random."""

    every: Annotated[TimeDistribution, Field(description="time between orders")]
    first: Annotated[
        Duration | None, Field(description="when the first order comes; default: after one `every`")
    ] = None
    profile: Annotated[
        list[Amount],
        Field(
            description="how busy each hour is beside the others: 24 numbers from midnight on, or 168 from Monday "
            "on; `every` stays the mean over all of them"
        ),
    ] = []
    material: Annotated[str | dict[str, Share], Field(description="material, or shares by material")]
    quantity: Count = 1
    due: Annotated[TimeDistribution | None, Field(description="time allowed from arrival to due date")] = None
    priority: Annotated[Number, Field(description="the lower the sooner")] = 0.0
    when_full: Annotated[
        Literal["wait", "lose"], Field(description="what an order does when the first queue is full")
    ] = "wait"


class Orders(Table):
    """Demand: a file of orders, random streams, or as much as the line can make (`saturated`)."""

    from_: Annotated[
        str | None,
        Field(alias="from", description="CSV or XLSX: order, material, quantity, due, priority, release"),
    ] = None
    streams: list[Stream] = []
    saturated: Annotated[
        list[str | dict[str, Share]],
        Field(description="materials that are always in demand; {A: 50%, B: 50%} draws each unit from a mix"),
    ] = []


class Kanban(Table):
    """Cards by station: at most so many units in its queue, on its machines and in its outbox."""

    kanban: dict[str, Count]


class Conwip(Table):
    """Constant work in process: at most so many units on the line (in all, or by material)."""

    conwip: Count | dict[str, Count]


class DrumBufferRope(Table):
    """At most `rope` units between release and the end of the operation at the drum (the bottleneck)."""

    drum: str
    rope: Count


Rule = Annotated[
    str,
    Field(
        description="fifo, shortest-processing-time, earliest-due-date, critical-ratio, slack, "
        "apparent-tardiness-cost, fewest-setups, priority, schedule, or FILE.py:FUNCTION"
    ),
]


class Control(Table):
    """The line's rules: when work is released, what a machine takes next, how blocking works."""

    release: Literal["push", "schedule"] | Kanban | Conwip | DrumBufferRope = "push"
    dispatch: Annotated[
        Rule | dict[str, Rule], Field(description="one rule, or rules by station and `default`")
    ] = "fifo"
    schedule: Annotated[
        str | None,
        Field(
            description="CSV or XLSX for the rule `schedule`: station, order, perhaps operation; the rows of a "
            "station are its sequence (without it: the sequence of the order file)"
        ),
    ] = None
    blocking: Literal["after-service", "before-service", "communication"] = "after-service"
    replace_scrap: Annotated[bool, Field(description="a scrapped unit of an order is made again")] = True


class Cost(Table):
    """What a machine of a station costs to buy and to run."""

    buy: Money = 0.0
    hour: Annotated[Money, Field(description="for one hour of running")] = 0.0


class Experiment(Table):
    """How the plant is simulated unless the command says otherwise."""

    length: Annotated[Duration | None, Field(description="simulated time, after the warm-up")] = None
    warm_up: Annotated[Duration | None, Field(description="default: found from pilot runs")] = None
    replications: Count | None = None
    seed: int = 1


class Plant(Table):
    """One automated line: what is there, what it makes, what is wanted, and by which rules it runs."""

    plant: Annotated[str, Field(description="name of the line")]
    calendar: Annotated[dict[str, Shift], Field(description="shifts; without any the line runs always")] = {}
    crews: dict[str, Crew] = {}
    materials: dict[str, Material]
    stations: dict[str, Station]
    transport: dict[str, Vehicles | Conveyor | Loop] = {}
    characteristics: dict[str, Characteristic] = {}
    routes: dict[str, list[dict[str, Operation]]]
    orders: Orders = Field(default_factory=Orders)
    control: Control = Field(default_factory=Control)
    machines: Annotated[
        dict[str, str | list[str]], Field(description="addresses of the real machines by station")
    ] = {}
    costs: Annotated[
        dict[str, Cost | str],
        Field(
            description="`currency`, and what each station, crew (a person) or transport (a vehicle) costs"
        ),
    ] = {}
    experiment: Experiment = Field(default_factory=Experiment)


__all__ = ["UNLIMITED", "Operation", "Plant", "Station", "ValueDistribution"]
