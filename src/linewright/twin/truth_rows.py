"""Rows of exact answers as plants: each form of row becomes a plant and a measure.

A row is `case, parameters, measure, exact value`. One function writes the plant of one form, whatever the
parameters; `FORMS` says which words of the case call for which function. The unit of time of a row is taken
as one second.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from linewright.plant import Plant
from linewright.twin.truth_plants import (
    CYCLE_S,
    Table,
    cycles,
    failure,
    failure_rates,
    finite,
    one_station,
    operation,
    plant_of,
    saturated,
    stream,
)
from linewright.twin.truth_words import Numbers, law_of, spread


class NotALine(Exception):
    """The row is about something that a line cannot be, or in words that are not known here."""


@dataclass(frozen=True)
class Truth:
    """A row made ready: the plant, and what its answer needs to be read."""

    plant: Plant
    measure: str = ""
    queue: str = ""  # station whose queue the measure is about
    material: str = ""  # the measure is about this material alone
    rate: float = 1.0  # parts a second that the line may reach, for the length of the first run
    choices: tuple[Plant, ...] = ()  # a row about the best of several plants


# ---------------------------------------------------------------- queues


def queue(case: str, given: Numbers) -> Truth:
    """Kendall's A/B/c[/K]: arrivals at random, c machines, K places in all."""
    arrival, service, *sizes = re.match(r"[\w/]+", case)[0].split("/")  # type: ignore[index]
    machines = given.size(sizes[0]) if sizes else 1
    between = law_of(arrival, given.arrival_mean(), given)
    time = law_of(service, given.service_mean(), given)
    room = given.size(sizes[1]) - machines if len(sizes) > 1 else -1
    plant = one_station(
        {"machines": machines, "queue": room},
        time,
        [stream(between, when_full="lose" if room >= 0 else "wait")],
    )
    return Truth(plant, queue="station", rate=1 / given.arrival_mean())


def queue_that_fails(case: str, given: Numbers) -> Truth:
    """Arrivals at random to one machine that fails while it works, and goes on where it stopped."""
    del case
    words = given.text("note")
    time = law_of(word_before(words, "service"), given["service_mean"], given)
    failure = {
        "name": "failure",
        "every": law_of("exp", 1 / given["failure_rate"], given),
        "repair": law_of(word_before(words, "repair"), given["repair_mean"], given),
    }
    plant = one_station(
        {"machines": 1, "failures": [failure]}, time, [stream(law_of("exp", 1 / given["lam"], given))]
    )
    return Truth(plant, queue="station", rate=given["lam"])


def queue_with_priority(case: str, given: Numbers) -> Truth:
    """Classes of orders before one another at one machine; the work under way is finished."""
    if "non-preemptive" not in case and "nonpreemptive" not in case:
        raise NotALine("work under way is never interrupted for more urgent work")
    rates = given.several("lam")
    service = [1 / mu for mu in spread(given.several("mu"), len(rates))]
    classes = [f"class-{k + 1}" for k in range(len(rates))]
    plant = plant_of(
        stations={"station": {"machines": 1}},
        routes={
            name: [{"serve": operation("station", law_of("exp", s, given))}]
            for name, s in zip(classes, service, strict=True)
        },
        orders={
            "streams": [
                stream(law_of("exp", 1 / lam, given), name, priority=k)
                for k, (lam, name) in enumerate(zip(rates, classes, strict=True))
            ]
        },
        control={"dispatch": "priority"},
    )
    return Truth(plant, queue="station", rate=sum(rates))


def network(case: str, given: Numbers) -> Truth:
    """Stations in series, some of the last one's parts going back: Jackson's network."""
    rates = given.several("mu")
    rework = re.search(r"of station (\d+) back to station (\d+)", case)
    at, back = (int(rework[1]), int(rework[2])) if rework else (len(rates), 1)
    steps = [
        {f"step-{k + 1}": operation(f"station-{k + 1}", law_of("exp", 1 / mu, given))}
        for k, mu in enumerate(rates)
    ]
    if given.get("rework", 0.0):
        fail = {"rate": given["rework"], "rework": f"step-{back}", "at_most": -1, "then": "pass"}
        steps[at - 1][f"step-{at}"]["fail"] = fail
    plant = plant_of(
        stations={f"station-{k + 1}": {"machines": 1} for k in range(len(rates))},
        routes={"part": steps},
        orders={"streams": [stream(law_of("exp", 1 / given["lam"], given))]},
    )
    return Truth(plant, queue="station-1", rate=given["lam"])


# ---------------------------------------------------------------- one machine, many machines


