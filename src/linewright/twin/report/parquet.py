"""A result as Parquet tables: the figures of every replication, for whoever goes on from here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from linewright.twin.figures import STATE_NAMES
from linewright.twin.results import Result
from linewright.twin.statistics import ratio


def tables_of(result: Result) -> dict[str, dict[str, Any]]:
    """Columns by table: materials, stations, conveyors, queues, inspections."""
    runs = np.arange(result.replications)
    span = result.sums["span_s"][:, 0]
    names = ("materials", "stations", "conveyors", "queues", "inspections")
    tables: dict[str, dict[str, list[Any]]] = {name: {} for name in names}

    def put(table: str, **columns: Any) -> None:
        for name, values in columns.items():
            tables[table].setdefault(name, []).extend(np.broadcast_to(values, len(runs)).tolist())

    for flow in (result.total, *result.materials.values()):
        put(
            "materials",
            material=flow.name,
            run=runs,
            throughput_per_s=flow.finished_n / flow.span_s,
            lead_time_s=ratio(flow.lead_sum_s, flow.finished_n),
            wip=flow.area_s / flow.span_s,
            finished=flow.finished_n,
            scrapped=flow.scrapped_n,
            reworked=flow.reworked_n,
            lost=flow.lost_n,
            orders_done=flow.orders_done_n,
            orders_late=flow.orders_late_n,
        )
    for name, belt in result.conveyors.items():
        put("conveyors", conveyor=name, run=runs, carried=belt.pieces_n, on_it=belt.on_it_n)
    for name, one in result.work_stations.items():
        put(
            "stations",
            station=name,
            run=runs,
            pieces=one.pieces_n,
            failures=one.failures_n,
            queue_length=one.queue_area_s / span,
            queue_wait_s=ratio(one.queue_wait_sum_s, one.queue_left_n),
            **{state: one.shares[:, k] for k, state in enumerate(STATE_NAMES)},
        )
    for q, name in enumerate(result.layout.queues):
        wait = ratio(result.sums["queue_wait_s"][:, q], result.sums["queue_left"][:, q])
        put("queues", queue=name, run=runs, length=result.sums["queue_area_s"][:, q] / span, wait_s=wait)
    for name, found in result.inspections.items():
        put(
            "inspections",
            inspection=name,
            run=runs,
            inspected=found.inspected_n,
            first=found.first_n,
            passed_first=found.passed_first_n,
            failed=found.failed_n,
            scrapped=found.scrapped_n,
        )
    return {name: columns for name, columns in tables.items() if columns}


def write_parquet(result: Result, folder: Path) -> None:
    """Write one file for each table into a folder, which is made if need be."""
    import pyarrow
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in tables_of(result).items():
        parquet.write_table(pyarrow.table(columns), folder / f"{name}.parquet")
    levels = result.wip_levels
    if levels is not None and len(levels):
        moments = np.arange(levels.shape[1]) * result.every_s
        run, moment = np.meshgrid(np.arange(len(levels)), moments, indexing="ij")
        columns = {"run": run.reshape(-1), "time_s": moment.reshape(-1), "wip": levels.reshape(-1)}
        parquet.write_table(pyarrow.table(columns), folder / "levels.parquet")
