"""The plant file: the tables of the language, how they are read, checked and saved, and the orders and
calendar that go with them. Pure data in, data out; nothing here decides or runs anything.
"""

from linewright.plant.load import load_plant
from linewright.plant.model import UNLIMITED, Plant

__all__ = ["UNLIMITED", "Plant", "load_plant"]
