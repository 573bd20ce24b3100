"""Run the plants of a file and print what became of each: a script, so that it can run compiled or not.

    python fingerprints.py PLANTS.json EVENTS

Prints a JSON list: by plant a hash of all commands, of the state and of the random streams.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from drive import bear, live_on  # noqa: E402
from strategies import as_plant  # noqa: E402

from linewright.plant.load import load_plant  # noqa: E402
from linewright.plant.orders import load_orders  # noqa: E402


def fingerprint(case: Any, events: int) -> str:
    """Hash of the commands and the last state of a plant: written out, or the path of a plant file."""
    if isinstance(case, str):
        plant, folder = load_plant(case), Path(case).parent
        life = bear(plant, 7, tuple(load_orders(plant, folder)) if plant.orders.from_ else (), folder=folder)
    else:
        life = bear(as_plant(case), 7, units=64)
    commands = live_on(life, events)
    digest = hashlib.sha256(repr(commands).encode())
    for array in life.state.arrays().values():
        digest.update(array.tobytes())
    digest.update(life.nature.stream.tobytes())
    return f"{len(commands)} {digest.hexdigest()}"


if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)  # uncompiled random numbers overflow on purpose
    cases, events = json.loads(Path(sys.argv[1]).read_text()), int(sys.argv[2])
    print(json.dumps([fingerprint(case, events) for case in cases]))
