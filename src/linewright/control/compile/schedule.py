"""A given schedule: the place of every operation of every order in the sequence of its station."""

from __future__ import annotations

import numpy as np

from linewright.control.compile.draft import Draft
from linewright.errors import InputError, Problem, nearest
from linewright.plant.sequence import Job, read_sequence

NOT_NAMED = np.iinfo(np.int64).max  # what no row names comes after all that is named


def add_schedule(draft: Draft) -> None:
    """The ranks by order row and operation, where the plant names a schedule.

    Raises InputError where a row names an order, an operation or a station that is not there.
    """
    name = draft.plant.control.schedule
    if name is None:
        return
    path = draft.folder / name
    row_of = {order.order: row for row, order in enumerate(draft.orders)}
    ranks = np.full((len(draft.orders), len(draft.steps)), NOT_NAMED, np.int64)
    problems: list[Problem] = []
    for place, job in enumerate(read_sequence(path)):
        operations = [i for i, step in enumerate(draft.steps) if _does(draft, job, i)]
        if job.station not in draft.plant.stations:
            hint = nearest(job.station, draft.plant.stations)
            problems.append(Problem(f"unknown station {job.station!r}", str(path), job.line, hint=hint))
        elif job.order not in row_of:
            hint = nearest(job.order, row_of)
            problems.append(Problem(f"unknown order {job.order!r}", str(path), job.line, hint=hint))
        elif not operations:
            message = f"{job.station!r} has no operation {job.operation!r}" if job.operation else "nothing is done here"
            problems.append(Problem(message, str(path), job.line))
        else:
            ranks[row_of[job.order], operations] = place
    if problems:
        raise InputError(problems)
    draft.rank = ranks.reshape(-1)


def _does(draft: Draft, job: Job, i: int) -> bool:
    step = draft.steps[i]
    return job.station in step.stations and job.operation in ("", step.name)
