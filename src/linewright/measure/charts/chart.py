"""What every control chart is: panels of points with limits, signals, and where the limits come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.errors import InputError, Problem, nearest
from linewright.measure.checks import finite, positive
from linewright.measure.result import Provenance
from linewright.measure.rules.book import Rule, RuleBook

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule fired at one point of one panel; `point` counts from 0."""

    panel: str
    point: int
    rule: Rule

    def __str__(self) -> str:
        return f"{self.panel}, point {self.point + 1}: {self.rule.text}"


@dataclass(frozen=True)
class Panel:
    """One line of points with centre, limits and signals. Arrays of shape (n,); a limit may be infinite."""

    name: str
    values: FloatArray
    centre: FloatArray
    lcl: FloatArray
    ucl: FloatArray
    sigma: FloatArray  # standard deviation of the plotted statistic; NaN where limits are quantiles
    masks: NDArray[np.uint32]  # bit i: `book.rules[i]` fired
    book: RuleBook  # the rules that were applied to this panel

    def __len__(self) -> int:
        return self.values.size

    def points(self, rule: str = "") -> IntArray:
        """Indices (from 0) of the points that signal, by any rule or by the named one."""
        chosen = self.masks & np.uint32(self.book.bit(rule)) if rule else self.masks
        return np.flatnonzero(chosen)

    def signals(self) -> Iterator[Signal]:
        """Every signal of the panel in order of points."""
        for i in self.points():
            for rule in self.book.fired(int(self.masks[i])):
                yield Signal(self.name, int(i), rule)