def one_machine(case: str, given: Numbers) -> Truth:
    """One machine that is never short of work and fails; one kind of part, or kinds with set-ups."""
    del case
    clock = "calendar" if given.text("time_basis", "operating").startswith("calendar") else "busy"
    failure = {
        "name": "failure",
        "every": law_of("exp", given["MTBF"], given),
        "clock": clock,
        "repair": law_of(given.text("repair", "exp"), given.get("MTTR", 0.0), given),
    }
    machine: Table = {"machines": 1, "queue": 0, "failures": [failure]}
    if "mix" not in given:
        time = law_of(given.text("proc", "exp"), 0.0 if "proc" in given else given.service_mean(), given)
        return Truth(saturated([machine], [time]))
    means, shares = given.several("mean"), given.several("mix")
    kinds = [f"kind-{k + 1}" for k in range(len(means))]
    setup = {
        a: dict(zip(kinds, row, strict=True)) for a, row in zip(kinds, given.matrix("setup"), strict=True)
    }
    for kind in kinds:
        setup[kind].pop(kind)
    machine |= {"queue": -1, "setup": {"by": "material", "time": setup}}
    plant = plant_of(
        stations={"station": machine},
        routes={
            kind: [{"work": operation("station", mean)}] for kind, mean in zip(kinds, means, strict=True)
        },
        orders={"saturated": [dict(zip(kinds, shares, strict=True))]},
    )
    return Truth(plant, rate=1 / min(means))


def machine_repair(case: str, given: Numbers) -> Truth:
    """Machines that fail at random and share technicians: one repairs one machine at a time."""
    del case
    up_s = 1 / given["failure_rate"]
    failure = {
        "name": "failure",
        "every": law_of("exp", up_s, given),
        "repair": law_of("exp", 1 / given["repair_rate"], given),
        "needs": "repair",
    }
    plant = plant_of(
        crews={"technicians": {"people": given.size("techs"), "skills": ["repair"]}},
        stations={"station": {"machines": given.size("machines"), "queue": 0, "failures": [failure]}},
        routes={"part": [{"work": operation("station", up_s)}]},
        orders={"saturated": ["part"]},
    )
    return Truth(plant, queue="station", rate=given["machines"] / up_s)


def conwip(case: str, given: Numbers) -> Truth:
    """So many cards going round machines in series: a part is released when one is finished."""
    del case
    rates = spread(
        given.several("mu"), given.size("machines") if "machines" in given else len(given.several("mu"))
    )
    times = [law_of("exp", 1 / mu, given) for mu in rates]
    plant = saturated(
        [{"machines": 1} for _ in rates], times, control={"release": {"conwip": given.size("cards")}}
    )
    return Truth(plant, rate=min(rates))


# ---------------------------------------------------------------- lines with finite buffers


def line(case: str, given: Numbers) -> Truth:
    """A saturated line: machine, buffer, machine ...; the first is never starved, the last never blocked."""
    rates, places = machines_of(case, given), given.several("B")
    laws = [law_of(service_word(case), 1 / mu, given) for mu in rates]
    failures = (
        [None] * len(rates) if "p" not in given else list(zip(*failure_rates(given, len(rates)), strict=True))
    )
    clock = "calendar" if "time" in given.text("failures", "operation") else "busy"
    return Truth(
        saturated(
            [
                finite(k, spread(places, len(rates) - 1), failure(f, clock, given))
                for k, f in enumerate(failures)
            ],
            laws,
            control={"blocking": blocking_of(case)},
        ),
        rate=min(rates),
    )


def buffer_allocation(case: str, given: Numbers) -> Truth:
    """The best way to share out so many places among the buffers of a saturated line."""
    rates = machines_of(case, given)
    places = given.size("places") if "places" in given else int(found(r"(\d+) places", case))
    law = service_word(case)
    plants = tuple(
        saturated(
            [finite(k, share, None) for k in range(len(rates))], [law_of(law, 1 / mu, given) for mu in rates]
        )
        for share in shares_of(places, len(rates) - 1)
    )
    return Truth(plants[0], rate=min(rates), choices=plants)


def stepping_line(case: str, given: Numbers) -> Truth:
    """Machines of one cycle that fail at its beginning, never while starved or blocked.

    Both lines look for a unit and for a place ahead before a machine takes anything in, and only a machine
    that has both can fail. The deterministic line of Gershwin counts the unit on a machine in the buffer
    before it, the Bernoulli line of Li & Meerkov does not.
    """
    bernoulli = "bernoulli" in case.lower()
    fails, back = given.several("p"), given.several("p" if bernoulli else "r")
    if bernoulli:
        fails = [1 - p for p in fails]
    n = max(len(fails), len(back), number_of_machines(case, 0))
    places = spread(given.several("N"), n - 1)
    stations = []
    for k, (p, r) in enumerate(zip(spread(fails, n), spread(back, n), strict=True)):
        station: Table = {"machines": 1, "queue": 0 if k == 0 else int(places[k - 1])}
        if k > 0 and not bernoulli:
            station["holds_place"] = True
        if p > 0:
            station["failures"] = [{"name": "failure", "every": cycles(p), "repair": cycles(r)}]
        stations.append(station)
    plant = saturated(stations, [CYCLE_S] * n, control={"blocking": "communication"})
    return Truth(plant, rate=1 / CYCLE_S)


