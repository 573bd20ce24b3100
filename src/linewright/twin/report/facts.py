"""A result as plain data, for scripts."""

from __future__ import annotations

import math
from typing import Any

from linewright.twin.bottleneck import find_bottleneck
from linewright.twin.figures import Flow, StationResult
from linewright.twin.indicators import indicators
from linewright.twin.results import Result
from linewright.twin.statistics import Interval
from linewright.units import find_unit

PER_HOUR = 3600.0
PER_THOUSAND = ("measured", "signals", "corrections", "holds", "recalled")


def number(value: float) -> float | None:
    """A number as JSON knows it: no nan."""
    return None if math.isnan(value) else float(value)


def spread(found: Interval) -> dict[str, float | None]:
    """A mean with its interval."""
    return {"mean": number(found.mean), "low": number(found.low), "high": number(found.high)}


def flow_facts(flow: Flow) -> dict[str, Any]:
    """The figures of a material, or of all products."""
    facts: dict[str, Any] = {
        "throughput_per_h": spread(flow.throughput_per_s.scaled(PER_HOUR)),
        "lead_time_s": spread(flow.lead_time_s),
        "wip": spread(flow.wip),
        "lead_time_quantiles_s": {f"{q:g}": spread(flow.lead_time_quantile_s(q)) for q in (0.1, 0.5, 0.9, 0.99)},
    }
    for name in ("finished", "scrapped", "reworked", "lost"):
        facts[name] = spread(getattr(flow, name))
    if flow.orders_done_n.any():
        facts["orders"] = {
            "done": spread(flow.orders_done),
            "on_time": spread(flow.orders_on_time),
            "tardiness_s": spread(flow.tardiness_s),
            "lead_time_s": spread(flow.order_lead_time_s),
        }
    return facts


def station_facts(result: Result, station: StationResult) -> dict[str, Any]:
    """The figures of a station."""
    found = indicators(result, station.name)
    return {
        "state_shares": {name: number(share.mean) for name, share in station.state_shares.items()},
        "queue_length": spread(station.queue_length),
        "queue_wait_s": spread(station.queue_wait_s),
        "pieces": spread(station.pieces),
        "failures": spread(station.failures),
        "indicators": {name: spread(value) for name, value in found.items()},
    }


def quality_facts(result: Result) -> dict[str, Any] | None:
    """Capability, escapes and costs of quality; values in the unit of the plant file's nominal."""
    if result.quality is None:
        return None
    found: dict[str, Any] = {}
    for name, one in result.quality.characteristics.items():
        factor = 1.0 / find_unit(one.unit).factor if one.unit else 1.0
        found[name] = {
            "material": one.material,
            "unit": one.unit,
            "mean": spread(one.mean.scaled(factor)),
            "sd": spread(one.sd.scaled(factor)),
            "cpk": spread(one.cpk),
            "ppk": spread(one.ppk),
            "yield": spread(one.yield_made),
            "escapes": spread(one.escapes),
        } | {f"{what}_per_1000": spread(one.per_thousand(what)) for what in PER_THOUSAND}
    cost = result.quality.cost
    parts = {name: spread(value) for name, value in cost.parts.items()}
    return {"characteristics": found, "cost_per_unit": parts | {"total": spread(cost.total), "currency": cost.currency}}


def result_facts(result: Result) -> dict[str, Any]:
    """Everything in a result, as one object for JSON."""
    bottleneck = find_bottleneck(result)
    return {
        "plant": result.plant,
        "run": {
            "kind": result.kind,
            "intervals_over": result.sampling,
            "replications": result.replications,
            "warm_up_s": result.warm_up_s,
            "length_s": result.length_s,
            "seed": result.seed,
        },
        "total": flow_facts(result.total),
        "materials": {name: flow_facts(flow) for name, flow in result.materials.items()},
        "stations": {name: station_facts(result, one) for name, one in result.work_stations.items()},
        "conveyors": {
            name: {"carried": spread(one.pieces), "on_it": spread(one.on_it), "at_its_end": spread(one.at_its_end)}
            for name, one in result.conveyors.items()
        },
        "inspections": {
            name: {
                "first_pass_yield": spread(one.first_pass_yield),
                "scrap": spread(one.scrap_share),
                "rework": spread(one.rework_share),
            }
            for name, one in result.inspections.items()
        },
        "quality": quality_facts(result),
        "crews": {name: spread(busy) for name, busy in result.crews.items()},
        "vehicles": {name: spread(busy) for name, busy in result.vehicles.items()},
        "bottleneck": {"station": bottleneck.station, "evidence": bottleneck.evidence},
        "warnings": result.warnings,
    }
