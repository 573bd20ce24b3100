"""What is wanted and where it comes from: demand, derived components, sources, card loops, order rows."""

from __future__ import annotations

from linewright.control.codes import QueueKind, SourceKind
from linewright.control.compile.draft import NONE, Draft
from linewright.control.compile.routes import shares
from linewright.control.compile.transport import belt_between
from linewright.plant.model import Conwip, DrumBufferRope


def find_demand(draft: Draft) -> None:
    """Materials with a demand of their own, and the made components that follow from it."""
    wanted: set[str] = {order.material for order in draft.orders}
    for stream in draft.plant.orders.streams:
        wanted |= set(shares(stream.material))
    for entry in draft.plant.orders.saturated:
        wanted |= set(shares(entry))
    draft.wanted = wanted
    draft.derived = _needed_by(draft, wanted)


def _needed_by(draft: Draft, wanted: set[str]) -> set[str]:
    """Made components, without demand of their own, of whatever is wanted."""
    derived: set[str] = set()
    open_ = list(wanted)
    while open_:
        material = open_.pop()
        for step in draft.route(material):
            for name in step.operation.takes:
                made = not draft.plant.materials[name].buy and name in draft.plant.routes
                if made and name not in wanted and name not in derived:
                    derived.add(name)
                    open_.append(name)
    return derived


def find_takers(draft: Draft) -> None:
    """Stations that take each made material: one, and it waits there; several, and it waits in a store."""
    for step in draft.steps:
        for name in step.operation.takes:
            if not draft.plant.materials[name].buy:
                known = draft.takers.setdefault(name, [])
                known.extend(s for s in step.stations if s not in known)


def add_sources(draft: Draft) -> None:
    """Where units come from: one source by stream and material, by saturated entry, by ordered material."""
    fed: list[list[int]] = []  # by source: the stations into which it releases
    for stream in draft.plant.orders.streams:
        lose = int(stream.when_full == "lose")
        for name in shares(stream.material):
            _add_source(draft, fed, [name], SourceKind.ORDERS, stream.priority, lose=lose)
    for entry in draft.plant.orders.saturated:
        _add_source(draft, fed, list(shares(entry)), SourceKind.SATURATED)
    for name in draft.materials:
        if name in draft.derived or any(order.material == name for order in draft.orders):
            draft.source_of[name] = _add_source(draft, fed, [name], SourceKind.ORDERS)
    for row in draft.queue.rows:
        if row["kind"] != QueueKind.STORE:
            feeding = [k for k, stations in enumerate(fed) if row["station"] in stations]
            feeding = feeding if row["kind"] == QueueKind.MAIN else []
            row["first_source"], row["n_sources"] = draft.link(feeding), len(feeding)


def _add_source(
    draft: Draft, fed: list[list[int]], names: list[str], kind: SourceKind, priority: float = 0.0, lose: int = 0
) -> int:
    """A source of one material, or of a mix of several, each of which may begin at several stations."""
    first_steps = [draft.route(name)[0] for name in names]
    entrances = [belt_between(draft, "in", s) or s for step in first_steps for s in step.stations]
    stations = [draft.station_no[name] for name in dict.fromkeys(entrances)]
    fed.append(stations)
    paper = any(not draft.plant.materials[m].buy for step in first_steps for m in step.operation.takes)
    draft.source_names.append(" or ".join(names))
    return draft.source.add(
        material=draft.material_no[names[0]], kind=kind, queue=draft.main_queue[entrances[0]],
        mix=int(len(names) > 1), lose=lose, paper=int(paper), priority=priority,
        first_station=draft.link(stations), n_stations=len(stations),
    )  # fmt: skip


def add_materials(draft: Draft) -> None:
    """Every material: where it begins, waits and comes from, what is ordered with it, its stock."""
    loops = _loops(draft)
    for name, material in draft.plant.materials.items():
        route = draft.route(name)
        first_need = len(draft.need.rows)
        for step in route:
            for component, quantity in step.operation.takes.items():
                if component in draft.derived:
                    draft.need.add(source=draft.source_of[component], quantity=round(quantity))
        reorder = material.reorder
        draft.material.add(
            first_operation=draft.operation_no[name, route[0].name] if route else NONE,
            source=draft.source_of.get(name, NONE),
            home_queue=draft.home.get(name, NONE),
            loop=loops.get(name, NONE),
            counted=int(material.stock is not None and material.stock >= 0),
            bought=int(material.buy),
            serial=int(material.serial),
            first_need=first_need,
            n_needs=len(draft.need.rows) - first_need,
            reorder_at=reorder.at if reorder else 0.0,
            reorder_quantity=reorder.quantity if reorder else 0.0,
            stock=float(material.stock if material.stock is not None else 0),
        )


def _loops(draft: Draft) -> dict[str, int]:
    """Which materials share which card loop."""
    release = draft.plant.control.release
    if isinstance(release, Conwip):
        if isinstance(release.conwip, int):
            loop = draft.loop.add(limit=release.conwip, drum=NONE)
            return dict.fromkeys(sorted(draft.wanted), loop)
        return {name: draft.loop.add(limit=n, drum=NONE) for name, n in release.conwip.items()}
    if isinstance(release, DrumBufferRope):
        loop = draft.loop.add(limit=release.rope, drum=draft.station_no[release.drum])
        return {step.material: loop for step in draft.steps if release.drum in step.stations}
    return {}


def add_orders(draft: Draft) -> None:
    """The rows of the order file."""
    for order in draft.orders:
        draft.order.add(
            material=draft.material_no[order.material],
            quantity=order.quantity,
            due_s=order.due_s,
            priority=order.priority,
            release_s=order.release_s,
        )
