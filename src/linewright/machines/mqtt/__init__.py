"""MQTT: machines behind Sparkplug B edge nodes tell what they do; the line tells others, by the topics of ISA-95."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from linewright.machines.mqtt.broker import Broker
from linewright.machines.mqtt.driver import SparkplugDriver, place_of
from linewright.machines.mqtt.publisher import Publisher
from linewright.machines.mqtt.topics import Isa95, base_of, level
from linewright.machines.sheets import Sheets
from linewright.machines.watching import Site, notes_beside


def make_driver(places: Mapping[int, str], site: Site) -> SparkplugDriver:
    """A driver for the machines at `sparkplug://user:password@broker:1883/group/node/device`, all of one broker.

    The device may also follow as `#device`; `sparkplugs`: with TLS. Raises ValueError.
    """
    first = next(iter(places.values()))
    parts = urlsplit(first)
    broker = Broker.of(f"{parts.scheme.replace('sparkplug', 'mqtt')}://{parts.netloc}")
    machines = {m: place_of(unquote(urlsplit(text).path), urlsplit(text).fragment) for m, text in places.items()}
    sheets, notes = Sheets(site.line, site.names), notes_beside(site, first)
    return SparkplugDriver(broker, machines, sheets, notes=notes, telemetry=site.telemetry)


__all__ = ["Broker", "Isa95", "Publisher", "SparkplugDriver", "base_of", "level", "make_driver"]
