"""Makes `docs/quality-in-the-line.md` and its figures: `python docs/make_quality_in_the_line.py`.

Every number on the page is simulated here, with the plant of `examples/control-plan`; about a minute on two cores.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from linewright.measure.decide import offset_under_drift, variance_on_ima, variance_on_white_noise
from linewright.plant.load import read_source
from linewright.plant.model import Plant
from linewright.twin.experiment import Bench, experiment
from linewright.twin.report.tables import with_width
from linewright.twin.results import Result, compare
from linewright.twin.statistics import Interval

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "control-plan" / "plant.yaml"
PAGE = HERE / "quality-in-the-line.md"
HEAD = HERE / "quality-in-the-line.head.md"
PARTS = 100_000
SIGMA_M = 10e-6

Change = Callable[[dict[str, Any]], None]


def variant(change: Change) -> Plant:
    """The example with a change to its written form."""
    source = read_source(EXAMPLE)
    written = copy.deepcopy(source.data)
    change(written)
    return Plant.model_validate(written, context={"written": True})


def measure_of(written: dict[str, Any]) -> dict[str, Any]:
    """The measuring operation of the example."""
    return next(o["measure"] for o in written["routes"]["shaft"] if "measure" in o)


def sampled(sample: str) -> Change:
    """Another share of parts is measured."""

    def change(written: dict[str, Any]) -> None:
        measure_of(written)["sample"] = sample

    return change


def corrected(**how: Any) -> Change:
    """Another way of correcting; nothing given: none."""

    def change(written: dict[str, Any]) -> None:
        operation = measure_of(written)
        if how:
            operation["compensates"]["lathe"] |= how
        else:
            del operation["compensates"]

    return change


def without(*keys: str) -> Change:
    """The plan without its chart and reaction, or without a guard band."""

    def change(written: dict[str, Any]) -> None:
        journal = written["characteristics"]["journal"]
        for key in keys:
            (journal["gauge"] if key == "decision" else journal).pop(key)

    return change


TAMPERING = "1 in 5 each, the whole deviation corrected (tampering)"
PLANS: dict[str, Change] = {
    "every part": sampled("all"),
    "1 in 2 each": sampled("1 in 2 each"),
    "1 in 5 each, as in the file": sampled("1 in 5 each"),
    "1 in 10 each": sampled("1 in 10 each"),
    "1 in 25 each": sampled("1 in 25 each"),
    "1 in 10, both lathes counted together": sampled("1 in 10"),
    "5 every hour": sampled("5 every 1 h"),
    "1 in 5 each, no reaction to signals": without("chart", "reaction"),
    "1 in 5 each, tools not corrected": corrected(),
    TAMPERING: corrected(
        method="ewma", weight=1.0, dead_band=0, setup="none", setup_units=0
    ),
    "1 in 5 each, no guard band": without("decision"),
}


def simulated(plant: Plant) -> Result:
    """The figures of one plan."""
    return experiment(Bench(plant))


def plan_rows(results: dict[str, Result]) -> Iterator[str]:
    """One row of the table for each plan."""
    for name, result in results.items():
        assert result.quality is not None
        journal, cost = result.quality.characteristics["journal"], result.quality.cost
        cells = [
            with_width(journal.cpk), with_width(journal.ppk), with_width(journal.escapes.scaled(1e6)),
            with_width(result.total.scrapped.scaled(1000.0 / result.total.finished.mean)),
            with_width(result.total.throughput_per_s.scaled(3600.0)), with_width(cost.total),
        ]  # fmt: skip
        yield f"| {name} | " + " | ".join(cells) + " |"


def cost_rows(results: dict[str, Result]) -> Iterator[str]:
    """Where the money goes, plan by plan."""
    for name, result in results.items():
        assert result.quality is not None
        parts = result.quality.cost.parts
        yield f"| {name} | " + " | ".join(f"{parts[key].mean:.3f}" for key in parts if key != "rework") + " |"


def difference(results: dict[str, Result], one: str, other: str) -> str:
    """Cost of one plan less that of the other, with the same luck: a paired interval, in words."""
    a, b = results[one].quality, results[other].quality
    assert a is not None and b is not None
    from linewright.twin.statistics import interval

    def total(cost: Any) -> Any:
        return cost.appraisal + cost.rework + cost.scrap + cost.looking + cost.escapes

    found: Interval = interval(total(a.cost) - total(b.cost))
    return f"{found.mean:+.3f} EUR a part ({found.low:+.3f} to {found.high:+.3f})"


# ---------------------------------------------------------------- theory


def loop(process: dict[str, Any], how: dict[str, Any] | None, wear: str = "0 mm") -> Plant:
    """A mill, a gauge that measures every part, and the loop between them."""
    compensates = {"mill": {"tool": "T1", "gain_check": 0} | how} if how else {}
    written = {
        "plant": "loop",
        "materials": {"part": {}},
        "stations": {
            "mill": {"tools": {"T1": {"life": 600_000, "change": "1 s", "wears": "width", "wear": wear}}},
            "gauge": {},
        },
        "characteristics": {
            "width": {
                "of": "part", "nominal": "10 mm", "upper": "1 mm", "lower": "-1 mm",
                "process": {"sd": "0.01 mm"} | process, "gauge": {"at": "gauge"},
            }
        },
        "routes": {
            "part": [
                {"mill": {"at": "mill", "time": "10 s"}},
                {"look": {"at": "gauge", "time": "1 s", "checks": ["width"], "compensates": compensates}},
            ]
        },
        "orders": {"saturated": ["part"]},
    }  # fmt: skip
    return Plant.model_validate(written, context={"written": True})


def moments(plant: Plant) -> tuple[float, float]:
    """Mean and variance of the true values after so many parts, in units of sigma."""
    life = Bench(plant).life(1, 0)
    life.until(1e12, PARTS)
    truth = life.nature.truth[0]
    mean = truth.made_sum / truth.made
    return float(mean / SIGMA_M), float((truth.made_sum2 / truth.made - mean**2) / SIGMA_M**2)


def theory_rows() -> Iterator[str]:
    """What theory says of a loop, and what the line does."""
    theta = 0.6
    wander = {"wander": f"{0.01 * (1 - theta) / theta**0.5:.9f} mm"}
    for weight in (0.2, 0.5, 1.0):
        found = moments(loop({}, {"weight": weight}))[1]
        yield f"| white noise | λ = {weight:g} | variance {variance_on_white_noise(weight):.3f} | {found:.3f} |"
    for weight in (0.2, 0.4, 1.0):
        found = moments(loop(wander, {"weight": weight}))[1] * theta
        yield f"| IMA(1,1), θ = 0.6 | λ = {weight:g} | variance {variance_on_ima(weight, theta):.3f} | {found:.3f} |"
    found = moments(loop(wander, {"method": "kalman"} | wander))[1] * theta
    yield f"| IMA(1,1), θ = 0.6 | Kalman | variance 1.000 | {found:.3f} |"
    for weight in (0.2, 0.5):
        found = moments(loop({}, {"weight": weight}, wear="600 mm"))[0]
        yield f"| drift of 0.1 σ a part | λ = {weight:g} | offset {offset_under_drift(0.1, weight):.3f} | {found:.3f} |"
    found = moments(loop({}, {"method": "double-ewma", "weight": 0.2}, wear="600 mm"))[0]
    yield f"| drift of 0.1 σ a part | double EWMA | offset 0.000 | {found:.3f} |"


# ---------------------------------------------------------------- the figure


def picture(results: dict[str, Result]) -> None:
    """Cost by kind for each plan, as an SVG."""
    names = list(results)
    kinds = [("appraisal", "#5b8db8"), ("scrap", "#d99a4e"), ("looking", "#8a76a8"), ("escapes", "#c0504d")]
    parts = {name: result.quality.cost.parts for name, result in results.items() if result.quality}
    totals = {name: result.quality.cost.total for name, result in results.items() if result.quality}
    top = max(total.high for total in totals.values())
    left, width, row = 330, 520, 30
    height = 46 + row * len(names)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height}" '
        'font-family="Inter, Segoe UI, Helvetica, Arial, sans-serif" font-size="13" fill="#1f2a36">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    x = left
    for kind, colour in kinds:
        out.append(f'<rect x="{x}" y="12" width="12" height="12" fill="{colour}"/>')
        out.append(f'<text x="{x + 18}" y="22">{kind}</text>')
        x += 110
    for i, name in enumerate(names):
        y = 40 + row * i
        out.append(f'<text x="{left - 10}" y="{y + 14}" text-anchor="end">{name}</text>')
        x0 = float(left)
        for kind, colour in kinds:
            wide = parts[name][kind].mean / top * width
            out.append(f'<rect x="{x0:.1f}" y="{y}" width="{wide:.1f}" height="19" fill="{colour}"/>')
            x0 += wide
        low, high = (left + value / top * width for value in (totals[name].low, totals[name].high))
        out.append(f'<path d="M{low:.1f} {y + 9.5}H{high:.1f}" stroke="#1f2a36" stroke-width="1.5"/>')
        out.append(f'<text x="{max(high, x0) + 8:.1f}" y="{y + 14}">{totals[name].mean:.2f}</text>')
    (HERE / "images" / "quality-plans.svg").write_text("\n".join([*out, "</svg>\n"]), encoding="utf-8")


def main() -> None:
    results = {name: simulated(variant(change)) for name, change in PLANS.items()}
    picture(results)
    fifth = "1 in 5 each, as in the file"
    change = compare(results[fifth], results["every part"])["throughput_per_s"].scaled(3600.0)
    filled = HEAD.read_text(encoding="utf-8")
    for mark, text in {
        "{plans}": "\n".join(plan_rows(results)),
        "{costs}": "\n".join(cost_rows(results)),
        "{parts}": f"{PARTS:,}",
        "{theory}": "\n".join(theory_rows()),
        "{every part less fifth}": difference(results, "every part", fifth),
        "{tampering less fifth}": difference(results, TAMPERING, fifth),
        "{uncorrected less fifth}": difference(results, "1 in 5 each, tools not corrected", fifth),
        "{no reaction less fifth}": difference(results, "1 in 5 each, no reaction to signals", fifth),
        "{together less each}": difference(results, "1 in 10, both lathes counted together", "1 in 10 each"),
        "{throughput}": f"{change.mean:+.2f} parts an hour ({change.low:+.2f} to {change.high:+.2f})",
    }.items():
        filled = filled.replace(mark, text)
    PAGE.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
