"""The REST API under /api/v1. What reads the running line runs on its event loop, between two events; what reads
the journal runs in a thread.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from linewright.board import backplot, read_line, read_quality, read_studies, read_times, read_units, readiness
from linewright.board import models as m
from linewright.board import quality_models as q
from linewright.board.actions import act
from linewright.board.guard import Asker, needs
from linewright.board.scene import Scene

WEEK_S = 7 * 86400.0
LONGEST_S = 1000 * WEEK_S
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": m.Refusal, "description": words}
    for code, words in (
        (400, "It cannot be done as asked"),
        (401, "Nobody has signed in"),
        (403, "Not with these rights"),
        (404, "There is none"),
        (429, "Too many requests"),
        (503, "The past of the line is still being read from its journal"),
    )
}

router = APIRouter(prefix="/api/v1", responses=REFUSALS)
VIEWER, OPERATOR = needs("viewer"), needs("operator", changes=True)
Name = Annotated[str, Query(max_length=200)]
Time = Annotated[float, Query(ge=0.0, le=LONGEST_S, allow_inf_nan=False)]


Characteristic = Annotated[str, Path(max_length=200)]
MachineName = Annotated[str, Path(max_length=200)]


def scene_of(request: Request) -> Scene:
    """What the board serves."""
    scene: Scene = request.app.state.scene
    return scene


def scene_with(request: Request, characteristic: str) -> Scene:
    """The same, where the plant names this characteristic. Raises HTTPException 404."""
    scene = scene_of(request)
    if characteristic not in scene.watch.run.plant.characteristics:
        raise HTTPException(404, f"there is no characteristic {characteristic!r}")
    return scene


@router.get("/line", tags=["line"], dependencies=[VIEWER])
async def line(request: Request) -> m.LineAnswer:
    """All that does not change while the line runs."""
    return read_line.line_of(scene_of(request))


@router.get("/now", tags=["line"], dependencies=[VIEWER])
async def now(request: Request) -> m.NowAnswer:
    """The line at this moment: what runs, what is down and why, made and expected by the hour."""
    return read_line.now_of(scene_of(request))


@router.get("/machines/{machine}/program", tags=["line"], dependencies=[VIEWER])
async def program(request: Request, machine: MachineName) -> m.ProgramAnswer | None:
    """The machine-tool program that a machine runs, as a path in time; null: none runs."""
    found = await _program_on(request, machine)
    return backplot.program_of(*found) if found else None


@router.get("/machines/{machine}/place", tags=["line"], dependencies=[VIEWER])
async def place(request: Request, machine: MachineName) -> m.PlaceAnswer | None:
    """How far a machine's program is; null: none runs."""
    found = await _program_on(request, machine)
    return backplot.place_of(*found, scene_of(request).clock()) if found else None


@router.get("/machines/{machine}/readiness", tags=["line"], dependencies=[VIEWER])
async def machine_readiness(request: Request, machine: MachineName) -> m.ReadinessAnswer:
    """The tools and programs of a machine, and what it waits for where it is not ready."""
    return readiness.readiness_of(scene_of(request), _machine_named(request, machine))


def _machine_named(request: Request, machine: str) -> int:
    """The number of a machine. Raises HTTPException 404."""
    names = scene_of(request).watch.run.names.machines
    if machine not in names:
        raise HTTPException(404, f"there is no machine {machine!r}")
    return names.index(machine)


async def _program_on(request: Request, machine: str) -> tuple[backplot.Running, backplot.Path3] | None:
    scene = scene_of(request)
    running = backplot.running_on(scene, _machine_named(request, machine))
    path = None if running is None else await run_in_threadpool(backplot.path_of, scene, running)
    return None if running is None or path is None else (running, path)


@router.get("/orders", tags=["orders"], dependencies=[VIEWER])
async def orders(request: Request) -> list[m.OrderAnswer]:
    """All orders of the order file, with the forecast of those that are open."""
    return read_line.orders_of(scene_of(request))


@router.get("/forecast", tags=["future"], dependencies=[VIEWER])
async def forecast(request: Request) -> m.ForecastAnswer:
    """The latest look ahead; asking keeps the looking going."""
    return read_line.forecast_of(scene_of(request))


@router.get("/what-if", tags=["future"], dependencies=[VIEWER])
async def what_if(
    request: Request,
    change: Literal["machine-out", "order-first", "one-more-vehicle"],
    subject: Name,
    length_s: Annotated[float, Query(gt=0.0, le=WEEK_S, allow_inf_nan=False)] = 7200.0,
) -> m.WhatIfAnswer:
    """The future as it is and with one thing changed, with the same luck. Changes nothing."""
    found = await scene_of(request).outlook.what_if(change, subject, length_s)
    as_is, changed = read_line.future_of(found.as_is), read_line.future_of(found.changed)
    return m.WhatIfAnswer(question=found.question, as_is=as_is, changed=changed)


