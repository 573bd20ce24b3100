"""Stations with their machines, tools and ways to fail; queues; set-ups; dispatch rules by station."""

from __future__ import annotations

from linewright.control import line as tables
from linewright.control.codes import Blocking, QueueKind, Rule
from linewright.control.compile.draft import NONE, Draft
from linewright.control.compile.quality import find_notes
from linewright.control.compile.transport import add_belts
from linewright.control.rules import load_rule
from linewright.errors import InputError, Problem, nearest
from linewright.plant.model import Kanban, Setup, Station

# traits that do not change how a machine loads and starts
PLAIN_TRAITS = tables.F_CARDS | tables.F_OUTBOX | tables.F_NOTES
CHOOSY_TRAITS = tables.F_BATCH | tables.F_LOT | tables.F_TAKES
BLOCKING = {
    "after-service": Blocking.AFTER_SERVICE,
    "before-service": Blocking.BEFORE_SERVICE,
    "communication": Blocking.COMMUNICATION,
}
RULES = {rule.name.lower().replace("_", "-"): rule for rule in Rule if rule != Rule.USER}
RULES |= {"spt": Rule.SHORTEST_PROCESSING_TIME, "edd": Rule.EARLIEST_DUE_DATE, "cr": Rule.CRITICAL_RATIO}
RULES |= {"atc": Rule.APPARENT_TARDINESS_COST}


def add_stations(draft: Draft) -> None:
    """Stations in the order of the plant file, then conveyors."""
    release = draft.plant.control.release
    cards = release.kanban if isinstance(release, Kanban) else {}
    for name, station in draft.plant.stations.items():
        _add_station(draft, name, station, cards)
        _add_machines(draft, name, station)
        _add_failures(draft, name, station)
        _add_tools(draft, station)
    add_belts(draft)


def _add_station(draft: Draft, name: str, station: Station, cards: dict[str, int]) -> None:
    flags = _flags(draft, name, station, cards)
    main = draft.main_queue[name] = draft.add_queue(name, name, _main_capacity(draft, name, station), QueueKind.MAIN)
    rework = NONE
    if station.rework_queue is not None:
        rework = draft.add_queue(f"{name} rework", name, station.rework_queue, QueueKind.REWORK)
    batch = station.batch
    rule, address = _rule(draft, name)
    blocking = _blocking(draft, station, flags)
    takes_first = (
        flags & CHOOSY_TRAITS == 0
        and rule == Rule.FIFO
        and blocking == Blocking.AFTER_SERVICE
        and rework == NONE
        and not station.holds_place
    )
    draft.station.add(
        first_machine=len(draft.machine_names),
        n_machines=station.machines,
        queue=main,
        rework_queue=rework,
        plain=int(takes_first and flags & ~PLAIN_TRAITS == 0),
        takes_first=int(takes_first),
        traits=flags,
        rule=rule,
        user_rule=address,
        blocking=blocking,
        cards=cards.get(name, NONE),
        outbox=NONE if name in cards else station.outbox,
        holds=int(station.holds_place),
        batch_least=batch.least if batch else 1,
        batch_most=(batch.most if batch.most >= 0 else tables.UNLIMITED_PIECES) if batch else 1,
        batch_wait_s=batch.wait if batch and batch.wait is not None else -1.0,
        setup_row=_setup_row(draft, station.setup),
        setup_skill=draft.skill(station.setup.needs) if station.setup else NONE,
        first_tool=len(draft.tool.rows),
        n_tools=len(station.tools),
        first_mode=len(draft.mode.rows),
        n_modes=len(station.failures),
        pause=int(station.at_shift_end == "pause"),
        conveyor=NONE,
        around=NONE,
    )


def _add_machines(draft: Draft, name: str, station: Station) -> None:
    for k in range(station.machines):
        draft.machine.add(station=draft.station_no[name], first_tool=len(draft.tool_names))
        label = name if station.machines == 1 else f"{name}-{k + 1}"
        draft.machine_names.append(label)
        draft.tool_names.extend(f"{label}.{tool}" for tool in station.tools)


def _add_failures(draft: Draft, name: str, station: Station) -> None:
    for failure in station.failures:
        draft.mode.add(
            station=draft.station_no[name],
            skill=draft.skill(failure.needs),
            busy=int(failure.clock == "busy"),
            whole=int(failure.stops == "station"),
        )
        draft.mode_names.append(f"{name}.{failure.name}")


def _add_tools(draft: Draft, station: Station) -> None:
    for tool in station.tools.values():
        draft.tool.add(
            skill=draft.skill(tool.needs),
            spares=tool.spares,
            life=float(tool.life),
            by_count=int(isinstance(tool.life, int)),
            change_s=tool.change.mean,
            resharpen_s=tool.resharpen if tool.resharpen is not None else -1.0,
        )