@dataclass(frozen=True)
class FrozenLimits:
    """Limits of phase II: the parameters of the process as agreed, by whom, and in which revision."""

    chart: str  # kind of chart for which they were frozen, or "given"
    parameters: Mapping[str, float]  # as {"mean": 50.81, "sigma": 1.6648}
    revision: str
    frozen_by: str
    frozen_on: str = ""  # date as the plant writes it; ISO 8601 is advised
    estimator: str = "given"
    constants: str = ""
    data_sha256: str = ""  # of the phase I data
    reason: str = ""
    arrays: Mapping[str, FloatArray] = field(default_factory=dict)  # mean vector, covariance

    def __post_init__(self) -> None:
        problems = [
            Problem("say which revision of the limits this is, and who froze it", key=name)
            for name, text in (("revision", self.revision), ("frozen_by", self.frozen_by))
            if not text.strip()
        ]
        if problems:
            raise InputError(problems)
        for name, value in self.parameters.items():
            (positive if name.startswith("sigma") else finite)(value, name)

    def __getitem__(self, name: str) -> float:
        if name not in self.parameters:
            hint = nearest(name, self.parameters)
            raise InputError([Problem(f"the frozen limits hold no {name!r}", key="limits", hint=hint)])
        return float(self.parameters[name])

    def __str__(self) -> str:
        when = f" on {self.frozen_on}" if self.frozen_on else ""
        return f"{self.revision}, frozen by {self.frozen_by}{when}"

    def as_record(self) -> dict[str, Any]:
        """Plain numbers, texts and lists, for a journal or a file; `from_record` reads them back."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["parameters"] = dict(self.parameters)
        plain["arrays"] = {name: array.tolist() for name, array in self.arrays.items()}
        return plain

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> FrozenLimits:
        """The limits that `as_record` wrote; a key that is unknown or missing is an `InputError`."""
        known = [f.name for f in fields(cls)]
        problems = [
            Problem(f"unknown key {key!r}", key="limits", hint=nearest(key, known))
            for key in record
            if key not in known
        ]
        for key in ("chart", "parameters", "revision", "frozen_by"):
            if key not in record:
                problems.append(Problem(f"{key!r} is missing", key="limits"))
        if problems:
            raise InputError(problems)
        arrays = {name: np.asarray(rows, dtype=np.float64) for name, rows in record.get("arrays", {}).items()}
        return cls(**{**record, "parameters": dict(record["parameters"]), "arrays": arrays})


def given(revision: str, frozen_by: str, frozen_on: str = "", **parameters: float) -> FrozenLimits:
    """Limits from agreed parameters instead of data, as `given("A", "M. Weber", mean=50.0, sigma=2.05)`."""
    return FrozenLimits("given", parameters, revision, frozen_by, frozen_on)


@dataclass(frozen=True)
class Chart:
    """A control chart: its panels, the parameters behind the limits of each stage, and how it was made."""

    kind: str  # as "Xbar-R"
    panels: tuple[Panel, ...]
    parameters: tuple[Mapping[str, float], ...]  # of each stage, as {"mean": .., "sigma": ..}
    stages: IntArray  # (n,) stage of each point, from 0
    excluded: Mapping[int, str]  # point (from 0) -> why it does not count for the limits
    limits: FrozenLimits | None  # None: phase I
    provenance: Provenance
    arrays: Mapping[str, FloatArray] = field(default_factory=dict)  # mean vector, covariance, run counters

    def __getitem__(self, panel: str) -> Panel:
        for candidate in self.panels:
            if candidate.name == panel:
                return candidate
        hint = nearest(panel, [p.name for p in self.panels])
        raise InputError([Problem(f"no panel {panel!r} on the {self.kind} chart", key="panel", hint=hint)])

    def signals(self) -> list[Signal]:
        """Every signal of every panel, by point."""
        return sorted((s for p in self.panels for s in p.signals()), key=lambda s: s.point)

    def __str__(self) -> str:
        source = self.provenance
        rows = [f"{source.method}, {len(self.panels[0])} points; {source.estimator}"]
        if source.limits_revision:
            rows.append(f"limits {source.limits_revision}")
        for panel in self.panels:
            lines = (panel.lcl[-1], panel.centre[-1], panel.ucl[-1])
            rows.append(f"{panel.name}: " + "  ".join(f"{line:.6g}" for line in lines) + f"  ({panel.book})")
        found = self.signals()
        rows.append(f"{len(found)} signals" if found else "no signal")
        rows += [f"  {signal}" for signal in found[:20]]
        rows += [f"  and {len(found) - 20} more"] if len(found) > 20 else []
        rows += [f"excluded: point {point + 1}, {why}" for point, why in self.excluded.items()]
        return "\n".join(rows)

    @property
    def in_control(self) -> bool:
        """No panel signals."""
        return not any(bool(np.any(panel.masks)) for panel in self.panels)

    @property
    def centre(self) -> float:
        """Centre line of the first panel at its last point."""
        return float(self.panels[0].centre[-1])

    @property
    def lcl(self) -> float:
        """Lower limit of the first panel at its last point."""
        return float(self.panels[0].lcl[-1])

    @property
    def ucl(self) -> float:
        """Upper limit of the first panel at its last point."""
        return float(self.panels[0].ucl[-1])

    def freeze(self, revision: str, by: str, on: str = "", reason: str = "") -> FrozenLimits:
        """The limits of the last stage for phase II, with their revision and who answers for them."""
        source = self.provenance
        return FrozenLimits(
            chart=self.kind,
            parameters=dict(self.parameters[-1]),
            revision=revision,
            frozen_by=by,
            frozen_on=on,
            estimator=source.estimator,
            constants=source.constants,
            data_sha256=source.data_sha256,
            reason=reason,
            arrays={name: self.arrays[name] for name in ("mean", "covariance") if name in self.arrays},
        )


def spread_out(value: float | FloatArray, size: int) -> FloatArray:
    """An array of shape (size,): the array itself, or one number seen `size` times without a copy."""
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (size,))


def check_crossed(lcl: FloatArray, ucl: FloatArray, name: str) -> None:
    """A lower limit above its upper limit is an `InputError`, never a chart on which all points signal."""
    crossed = np.flatnonzero(lcl > ucl)
    if len(crossed):
        i = int(crossed[0])
        text = f"limits crossed at point {i + 1}: lower {lcl[i]:g} above upper {ucl[i]:g}"
        raise InputError([Problem(text, key=name)])
