"""What goes on beside a line: readings of its machines are kept, and others are told how it stands."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linewright.live import LiveLine, Run
    from linewright.machines.mqtt import Broker
    from linewright.machines.telemetry import Telemetry


def keep_telemetry(folder: Path | None, at_end: ExitStack) -> Telemetry | None:
    """The store for readings in a folder, if one is wanted."""
    from linewright.machines.telemetry import Telemetry

    if folder is None:
        return None
    telemetry = Telemetry(folder)
    at_end.callback(telemetry.close)
    return telemetry


def publish(url: str, what: Run, live: LiveLine) -> None:
    """From now on the line tells a broker how it stands and what happens to it."""
    from linewright.machines.mqtt import Isa95, Publisher, level

    broker, above = broker_of(url)
    base = "/".join(filter(None, (above, level(what.plant.plant))))
    publisher = Publisher(broker, base, f"linewright-{base.replace('/', '-')}")
    topics = Isa95(what.line, what.names, publisher)
    topics.show(live.decider.state)
    live.decider.witnesses.append(topics.witness)
    live.beside.append(publisher.run_beside)


def broker_of(url: str) -> tuple[Broker, str]:
    """The broker of a URL, and the topic that its path names. Raises InputError."""
    from linewright.errors import InputError, Problem
    from linewright.machines.mqtt import Broker

    try:
        return Broker.with_topic(url)
    except ValueError as error:
        hint = "as mqtt://broker:1883/enterprise/site/area"
        raise InputError([Problem(str(error), key="--publish", hint=hint)]) from None
