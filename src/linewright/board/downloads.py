"""The API of exports: the run as files. Made from the journal in a thread, so that the line is not kept waiting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response

from linewright.board.api import REFUSALS, VIEWER, scene_of
from linewright.board.scene import Scene
from linewright.journal.exports import (
    TABLES,
    Tale,
    epcis_document,
    ocel_log,
    write_csv,
    write_json,
    write_xlsx,
)
from linewright.live.telling import tale_from

router = APIRouter(prefix="/api/v1", responses=REFUSALS, tags=["exports"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Export = Literal[
    "units.csv", "operations.csv", "measurements.csv", "components.csv", "corrections.csv", "signals.csv", "run.xlsx",
    "run.json", "epcis.jsonld", "ocel.json",
]  # fmt: skip


@router.get(
    "/exports/{export}",
    dependencies=[VIEWER],
    response_class=Response,
    responses={
        200: {
            "description": "the file",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
                "application/json": {"schema": {"type": "object"}},
                "application/ld+json": {"schema": {"type": "object"}},
            },
        }
    },
)
def export(request: Request, export: Annotated[Export, Path()]) -> Response:
    """The run up to now, as far as it is on disk, as a file."""
    kind, write = _WRITERS[export]
    scene = scene_of(request)
    name = f"{scene.watch.run.plant.plant}-{export}".encode("ascii", "replace").decode().replace('"', "")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write(_tale(scene)), media_type=kind, headers=headers)


def _tale(scene: Scene) -> Tale:
    journal = scene.open_journal()
    try:
        return tale_from(journal)
    finally:
        journal.close()


def _csv(table: str) -> tuple[str, Callable[[Tale], bytes]]:
    return "text/csv", lambda tale: write_csv(tale, table)


_WRITERS: dict[str, tuple[str, Callable[[Tale], bytes]]] = {
    **{f"{table}.csv": _csv(table) for table in TABLES},
    "run.xlsx": (XLSX, write_xlsx),
    "run.json": ("application/json", write_json),
    "epcis.jsonld": ("application/ld+json", lambda tale: json.dumps(epcis_document(tale)).encode()),
    "ocel.json": ("application/json", lambda tale: json.dumps(ocel_log(tale)).encode()),
}
