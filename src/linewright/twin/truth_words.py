"""The words and numbers of a row of exact answers: its parameters, and the laws of time that it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any


class Numbers:
    """The parameters of a row by name."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters

    def __contains__(self, name: str) -> bool:
        return name in self._parameters

    def __getitem__(self, name: str) -> float:
        return float(self._parameters[name])

    def get(self, name: str, default: float) -> float:
        return self[name] if name in self and not isinstance(self._parameters[name], str) else default

    def text(self, name: str, default: str = "") -> str:
        """A parameter in words."""
        return str(self._parameters.get(name, default))

    def several(self, name: str) -> list[float]:
        """One number or several."""
        value = self._parameters[name]
        return [float(v) for v in value] if isinstance(value, list) else [float(value)]

    def is_list(self, name: str) -> bool:
        return isinstance(self._parameters[name], list)

    def matrix(self, name: str) -> list[list[float]]:
        return [[float(v) for v in row] for row in self._parameters[name]]

    def size(self, name: str) -> int:
        """A whole number, by name or as it stands in the case (`5`, `c`, `K`)."""
        return int(name) if name.isdigit() else int(self._parameters[name])

    def arrival_mean(self) -> float:
        """Mean time between arrivals."""
        return 1 / self["lam"] if "lam" in self else self["interarrival"]

    def service_mean(self) -> float:
        """Mean service time, by whichever name the row gives it."""
        for name in ("mean", "s", "service_mean"):
            if name in self:
                return self[name]
        return 1 / self["mu"]


def law_of(words: str, mean: float, given: Numbers) -> Any:
    """A distribution as the plant file writes it, from a letter of Kendall's or from words.

    `M`, `D`, `E3`, `LN`, `exp`, `Erlang-2`, `deterministic`, `gamma(2) mean 12`, `lognormal mean 4 cv .3`.
    What the words leave out is taken from `mean` and from the row (`k`, `cv`).
    """
    mean = number_after("mean", words, mean)
    name = words.strip().lower()
    cv = number_after("cv", name, given.get("cv", 1.0))
    shape = re.match(r"(?:erlang|e|gamma|weibull)[-( ]*(\d+(?:\.\d+)?)", name)
    if name in ("", "m") or name.startswith("exp"):
        return {"dist": "exponential", "mean": mean}
    if name == "d" or name.startswith(("det", "const")):
        return mean
    if name.startswith(("ln", "lognormal")):
        return {"dist": "lognormal", "mean": mean, "cv": cv}
    if name.startswith("erlang") or re.match(r"e(\d|k|$)", name):
        return {"dist": "erlang", "mean": mean, "shape": int(float(shape[1])) if shape else int(given["k"])}
    if name.startswith(("gamma", "g")):
        return {"dist": "gamma", "mean": mean} | ({"shape": float(shape[1])} if shape else {"cv": cv})
    if name.startswith("weibull"):
        return {"dist": "weibull", "mean": mean} | ({"shape": float(shape[1])} if shape else {"cv": cv})
    raise KeyError(f"a law of time in {words!r}")


def number_after(word: str, text: str, default: float) -> float:
    """`mean 4 cv .3`: the number after a word."""
    match = re.search(rf"\b{word}\s+(\d*\.?\d+)", text)
    return float(match[1]) if match else default


def spread(values: Sequence[float], n: int) -> list[float]:
    """One value for all of n, or each its own."""
    return [values[0]] * n if len(values) == 1 else list(values)
