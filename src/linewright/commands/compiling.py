"""What a command has to compile before it can begin: once for each version of the program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linewright.plant.model import Plant


def get_compiled(plant: Plant | None = None, *, runs: bool = False, decides: bool = False, acts: bool = False) -> None:
    """Compile what is needed and not kept, and tell a person why it takes longer this once.

    `runs`: the twin runs a line; `decides`: the control does, event by event, with virtual machines if it `acts`.
    """
    from linewright.compiled import compile_together, not_kept
    from linewright.control.step import KERNELS
    from linewright.twin.run import KERNELS_OF_EVENTS, KERNELS_OF_RUN
    from linewright.twin.values import values_apart

    measured = (runs or acts) and plant is not None and bool(plant.characteristics)
    needed = [
        *(KERNELS_OF_RUN if runs else ()),
        *(KERNELS if decides else ()),
        *(KERNELS_OF_EVENTS if acts else ()),
        *((values_apart,) if measured else ()),
    ]
    missing = not_kept(*needed)
    if missing:
        sys.stderr.write("compiling the control once (20 to 40 s as measured, by machine); kept for next time\n")
        sys.stderr.flush()
        compile_together(missing)
