"""What the API answers about quality: control plans, charts, gauges, corrections, studies. See `board.models`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from linewright.board.models import Seconds

Status = Literal["in date", "due soon", "overdue", "not said"]


class GaugeAnswer(BaseModel):
    """What a characteristic is measured with, and how far its results can be trusted."""

    at: str
    repeatability: float | None = Field(description="standard deviation")
    uncertainty: float | None = Field(description="expanded, k = 2")
    share: float | None = Field(description="six repeatability deviations by the tolerance")
    verdict: Literal["", "fit", "conditional", "not fit"] = Field(description="of the share: below 10 %, to 30 %")
    decision: str = Field(description="the guard band's rule")
    accept_lower: float | None = Field(description="results from here ...")
    accept_upper: float | None = Field(description="... to here pass")
    calibrated: date | None
    due: date | None
    status: Status


class PlanAnswer(BaseModel):
    """The control plan of a characteristic, in words."""

    checked_by: list[str] = Field(description="operations that measure it")
    sample: list[str] = Field(description="how many units each of them takes")
    chart: str = Field(description="empty: none is kept by the line")
    rules: list[str]
    revision: str
    reaction: list[str]
    corrects: list[str] = Field(description="tools that follow what is measured")


class CharacteristicAnswer(BaseModel):
    """A characteristic, its control plan and how it stands."""

    name: str
    material: str
    unit: str
    nominal: float
    lower: float | None
    upper: float | None
    gauge: GaugeAnswer | None
    plan: PlanAnswer
    measured: int
    outside: int
    last: float | None
    signals: int = Field(description="points of its charts that signalled, of those kept")
    makers: list[str] = Field(description="machines with a chart of their own")


class PointAnswer(BaseModel):
    """A measured value, and the point that it made on the chart."""

    time_s: Seconds
    value: float
    plotted: float | None = Field(description="what the chart shows: the value, a mean, a smoothed value, a sum")
    below: float | None = Field(description="the lower sum of a cusum")
    lcl: float | None
    ucl: float | None
    serial: int
    machine: str
    signals: list[str]
    afresh: bool = Field(description="somebody had looked: the chart began anew here")


class CorrectionAnswer(BaseModel):
    """A tool's offset was changed; offsets and the value in the unit of the characteristic."""

    time_s: Seconds
    machine: str
    tool: str
    old: float
    new: float
    why: str
    value: float | None
    serial: int | None


class ChartAnswer(BaseModel):
    """The chart of a characteristic for one machine that makes it, as the line keeps it or as the board draws it."""

    characteristic: CharacteristicAnswer
    maker: str = Field(description="whose chart it is; empty: of all machines together")
    kind: str = Field(description="points in the characteristic's unit; of a cusum in sigmas, of a p chart shares")
    kept_by: Literal["line", "board"] = Field(description="frozen limits of the plan, or estimated by the board")
    revision: str
    centre: float | None
    values: list[PointAnswer]
    corrections: list[CorrectionAnswer]


class HeldMachine(BaseModel):
    """A machine that a person has taken out, or that waits for somebody to look at what it makes."""

    machine: str
    since_s: Seconds
    why: str


class HeldUnit(BaseModel):
    """A unit that a person has stopped."""

    serial: int
    material: str
    stopped: str


class StoppedTool(BaseModel):
    """A tool whose offset follows no more: corrections made it worse."""

    tool: str
    characteristic: str


class QualityAnswer(BaseModel):
    """All characteristics with their control plans, and what is held."""

    characteristics: list[CharacteristicAnswer]
    held: list[HeldMachine]
    held_units: list[HeldUnit]
    stopped_tools: list[StoppedTool]


class CorrectionRow(CorrectionAnswer):
    """A tool's offset was changed, and for which characteristic."""

    characteristic: str


class SignalRow(BaseModel):
    """A chart signalled, a unit was bad, or corrections stopped."""

    time_s: Seconds
    machine: str
    characteristic: str
    value: float
    what: list[str]
    serial: int


class CorrectionsAnswer(BaseModel):
    """The audit of corrections and signals, read from the journal; in SI units, as recorded."""

    corrections: list[CorrectionRow]
    signals: list[SignalRow]


class IndexAnswer(BaseModel):
    """A capability index with its confidence interval."""

    name: str
    value: float
    low: float | None
    high: float | None


class FalloutAnswer(BaseModel):
    """Parts per million outside the tolerance."""

    which: str
    below: float
    above: float
    total: float


class CapabilityAnswer(BaseModel):
    """A capability study of the values kept of a characteristic; values in the characteristic's unit."""

    characteristic: CharacteristicAnswer
    maker: str
    why_not: str = Field(description="why there is no study; empty: there is one")
    n: int
    from_s: float | None
    to_s: float | None
    mean: float | None
    sigma_within: float | None
    sigma_overall: float | None
    indices: list[IndexAnswer]
    fallout: list[FalloutAnswer]
    normal_p: float | None = Field(description="Anderson-Darling: below 0.05 the values are not normal")
    signals: int = Field(description="points of the chart that signalled within these values")
    edges: list[float] = Field(description="of the histogram")
    counts: list[int]
    sorted: list[float] = Field(description="for the probability plot, with ...")
    scores: list[float] = Field(description="... the normal scores of their ranks")
    gauge_share: float | None = Field(description="of the observed variance that is the gauge's")
    ppk_without_gauge: float | None
    method: list[str]


class GaugeReading(BaseModel):
    """One reading of a gauge study."""

    part: str = Field(min_length=1, max_length=60)
    operator: str = Field(min_length=1, max_length=60)
    value: float = Field(ge=-1e12, le=1e12, allow_inf_nan=False)


class GaugeStudyRequest(BaseModel):
    """Readings in the unit of the characteristic: every operator measures every part as often."""

    readings: list[GaugeReading] = Field(min_length=4, max_length=2000)


class ComponentAnswer(BaseModel):
    """One part of the variation."""

    name: str
    sigma: float
    contribution_pct: float
    study_pct: float
    tolerance_pct: float | None


class AnovaAnswer(BaseModel):
    """A row of the analysis of variance."""

    source: str
    df: int
    ss: float
    ms: float
    f: float | None
    p: float | None


class GaugeStudyAnswer(BaseModel):
    """What a gauge study found, beside what the plant file says."""

    characteristic: str
    unit: str
    components: list[ComponentAnswer]
    anova: list[AnovaAnswer]
    interaction_pooled: bool
    ndc: int
    verdict: str
    planned_repeatability: float | None
    method: list[str]
