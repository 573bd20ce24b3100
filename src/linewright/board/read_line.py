"""Answers about the line as it stands: its fixed picture, what runs, the orders."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from linewright.board import models as m
from linewright.board.picture import CREW, MACHINE, TOTALS, VEHICLE
from linewright.board.scale import Scale
from linewright.board.scene import Scene
from linewright.board.watch import Watch
from linewright.control import NONE
from linewright.control.codes import MachineState, QueueKind, words
from linewright.live.actions import to_be_measured
from linewright.live.terminal import clock_words
from linewright.machines import Question
from linewright.plant.model import Conveyor, Vehicles
from linewright.twin.forecast import Forecast, OrderForecast
from linewright.twin.observe import living
from linewright.twin.whatif import taken_places

KINDS: dict[int, Literal["main", "rework", "component", "store"]] = {
    QueueKind.MAIN: "main",
    QueueKind.REWORK: "rework",
    QueueKind.COMPONENT: "component",
    QueueKind.STORE: "store",
}
CLOCKS_AHEAD_S = 400 * 86400.0  # so far ahead pages know when clocks are put forward or back
UNKNOWN: list[float | None] = [None, None, None]


def finite(number: float) -> float | None:
    """A number as JSON knows it."""
    return float(number) if math.isfinite(number) else None


def quantiles(times_s: tuple[float, ...]) -> list[float | None]:
    """Quantiles as JSON knows them."""
    return [finite(time_s) for time_s in times_s]


def has_programs(scene: Scene, station: str) -> bool:
    """Does a station run machine-tool programs whose files are at hand?"""
    return scene.folder is not None and scene.watch.run.plant.stations[station].machine_tool is not None


def line_of(scene: Scene) -> m.LineAnswer:
    """All that does not change."""
    watch, layout, names = scene.watch, scene.watch.layout, scene.watch.run.names
    line, transport = watch.run.line, watch.run.plant.transport
    places = {place.station: place for place in scene.drawing.places}
    number = {int(m): k for k, m in enumerate(watch.machines)}
    belts = {s: k for k, s in enumerate(layout.belts)}

    def station(s: int) -> m.Station:
        place, belt = places[s], transport.get(names.stations[s])
        return m.Station(
            name=names.stations[s],
            belt=belts.get(s),
            capacity=belt.capacity if isinstance(belt, Conveyor) else -1,
            machines=[number[k] for k, at in enumerate(layout.station_of_machine) if at == s and k in number],
            queues=[q for q, at in enumerate(layout.station_of_queue) if at == s],
            column=place.column,
            row=place.row,
        )

    fleets = [name for name, one in transport.items() if isinstance(one, Vehicles)]
    return m.LineAnswer(
        plant=watch.run.plant.plant,
        live=scene.live is not None,
        leads=_leads(scene),
        machines=[
            m.Machine(
                name=names.machines[k],
                station=layout.station_of_machine[k],
                has_programs=has_programs(scene, names.stations[layout.station_of_machine[k]]),
            )
            for k in watch.machines.tolist()
        ],
        stations=[station(s) for s in range(len(names.stations))],
        queues=[
            m.Queue(
                name=name,
                station=layout.station_of_queue[q],
                capacity=int(line.queue[q].capacity),
                kind=KINDS[layout.queue_kinds[q]],
            )
            for q, name in enumerate(names.queues)
        ],
        vehicles=[
            m.Vehicle(name=name, fleet=fleets[int(line.vehicle[v].pool)]) for v, name in enumerate(names.vehicles)
        ],
        fleets=fleets,
        crews=names.crews,
        materials=names.materials,
        operations=names.operations,
        failures=names.modes,
        tools=names.tools,
        orders=names.orders,
        products=layout.products,
        characteristics=names.characteristics,
        states=[words(state) for state in MachineState],
        edges=[m.Edge(origin=e.origin, to=e.to, kind=_edge_kind(e.kind), flow=e.flow) for e in scene.drawing.edges],
        cells=m.CellPlaces(
            first=scene.cells.first,
            size=scene.cells.size,
            fields={
                "totals": list(TOTALS),
                "machines": list(MACHINE),
                "vehicles": list(VEHICLE),
                "crews": list(CREW),
            },
        ),
    )


def _leads(scene: Scene) -> list[tuple[float, float]]:
    real = scene.watch.run.real
    return [] if real is None else real.leads(real.starts_s, scene.clock() + CLOCKS_AHEAD_S)


def _edge_kind(kind: str) -> Any:
    return kind


def now_of(scene: Scene) -> m.NowAnswer:
    """The line at this moment."""
    watch = scene.watch
    totals = dict(zip(TOTALS, scene.cells.fill()[: len(TOTALS)].tolist(), strict=True))
    look = scene.outlook.want()
    now_s = scene.clock()
    return m.NowAnswer(
        time_s=now_s,
        clock=clock_words(watch.run.local_s(now_s)),
        running=scene.cells.running,
        stopped=scene.stopped,
        finished=totals["finished"],
        scrapped=totals["scrapped"],
        in_process=totals["wip"],
        orders_done=totals["orders_done"],
        orders=len(watch.run.orders),
        shift=_shift(scene),
        machines=_machines(scene),
        questions=[_question(scene, one) for one in scene.questions()],
        hours=_hours(scene, now_s),
        person_needed_s=quantiles(look.attention.needed_s) if look else UNKNOWN,
        unattended_until_s=quantiles(look.attention.unattended_s) if look else UNKNOWN,
        looked_ahead=look is not None,
    )


def _question(scene: Scene, asked: Question) -> m.QuestionAnswer:
    run, job = scene.watch.run, scene.live.outbox.job(asked.job) if scene.live else None
    wanted = [] if job is None else to_be_measured(job, run.names, run.line, scene.watch.state)
    scales = {name: Scale(run.plant.characteristics[name]) for _, name in wanted}
    return m.QuestionAnswer(
        job=asked.job,
        machine=_machine(scene, asked.machine),
        words=asked.words,
        to_measure=[
            m.ToMeasure(
                serial=serial,
                characteristic=name,
                unit=scales[name].unit,
                lower=scales[name].lower,
                upper=scales[name].upper,
            )
            for serial, name in wanted
        ],
    )


def _machine(scene: Scene, machine: int) -> str:
    """Its name; "" where the question is about none, as about a delivery."""
    return "" if machine == NONE else scene.watch.run.names.machines[machine]


def _shift(scene: Scene) -> list[str]:
    row = int(scene.watch.state.g[0].row)
    if row == NONE or not len(scene.week.on):
        return []
    on = scene.week.on[row]
    return [name for name, here in zip(scene.week.shifts, on.tolist(), strict=True) if here]


def _machines(scene: Scene) -> list[m.MachineNow]:
    watch, names, silent = scene.watch, scene.watch.run.names, scene.silent()
    cells = scene.cells.fill()
    first = scene.cells.first["machines"]
    rows = cells[first : first + len(MACHINE) * len(watch.machines)].reshape(-1, len(MACHINE)).tolist()
    found = []
    for k, row in zip(watch.machines.tolist(), rows, strict=True):
        one = dict(zip(MACHINE, row, strict=True))
        found.append(
            m.MachineNow(
                machine=names.machines[k],
                station=names.stations[watch.layout.station_of_machine[k]],
                state=words(MachineState(one["state"])),
                since_s=one["since_s"],
                failure=_or_none(names.modes, one["failure"]),
                operation=_or_none(names.operations, one["operation"]),
                material=_or_none(names.materials, one["material"]),
                unit=one["serial"] if one["serial"] != NONE else None,
                pieces=one["pieces"],
                silent=names.machines[k] in silent,
            )
        )
    return found


def _or_none(names: list[str], number: int) -> str | None:
    return names[number] if number != NONE else None


def _hours(scene: Scene, now_s: float) -> list[m.HourAnswer]:
    """The last eight hours, and what is expected of the next four."""
    this, plan = int(now_s // 3600), scene.outlook.plan
    finished = scene.watch.history.finished if scene.watch.known else None
    return [
        m.HourAnswer(hour=hour, made=None if finished is None else finished.get(hour, 0), expected=plan.get(hour))
        for hour in range(max(this - 7, 0), this + 5)
    ]


# ---------------------------------------------------------------- orders


def orders_of(scene: Scene) -> list[m.OrderAnswer]:
    """All orders of the order file."""
    watch, look = scene.watch, scene.outlook.want()
    forecasts = {one.order: one for one in look.orders.orders} if look and look.orders else {}
    slots = _slots(watch.state)
    in_process = _in_process(watch)
    return [
        _order(scene, row, slots.get(row), in_process.get(row, 0), forecasts.get(name))
        for row, name in enumerate(watch.run.names.orders)
    ]


def _in_process(watch: Watch) -> dict[int, int]:
    """Units of products on the line, by the row of their order in the file."""
    units, orders = watch.state.unit.view(np.ndarray), watch.state.order.view(np.ndarray)
    mine = living(watch.state) & np.isin(units["material"], watch.layout.products) & (units["order"] != NONE)
    rows, counts = np.unique(orders["number"][units["order"][mine]], return_counts=True)
    return dict(zip(rows.tolist(), counts.tolist(), strict=True))


def _slots(state: Any) -> dict[int, Any]:
    """Open orders of the file by row, without those for components."""
    orders = state.order.view(np.ndarray)
    return {
        int(orders["number"][slot]): orders[slot]
        for slot in taken_places(state)
        if orders["number"][slot] != NONE and not orders["derived"][slot]
    }


def _order(scene: Scene, row: int, slot: Any, in_process: int, found: OrderForecast | None) -> m.OrderAnswer:
    watch = scene.watch
    wanted = watch.run.line.order[row]
    done_s = float(watch.state.order_done_s[row])
    quantity, due_s = int(wanted.quantity), float(wanted.due_s)
    status: Literal["to come", "waiting", "in work", "held", "done"] = "to come"
    if math.isfinite(done_s):
        status = "done"
    elif slot is not None:
        status = "waiting" if int(slot["to_release"]) == quantity else "in work"
        status = "held" if slot["stopped"] else status
    good = quantity if status == "done" else int(slot["good"]) if slot is not None else 0
    return m.OrderAnswer(
        order=watch.run.names.orders[row],
        material=watch.run.names.materials[int(wanted.material)],
        quantity=quantity,
        good=good,
        in_process=in_process,
        status=status,
        priority=float(slot["priority"]) if slot is not None else float(wanted.priority),
        release_s=max(float(wanted.release_s), 0.0),
        due_s=finite(due_s),
        done_s=finite(done_s),
        late=(done_s if math.isfinite(done_s) else scene.clock()) > due_s,
        finish_s=quantiles(found.done_s) if found and status != "done" else UNKNOWN,
        on_time=found.on_time if found and status != "done" else None,
    )


# ---------------------------------------------------------------- the future


def forecast_of(scene: Scene) -> m.ForecastAnswer:
    """The latest look ahead."""
    look = scene.outlook.want()
    if look is None:
        return m.ForecastAnswer(
            future=None, near=None, took_s=None, person_needed_s=UNKNOWN, unattended_until_s=UNKNOWN
        )
    return m.ForecastAnswer(
        future=future_of(look.orders) if look.orders else None,
        near=future_of(look.near),
        took_s=look.took_s,
        person_needed_s=quantiles(look.attention.needed_s),
        unattended_until_s=quantiles(look.attention.unattended_s),
    )


def future_of(found: Forecast) -> m.FutureAnswer:
    """A forecast."""
    return m.FutureAnswer(
        now_s=found.now_s,
        horizon_s=found.horizon_s,
        futures=found.futures,
        all_done_s=quantiles(found.all_done_s),
        standing=found.standing,
        orders=[
            m.OrderForecastAnswer(
                order=one.order,
                material=one.material,
                due_s=finite(one.due_s),
                finish_s=quantiles(one.done_s),
                on_time=one.on_time,
            )
            for one in found.orders
        ],
        times_s=found.times_s.tolist(),
        finished=found.finished.tolist(),
        wip=found.wip.tolist(),
    )