def _flags(draft: Draft, name: str, station: Station, cards: dict[str, int]) -> int:
    """The traits of a station: what it needs beyond the plain path."""
    steps = [step for step in draft.steps if name in step.stations]
    has = {
        tables.F_BATCH: station.batch is not None,
        tables.F_SETUP: station.setup is not None,
        tables.F_TOOLS: bool(station.tools),
        tables.F_TAKES: any(step.operation.takes for step in steps),
        tables.F_ATTENDED: bool(station.needs or any(step.operation.needs for step in steps)),
        tables.F_LOT: station.batch is None and any(step.operation.lot not in (0, 1) for step in steps),
        tables.F_NOTES: name in find_notes(draft.plant),
        tables.F_CARDS: name in cards,
        tables.F_OUTBOX: station.outbox != 0 or name in cards,
        tables.F_PROGRAM: any(step.operation.program is not None for step in steps),
    }
    return sum(flag for flag, there in has.items() if there)


def _blocking(draft: Draft, station: Station, flags: int) -> int:
    if flags & (tables.F_BATCH | tables.F_LOT):
        return Blocking.AFTER_SERVICE  # a place ahead for each unit of a batch is not reserved
    return BLOCKING[station.blocking or draft.plant.control.blocking]


def _rule(draft: Draft, station: str) -> tuple[int, int]:
    """The dispatch rule of a station, and the address of its compiled function where it is the user's own."""
    dispatch = draft.plant.control.dispatch
    text = dispatch if isinstance(dispatch, str) else dispatch.get(station, dispatch.get("default", "fifo"))
    if text in RULES:
        return RULES[text], 0
    if ".py:" in text:
        return Rule.USER, load_rule(text, draft.folder)
    raise InputError([Problem(f"unknown dispatch rule {text!r}", key="control.dispatch", hint=nearest(text, RULES))])


# ---------------------------------------------------------------- set-ups


def _setup_row(draft: Draft, setup: Setup | None) -> int:
    """Set-up times by material before (the last row: none yet) and after, flattened; its first index."""
    first = len(draft.numbers)
    if setup is None:
        return first
    names = [_family(draft, material, setup.by) for material in draft.materials]
    for before in names:
        draft.numbers.extend(_setup_s(setup, before, after) for after in names)
    for after in names:
        others = [_setup_s(setup, before, after) for before in sorted(set(names)) if before != after]
        draft.numbers.append(sum(others) / len(others) if setup.first and others else 0.0)
    return first


def _setup_s(setup: Setup, before: str, after: str) -> float:
    if before == after:
        return 0.0
    if isinstance(setup.time, dict):
        return float(setup.time.get(before, {}).get(after, 0.0))
    return float(setup.time)


def _family(draft: Draft, material: str, by: str) -> str:
    return material if by == "material" else draft.plant.materials[material].family or material


# ---------------------------------------------------------------- queues


def _main_capacity(draft: Draft, name: str, station: Station) -> int:
    if isinstance(station.queue, int):
        return station.queue
    keys = {
        key
        for step in draft.steps
        if name in step.stations
        for key in (step.material, draft.plant.materials[step.material].kind)
        if key in station.queue
    }
    limits = [station.queue[key] for key in keys if key is not None]
    return sum(limits) if limits and min(limits) >= 0 else NONE


def add_component_queues(draft: Draft) -> None:
    """Components wait where they are taken: one queue by material, or one by kind where the plant says so."""
    for name, station in draft.plant.stations.items():
        first = len(draft.queue_names)
        _add_queues_at(draft, name, station)
        row = draft.station_row(name)
        row["first_component"], row["n_components"] = first, len(draft.queue_names) - first
    for material, takers in draft.takers.items():
        if len(takers) > 1:
            queue = draft.home[material] = draft.add_queue(f"{material} store", None, NONE, QueueKind.STORE)
            first = draft.link(draft.station_no[s] for s in takers)
            draft.queue.rows[queue] |= {"first_source": first, "n_sources": len(takers)}


def _add_queues_at(draft: Draft, name: str, station: Station) -> None:
    shared: dict[str, int] = {}
    for material, takers in draft.takers.items():
        if takers != [name]:
            continue
        kind = draft.plant.materials[material].kind
        limits = station.queue if isinstance(station.queue, dict) else {}
        key = kind if kind in limits and material not in limits else material
        if key not in shared:
            capacity = limits.get(key, NONE) if isinstance(station.queue, dict) else station.queue
            shared[key] = draft.add_queue(f"{name} {key}", name, capacity, QueueKind.COMPONENT)
        draft.home[material] = shared[key]
