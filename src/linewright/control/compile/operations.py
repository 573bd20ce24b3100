"""Operations in the order of their routes, and their tasks: one operation at one station."""

from __future__ import annotations

from linewright.control import line as tables
from linewright.control.codes import Blocking
from linewright.control.compile.draft import NONE, Draft
from linewright.control.compile.quality import inspection
from linewright.control.compile.routes import RouteStep
from linewright.control.compile.times import task_mean_s
from linewright.control.compile.transport import add_belt_tasks


def add_operations(draft: Draft) -> None:
    """Every operation with its tasks; then what follows for the stations from who works after whom."""
    for i, step in enumerate(draft.steps):
        _add_operation(draft, i, step)
    add_belt_tasks(draft)
    _add_station_means(draft)
    _add_stations_behind(draft)


def _add_operation(draft: Draft, i: int, step: RouteStep) -> None:
    operation = step.operation
    last = i + 1 == len(draft.steps) or draft.steps[i + 1].material != step.material
    first_give = len(draft.give.rows)
    for name, quantity in operation.gives.items():
        draft.give.add(material=draft.material_no[name], quantity=quantity)
    first_task = len(draft.task.rows)
    for station in step.stations:
        _add_task(draft, i, step, station)
    lot = operation.lot if operation.lot >= 0 else tables.UNLIMITED_PIECES
    transfer = operation.transfer if operation.transfer is not None and operation.transfer >= 0 else lot
    draft.operation.add(
        material=draft.material_no[step.material],
        first_task=first_task,
        n_tasks=len(step.stations),
        next=NONE if last else i + 1,
        lot=lot,
        transfer=min(transfer, lot),
        first_give=first_give,
        n_gives=len(operation.gives),
        number=step.index,
        remaining_s=sum(task_mean_s(s, s.stations[0]) for s in draft.steps[i:] if s.material == step.material),
        **inspection(draft, step),
    )


def _add_task(draft: Draft, operation: int, step: RouteStep, name: str) -> None:
    station = draft.plant.stations[name]
    first_take = len(draft.take.rows)
    for material, quantity in step.operation.takes.items():
        queue = draft.home.get(material, NONE)
        draft.take.add(material=draft.material_no[material], queue=queue, quantity=float(quantity))
    mean_s = task_mean_s(step, name)
    paper = step.index == 0 and any(not draft.plant.materials[m].buy for m in step.operation.takes)
    draft.task.add(
        operation=operation,
        station=draft.station_no[name],
        skill=draft.skill(step.operation.needs or station.needs),
        first_take=first_take,
        n_takes=len(step.operation.takes),
        first_use=_add_tool_uses(draft, step, name, mean_s),
        paper=int(paper),
        mean_s=mean_s,
    )


def _add_tool_uses(draft: Draft, step: RouteStep, name: str, mean_s: float) -> int:
    """How much of each tool's life one piece takes, in s or in pieces; the first index."""
    first = len(draft.numbers)
    uses = step.operation.uses
    for tool_name, tool in draft.plant.stations[name].tools.items():
        if isinstance(tool.life, int):
            draft.numbers.append(1.0 if not uses or uses.get(tool_name, 0.0) > 0.0 else 0.0)
        else:
            draft.numbers.append(uses.get(tool_name, 0.0 if uses else mean_s))
    return first


def _add_station_means(draft: Draft) -> None:
    for s, station in enumerate(draft.station.rows):
        means = [row["mean_s"] for row in draft.task.rows if row["station"] == s]
        station["mean_s"] = sum(means) / len(means) if means else 0.0


def _add_stations_behind(draft: Draft) -> None:
    """Stations that load only when there is a place at this one (communication blocking)."""
    after: dict[str, set[int]] = {name: set() for name in draft.plant.stations}
    for step, following in zip(draft.steps, draft.steps[1:], strict=False):
        if following.material == step.material:
            for ahead in following.stations:
                after[ahead].update(_communicating(draft, step))
    for step in draft.steps:
        home = draft.home.get(step.material, NONE)
        station = draft.queue.rows[home]["station"] if home != NONE else NONE
        if station != NONE:
            after[draft.stations[station]].update(_communicating(draft, step))
    for name, behind in after.items():
        row = draft.station_row(name)
        row["first_behind"], row["n_behind"] = draft.link(sorted(behind)), len(behind)


def _communicating(draft: Draft, step: RouteStep) -> list[int]:
    """Stations of an operation with communication blocking."""
    return [
        draft.station_no[name]
        for name in step.stations
        if draft.station_row(name)["blocking"] == Blocking.COMMUNICATION
    ]
