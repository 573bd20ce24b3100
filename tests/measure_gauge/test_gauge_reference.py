"""Every check of the reference pack that concerns gauges, sampling, decisions and tolerance intervals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gauge_cases import agrees, reference_folder

from linewright.measure.decide import (
    conformity_probability,
    dobbert_multiplier,
    grubbs_variance,
    grubbs_weight,
    guard_factor,
    variance_on_ima,
    variance_on_white_noise,
    worst_false_acceptance,
)
from linewright.measure.gauge import fleiss_kappa, nested_anova, type1_study
from linewright.measure.sampling import code_letter, design_single, plan_for_letter, plan_for_lot, single
from linewright.measure.tolerance import (
    one_sided_factor,
    one_sided_factor_approximate,
    sample_size,
    two_sided_factor,
    two_sided_factor_howe,
)


def test_nested_study(check, table):
    wanted = check("MS04_nested")
    rows = table(wanted["inputs"]["file"])
    study = nested_anova(
        [float(r["result"]) for r in rows], [r["batch"] for r in rows], [r["operator"] for r in rows]
    )
    operator, batch, repeat, _ = study.anova
    assert agrees(operator.ss, wanted["ss_operator"])
    assert agrees(batch.ss, wanted["ss_batch"])
    assert agrees(repeat.ss, wanted["ss_repeat"])
    assert agrees(operator.f, wanted["F_operator"])
    assert agrees(batch.f, wanted["F_batch"])
    assert agrees(study["part"].variance, wanted["var_part"])
    assert agrees(study["reproducibility"].variance, wanted["var_reproducibility"])


def test_type_1_study(check, table):
    wanted = check("MS09_type1_default")
    given = wanted["inputs"]
    values = [float(row["y"]) for row in table(given["file"])]
    study = type1_study(
        values, given["reference"], given["tolerance"], share_pct=given["K"], sigmas=given["L"]
    )
    assert agrees(study.bias.bias, wanted["bias"])
    assert agrees(study.bias.sd, wanted["sd"])
    assert agrees(study.cg, wanted["cg"])
    assert agrees(study.cgk, wanted["cgk"])
    assert agrees(study.repeatability_pct, wanted["pct_var_repeat"])
    assert agrees(study.repeatability_and_bias_pct, wanted["pct_var_repeat_bias"])
    assert agrees(study.bias.t, wanted["t"])
    assert agrees(study.bias.p, wanted["p"])


def test_fleiss_kappa(check, table):
    wanted = check("MS11_fleiss_kappa")
    found = fleiss_kappa([list(row.values()) for row in table(wanted["inputs"]["file"])])
    assert agrees(found.overall.kappa, wanted["kappa"])
    assert agrees(found.overall.z, wanted["z"])


def test_every_cell_of_the_single_normal_table(check, table):
    wanted = check("AS01_105e_single_normal")
    rows = table(wanted["inputs"]["plans"])
    assert len(rows) == 416
    for row in rows:
        plan = plan_for_letter(row["letter"], float(row["aql"]), row["severity"])
        assert (plan.n, plan.accept, plan.reject) == (int(row["n"]), int(row["ac"]), int(row["re"])), row
    for name in ("K_0.65", "K_1.0", "F_0.65", "J_0.65", "N_0.65"):
        letter, aql = name.split("_")
        plan = plan_for_letter(letter, float(aql))
        assert [plan.n, plan.accept] == wanted[name][0]
    plan = plan_for_lot(5000, 1.5, "II")
    assert [plan.n, plan.accept] == wanted["lot_3201_10000_II_1.5"][0]


def test_every_code_letter(check, table):
    wanted = check("AS01_105e_single_normal")
    for row in table(wanted["inputs"]["code_letters"]):
        largest = int(float(row["lot_max"])) if row["lot_max"] else 10**9
        for level in ("S-1", "S-2", "S-3", "S-4", "I", "II", "III"):
            assert code_letter(int(float(row["lot_min"])), level) == row[level]
            assert code_letter(largest, level) == row[level]


def test_single_plans_by_two_points(check):
    wanted = check("AS04_find_plan_binomial")
    for (p1, good, p2, bad), name in zip(wanted["inputs"]["designs"], ("plan1", "plan2"), strict=True):
        stage = design_single(p1, p2, 1.0 - good, bad).stages[0]
        assert [stage.n, stage.accept] == wanted[name][0]


def test_operating_characteristic(check):
    wanted = check("AS06_oc_single")
    given = wanted["inputs"]
    assert agrees(single(given["n"], given["c"]).acceptance(given["p"]), wanted["pa"])


def test_quality_of_a_given_acceptance(check):
    wanted = check("AS08_oc_forum")
    plan = single(wanted["inputs"]["n"], wanted["inputs"]["c"])
    assert agrees(plan.quality_at(0.95), wanted["aql"])
    assert agrees(plan.quality_at(0.05), wanted["rql"])


def test_probability_of_conformity(check):
    wanted = check("DR01_guard_band_prob")
    assert agrees(conformity_probability(1.0, 0.1, None, 1.0), wanted["pc_at_limit"])
    assert agrees(guard_factor(), wanted["guard_factor_95"])
    assert agrees(conformity_probability(0.8, 0.1, None, 1.0), wanted["pc_two_sided_y0.8_T1_u0.1"])
    # the check calls it two-sided: a far limit adds nothing that can be seen
    assert agrees(conformity_probability(0.8, 0.1, -1.0, 1.0), wanted["pc_two_sided_y0.8_T1_u0.1"])


def test_managed_guard_band(check):
    wanted = check("DR03_dobbert_guard_band")
    assert agrees(dobbert_multiplier(wanted["inputs"]["tur"]), wanted["M_tur2"])
    for tur in (1.5, wanted["inputs"]["tur"], 4.0):
        expanded = 1.0 / tur
        worst, _ = worst_false_acceptance(expanded / 2.0, 1.0, dobbert_multiplier(tur) * expanded)
        assert (worst <= 0.02) == wanted["max_pfa_over_itp_at_most_2pct"][0]


def test_controller_variance(check):
    wanted = check("RR01_ewma_controller_variance")
    given = wanted["inputs"]
    assert agrees([variance_on_white_noise(lam) for lam in given["lam_white"]], wanted["white"])
    assert agrees([variance_on_ima(lam, 0.6) for lam in given["lam_ima"]], wanted["ima"])


def test_setup_rule(check):
    wanted = check("RR03_grubbs_setup")
    given = wanted["inputs"]
    assert agrees(grubbs_variance(given["n"], given["sigma"]), wanted["var_after_10"])
    rng = np.random.default_rng(3)
    offset = rng.normal(0.0, 3.0, 40_000)  # how each set-up sits
    for part in range(1, given["n"] + 1):
        offset -= grubbs_weight(part) * (offset + rng.normal(0.0, given["sigma"], offset.size))
    assert agrees(offset.mean(), wanted["mean_after_10"])
    assert agrees(offset.var(), wanted["var_after_10"])


def test_every_check_of_the_pack_is_made_somewhere():
    """Each file and each expected figure is named by a test, here or among the charts and indices."""
    folder = reference_folder()
    if folder is None:
        pytest.skip("the reference pack is not at hand")
    here = Path(__file__).read_text(encoding="utf-8")
    others = (Path(__file__).parents[1] / "measure" / "test_measure_reference.py").read_text(encoding="utf-8")
    for file in sorted((folder / "quality").glob("*.json")):
        if f'@case("{file.stem}")' in others:  # these compare every expected figure
            continue
        names = [item["name"] for item in json.loads(file.read_text())["expected"]]
        assert [name for name in (file.stem, *names) if f'"{name}"' not in here] == []


def test_normal_tolerance_factors(check):
    wanted = check("TI01_nist")
    given = wanted["inputs"]
    n, p, gamma = given["n"], given["p"], given["gamma"]
    assert agrees(two_sided_factor_howe(n, p, gamma), wanted["k2_howe"])
    assert agrees(one_sided_factor_approximate(n, p, gamma), wanted["k1_approx"])
    assert agrees(two_sided_factor(n, p, gamma), wanted["k2_exact"])
    assert agrees(one_sided_factor(n, p, gamma), wanted["k1_exact"])


def test_order_statistics(check):
    wanted = check("TI03_nonparametric")
    p, gamma = wanted["inputs"]["p"], wanted["inputs"]["gamma"]
    assert sample_size(p, gamma, "upper") == wanted["n_one_sided"][0]
    assert sample_size(p, gamma) == wanted["n_two_sided"][0]
    assert agrees(one_sided_factor(10, p, gamma), wanted["k1_n10"])
    assert np.isclose(1.0 - p ** sample_size(p, gamma, "upper"), 0.95, atol=0.003)
