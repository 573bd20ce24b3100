"""Worked examples with known answers, at the tolerance each states. Skipped where the examples are absent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linewright.measure import arl, capability, charts
from linewright.measure.charts.multivariate import _factor
from linewright.measure.constants import d2
from linewright.measure.describe import describe, one_way_anova
from linewright.measure.rules import RULE_1, nelson, western_electric

FOLDERS = [parent / "shared" / "reference" / "quality" for parent in Path(__file__).resolve().parents]
FOLDER = next((folder for folder in FOLDERS if folder.is_dir()), None)

pytestmark = pytest.mark.skipif(FOLDER is None, reason="the reference examples are not here")

Case = dict[str, Any]
Answer = dict[str, Any]
CASES: dict[str, Callable[[Case], Answer]] = {}


def case(name: str) -> Callable[[Callable[[Case], Answer]], Callable[[Case], Answer]]:
    def note(answer: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
        CASES[name] = answer
        return answer

    return note


def table(inputs: Case) -> np.ndarray:
    assert FOLDER is not None
    return np.loadtxt(FOLDER / inputs["file"], delimiter=",", skiprows=1, ndmin=2)


def lines(chart: charts.Chart) -> Answer:
    found = {"center": chart.centre, "ucl": chart.ucl, "lcl": chart.lcl}
    return found | {"beyond_limits_1based": (chart.panels[0].points() + 1).tolist()}


@case("AR01_lucas_saccucci_ewma")
def _(i: Case) -> Answer:
    half = [arl.ewma_arl(0.5, 3.071, mu) for mu in i["mu"]]
    slow = [arl.ewma_arl(0.03, 2.437, mu) for mu in i["mu"]]
    return {"lam.5_L3.071_in_control": half[0], "lam.5": half[1:], "lam.03": slow}


@case("AR03_lucas_crosier_cusum")
def _(i: Case) -> Answer:
    plain = [arl.cusum_arl(i["k"], i["h"], mu) for mu in i["mu"]]
    return {"no_fir": plain, "fir": [arl.cusum_arl(i["k"], i["h"], mu, 0.5) for mu in i["mu"]]}


@case("AR05_brook_evans")
def _(i: Case) -> Answer:
    return {"arl": [arl.cusum_arl_one_sided(i["k"], i["h"], mu) for mu in i["mu"]]}


@case("AR07_champ_woodall_a")
def _(i: Case) -> Answer:
    return {
        "C1": arl.shewhart_arls(i["mu"], RULE_1),
        "C12": arl.shewhart_arls(i["mu"], western_electric(1, 2)),
    }


@case("AR10_rigdon_mewma")
def _(i: Case) -> Answer:
    quarter = [arl.mewma_arl(i["p"], 0.25, h) for h in i["h4_r25"]]
    return {"r.25": quarter, "r.1": [arl.mewma_arl(i["p"], 0.1, h) for h in i["h4_r1"]]}


@case("AR14_variance_charts")
def _(i: Case) -> Answer:
    lam = 0.025
    upper = 1.0 + 1.661865 * np.sqrt(lam / (2.0 - lam)) * np.sqrt(2.0)
    sigmas = (1, 1.1, 1.2, 1.3, 1.4, 1.5, 2)
    runs = [arl.cusum_s2_arl(1.46, 10.0, 1, s) for s in sigmas]
    return {"ewma_s2": arl.ewma_s2_arl(lam, upper, 1), "cusum_s2": runs}


@case("CA01_cp_ci")
def _(i: Case) -> Answer:
    cp = (i["usl"] - i["lsl"]) / (6.0 * i["s"])
    interval = capability.cp_interval(cp, i["n"] - 1)
    return {"cp": cp, "lo": interval.low, "hi": interval.high}


@case("CA03_nist_cp")
def _(i: Case) -> Answer:
    found = capability.compare(i["mean"], i["sigma"], capability.Spec(i["lsl"], i["usl"]))
    return {"cp": found.cp, "cpu": found.cpu, "cpl": found.cpl, "cpk": found.cpk}


@case("CA04_minitab_normal_capability")
def _(i: Case) -> Answer:
    data = table(i)[:, 2].reshape(-1, 5)
    spec = capability.Spec(i["lsl"], i["usl"], i["target"])
    study = capability.capability(data, spec, within="rbar", confidence=i["confidence"])
    found: Answer = {"mean": study.mean, "sd_overall": study.overall.sigma, "sd_within": study.within.sigma}
    for name, index in (
        ("cp", study.short_term.both),
        ("cpk", study.short_term.worst),
        ("pp", study.long_term.both),
        ("ppk", study.long_term.worst),
    ):
        assert index is not None
        found |= {name: index.value, f"{name}_lo": index.interval.low, f"{name}_hi": index.interval.high}
    assert study.cpm is not None
    return found | {
        "cpm": study.cpm.value,
        "ppm_usl_overall": study.expected_overall.above,
        "ppm_lsl_overall": study.expected_overall.below,
        "ppm_usl_within": study.expected_within.above,
    }


@case("CA06_minitab_lognormal")
def _(i: Case) -> Answer:
    rows = table(i)
    values = rows[rows[:, 1] == i["stage"], 2]
    study = capability.nonnormal_capability(values, capability.Spec(i["lsl"], i["usl"]), "lognormal")
    assert study.fit is not None
    return dict(study.fit.parameters) | {"pp": study.pp, "ppu": study.ppu, "ppl": study.ppl}


@case("CC01_nist_c_chart")
def _(i: Case) -> Answer:
    return lines(charts.c_chart(table(i)[:, 1]))


@case("CC02_nist_p_chart")
def _(i: Case) -> Answer:
    rows = table(i)
    return lines(charts.p_chart(np.round(rows[:, 1] * rows[:, 2]), rows[:, 2]))


@case("CC04_nist_imr")
def _(i: Case) -> Answer:
    chart = charts.i_mr(i["values"])
    return lines(chart) | {"mean": chart.centre, "mr_bar": chart["MR"].centre[0]}


@case("CC05_nist_ewma")
def _(i: Case) -> Answer:
    limits = charts.given("A", "NIST", mean=i["z0"], sigma=i["sigma"])
    chart = charts.ewma(i["values"], i["lam"], asymptotic=True, limits=limits, width=i["L"])
    return lines(chart) | {"z": chart.panels[0].values, "signals": len(chart.signals())}


@case("CC07_piston_xbar_s")
def _(i: Case) -> Answer:
    chart = charts.xbar_s(table(i)[:25, 1:])
    spread = chart["S"]
    return lines(chart) | {"xbarbar": chart.centre, "sbar": spread.values.mean(), "s_ucl": spread.ucl[0]}


@case("CC09_flow_width_xbar_r")
def _(i: Case) -> Answer:
    chart = charts.xbar_r(table(i)[:25, 1:])
    spread = chart["R"]
    return {
        "xbarbar": chart.centre,
        "r_bar": spread.centre[0],
        "xbar_ucl": chart.ucl,
        "xbar_lcl": chart.lcl,
        "r_ucl": spread.ucl[0],
        "sigma_hat": chart.parameters[0]["sigma"],
    }


@case("CC12_pc_u_chart")
def _(i: Case) -> Answer:
    rows = table(i)
    return lines(charts.u_chart(rows[:, 1], rows[:, 2]))


@case("CC14_montgomery_ewma")
def _(i: Case) -> Answer:
    limits = charts.given("A", "Montgomery", mean=i["mu0"], sigma=i["sigma"])
    chart = charts.ewma(i["values"], i["lam"], limits=limits, width=i["L"])
    panel = chart.panels[0]
    z = {f"z{k}": panel.values[k - 1] for k in (1, 2, 29, 30)}
    return z | {"ucl_30": panel.ucl[29], "signals_1based": (panel.points() + 1).tolist()}


@case("CC16_t2_individuals")
def _(i: Case) -> Answer:
    chart = charts.t2_individuals(table(i), alpha=1.0 - i["confidence"])
    matrix = chart.arrays["covariance"]
    det = float(np.prod(np.diag(_factor(matrix))) ** 2)
    found = {"mean": chart.arrays["mean"], "cov": matrix, "det": det, "ucl": chart.ucl}
    return found | {"signals": len(chart.signals())}


@case("CC19_run_rules_individuals")
def _(i: Case) -> Answer:
    names = dict(
        zip(
            (
                "beyond_3s",
                "7_same_side",
                "2of3_beyond_2s",
                "4of5_beyond_1s",
                "15_within_1s",
                "8_outside_1s_both_sides",
            ),
            (1, 2, 5, 6, 7, 8),
            strict=True,
        )
    )
    panel = charts.i_mr(table(i)[:, 0], rules=nelson(same_side=i["same_side"])).panels[0]
    return {name: (panel.points(f"nelson{k}") + 1).tolist() for name, k in names.items()}


@case("CT01_d2")
def _(i: Case) -> Answer:
    return {"d2": [d2(n) for n in i["n"]]}


@case("NU01_strd_michelso")
def _(i: Case) -> Answer:
    found = describe(table(i)[:, 0])
    return {"n": found.n, "mean": found.mean, "sd": found.sd, "r1": found.autocorrelation}


@case("NU03_strd_sirstv")
def _(i: Case) -> Answer:
    rows = table(i)
    found = one_way_anova([rows[rows[:, 0] == k, 1] for k in np.unique(rows[:, 0])])
    return {"n": found.n, "ss_between": found.ss_between, "ss_within": found.ss_within, "F": found.f}


@case("YD01_yield")
def _(i: Case) -> Answer:
    found = capability.step_yields(i["defects"], i["rework"], i["opportunities"])
    return {"yield": found.final, "fty": found.first_time, "rty": found.rolled, "dpmo": found.dpmo}


@pytest.mark.parametrize("name", sorted(CASES))
def test_worked_example(name: str) -> None:
    assert FOLDER is not None
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip("this example is not here")
    example = json.loads(path.read_text())
    found = CASES[name](example["inputs"])
    for expected in example["expected"]:
        got, want = np.asarray(found[expected["name"]], float), np.asarray(expected["value"], float)
        assert got.shape == want.shape, expected["name"]
        # one part in 10^12 for tolerances of exactly zero on computed numbers
        slack = expected["tol"] + 1e-12 * np.abs(want)
        assert np.all(np.abs(got - want) <= slack), (expected["name"], got, want)
