"""MQTT: machines behind Sparkplug B edge nodes tell what they do; the line tells others, by the topics of ISA-95."""

from linewright.machines.mqtt.broker import Broker
from linewright.machines.mqtt.driver import SparkplugDriver
from linewright.machines.mqtt.publisher import Publisher
from linewright.machines.mqtt.topics import Isa95, base_of

__all__ = ["Broker", "Isa95", "Publisher", "SparkplugDriver", "base_of"]