@router.get("/units", tags=["units"], dependencies=[VIEWER])
async def units(
    request: Request,
    order: Name = "",
    material: Name = "",
    end: Literal["", "in process", "finished", "scrapped"] = "",
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> m.UnitsAnswer:
    """Units, the latest first."""
    return read_units.units_of(scene_of(request), order, material, end, offset, limit)


@router.get("/units/{serial}", tags=["units"], dependencies=[VIEWER])
async def unit(request: Request, serial: Annotated[int, Path(ge=0, le=2**62)]) -> m.UnitAnswer:
    """A unit: every operation, tool, person and measured value, what is in it and what it is in."""
    found = read_units.unit_of(scene_of(request), serial)
    if found is None:
        raise HTTPException(404, f"there is no unit {serial}")
    return found


@router.get("/recall", tags=["units"], dependencies=[VIEWER])
async def recall(
    request: Request,
    cause: read_units.Cause,
    subject: Name,
    edge: Annotated[int | None, Query(ge=1, le=10**9)] = None,
    from_s: Time = 0.0,
    to_s: Time = LONGEST_S,
) -> m.RecallAnswer:
    """Every unit and order that a unit, a material, a machine, a tool or a crew has met within a span of time.

    `edge` is the how many-eth tool of its kind on the machine: 1 until the first change.
    """
    found = read_units.recall_of(scene_of(request), cause, subject, edge, from_s, to_s)
    question = f"{cause} {subject}" + (f", number {edge}" if edge else "")
    return read_units.recall_answer(question, found)


@router.get("/times", tags=["times"], dependencies=[VIEWER])
async def times(request: Request, last_s: Time = 8 * 3600.0) -> m.TimesAnswer:
    """Indicators of ISO 22400-2 and the machines' states over the last so many seconds (0: since the start)."""
    return read_times.times_of(scene_of(request), last_s)


@router.get("/events", tags=["events"], dependencies=[VIEWER])
def events(
    request: Request,
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    kind: Name = "",
    machine: Name = "",
) -> m.EventsAnswer:
    """Events of the journal with the commands that they caused, the latest first."""
    return read_units.events_of(scene_of(request), before, limit, kind, machine)


@router.get("/quality", tags=["quality"], dependencies=[VIEWER])
async def quality(request: Request) -> q.QualityAnswer:
    """All characteristics with their control plans and gauges, and what is held."""
    return read_quality.quality_of(scene_of(request))


@router.get("/quality/{characteristic}", tags=["quality"], dependencies=[VIEWER])
async def chart(request: Request, characteristic: Characteristic, maker: Name = "") -> q.ChartAnswer:
    """The chart of a characteristic for a machine that makes it: points, limits, signals, corrections."""
    return read_quality.chart_of(scene_with(request, characteristic), characteristic, maker)


@router.get("/quality/{characteristic}/capability", tags=["quality"], dependencies=[VIEWER])
async def capability(
    request: Request,
    characteristic: Characteristic,
    maker: Name = "",
    last: Annotated[int, Query(ge=2, le=2000)] = 2000,
) -> q.CapabilityAnswer:
    """A capability study of what was measured last, of all units or of those that one machine made."""
    study = read_studies.capability_of(scene_with(request, characteristic), characteristic, maker, last)
    return await run_in_threadpool(study)


@router.post("/quality/{characteristic}/gauge-study", tags=["quality"], dependencies=[VIEWER])
def gauge_study(request: Request, characteristic: Characteristic, study: q.GaugeStudyRequest) -> q.GaugeStudyAnswer:
    """Gauge R&R of the readings sent in, against the tolerance. Nothing is kept, nothing changes."""
    return read_studies.gauge_study_of(scene_with(request, characteristic), characteristic, study.readings)


@router.get("/corrections", tags=["quality"], dependencies=[VIEWER])
async def corrections(request: Request, last: Annotated[int, Query(ge=1, le=10_000)] = 500) -> q.CorrectionsAnswer:
    """The audit of corrections: the last changes of tools' offsets and the last signals, with what they rest on."""
    return read_quality.audit_of(scene_of(request), last)


@router.post("/actions", tags=["actions"])
async def actions(request: Request, action: m.ActionRequest, asker: Annotated[Asker, OPERATOR]) -> m.DoneAnswer:
    """Do something to the line. It is recorded with the person's name."""
    assert asker.role is not None  # OPERATOR sees to it
    return m.DoneAnswer(seq=await act(scene_of(request), action, asker.person, asker.role))