def assembly(case: str, given: Numbers) -> Truth:
    """Feeders that are never starved, a buffer after each, and a machine that takes one from each."""
    rates = given.several("mu")
    n = max(len(rates), int(found(r"of (\d+) components", case) or 0))
    rates, places = spread(rates, n), spread(given.several("K"), n)
    parts = [f"component-{k + 1}" for k in range(n)]
    stations: Table = {f"feeder-{k + 1}": {"machines": 1, "queue": 0} for k in range(n)}
    stations["assembly"] = {
        "machines": 1,
        "queue": {part: int(k) for part, k in zip(parts, places, strict=True)},
    }
    routes: Table = {
        part: [{"make": operation(f"feeder-{k + 1}", law_of("exp", 1 / rates[k], given))}]
        for k, part in enumerate(parts)
    }
    join = operation("assembly", law_of("exp", 1 / given["assembly"], given))
    routes["product"] = [{"assemble": join | {"takes": dict.fromkeys(parts, 1)}}]
    plant = plant_of(stations=stations, routes=routes, orders={"saturated": [*parts, "product"]})
    return Truth(plant, material="product", rate=given["assembly"])


def oven(case: str, given: Numbers) -> Truth:
    """A batch machine fed at random: starts when enough wait, one time for the whole batch."""
    del case
    room = given.size("K") if "K" in given else -1
    batch = {"least": given.size("min"), "most": given.size("cap")}
    plant = one_station(
        {"machines": 1, "queue": room, "batch": batch},
        law_of("exp", 1 / given["mu"], given),
        [stream(law_of("exp", 1 / given["lam"], given), when_full="lose" if room >= 0 else "wait")],
    )
    return Truth(plant, queue="station", rate=given["lam"])


# ---------------------------------------------------------------- words of a case


Form = Callable[[str, Numbers], Truth]

FORMS: list[tuple[str, Form]] = [
    (r"buffer allocation", buffer_allocation),
    (r"bernoulli|deterministic unreliable", stepping_line),
    (r"assembly of", assembly),
    (r"batch oven", oven),
    (r"machine repair", machine_repair),
    (r"conwip", conwip),
    (r"jackson", network),
    (r"priority", queue_with_priority),
    (r"one saturated machine", one_machine),
    (r"/\d* ?with .*failures", queue_that_fails),
    (r"^\w+/\w+/", queue),
    (r"\bline\b", line),
]


def truth_of(case: str, parameters: dict[str, Any], measure: str) -> Truth:
    """The plant and measure of a row. Raises NotALine where the row is none that is known here."""
    given = Numbers(parameters)
    for words, form in FORMS:
        if re.search(words, case, re.IGNORECASE):
            return _about(_made(form, case, given), measure)
    raise NotALine(f"no form of line is known for {case!r}")


def _made(form: Form, case: str, given: Numbers) -> Truth:
    try:
        return form(case, given)
    except KeyError as missing:
        raise NotALine(f"the row does not give {missing}") from None
    except (ValueError, TypeError, ArithmeticError, IndexError) as trouble:
        raise NotALine(f"the row makes no plant: {trouble}") from None


def _about(truth: Truth, measure: str) -> Truth:
    """The truth with its measure, narrowed to one class of orders where the measure names one."""
    named = re.search(r"class (\d+)", measure)
    return replace(truth, measure=measure, material=f"class-{named[1]}" if named else truth.material)


def number_of_machines(case: str, default: int) -> int:
    """`5-station line`, `2-machine line`, `4 unbalanced exponential stations`."""
    text = found(r"(\d+)-(?:station|machine)", case) or found(r"(\d+) (?:un)?balanced", case)
    return int(text) if text else default


def machines_of(case: str, given: Numbers) -> list[float]:
    """Rates of the machines: one for each, or one for all."""
    rates = given.several("mu") if "mu" in given else [1.0]
    buffers = len(given.several("B")) + 1 if "B" in given and given.is_list("B") else 1
    told = (
        given.size("stations") if "stations" in given else number_of_machines(case, max(buffers, len(rates)))
    )
    return spread(rates, told)


def service_word(case: str) -> str:
    """The law of the machines' times that a case names; exponential where it names none."""
    return found(r"(Erlang-\d+|deterministic|exponential)", case) or "exponential"


def blocking_of(case: str) -> str:
    """The line's way of blocking, as the plant file names it.

    Before service in these rows means that the unit stays in its buffer until there is a place ahead: the
    machine's own place is no buffer place (server not occupied, Perros 1994). The plant file calls that
    communication blocking.
    """
    return "communication" if re.search(r"before service|BBS|communication", case) else "after-service"


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.IGNORECASE)
    return match[1] if match else ""


def word_before(text: str, noun: str) -> str:
    """`exp service, gamma(2) repair`: the word before a noun; exponential where there is none."""
    return found(rf"([\w()-]+)\s+{noun}", text) or "exp"


def shares_of(places: int, buffers: int) -> list[list[float]]:
    """Every way to share out so many places among the buffers."""
    if buffers == 1:
        return [[float(places)]]
    return [[float(n), *rest] for n in range(places + 1) for rest in shares_of(places - n, buffers - 1)]
