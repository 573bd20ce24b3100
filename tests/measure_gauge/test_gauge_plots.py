"""The figures show the study's own numbers, and make a page that needs no network."""

from __future__ import annotations

import numpy as np
import pytest

from linewright.errors import InputError
from linewright.measure.gauge import crossed_anova, nested_anova
from linewright.measure.gauge.plot import gauge_panel
from linewright.measure.sampling import VariablesPlan, design_double, design_single, single
from linewright.measure.sampling.plot import oc_curves


def test_panel_shows_the_study(aiag, tmp_path):
    study = crossed_anova(*aiag, tolerance=8.0)
    figure = gauge_panel(study)
    bars = {trace.name: trace.y for trace in figure.data if trace.type == "bar"}
    assert bars["% study variation"][0] == pytest.approx(study["gauge"].study_pct)
    assert set(bars) == {"% contribution", "% study variation", "% tolerance"}
    assert sum(len(t.y) for t in figure.data if t.name in ("A", "B", "C")) == 3 * 30
    assert f"ndc {study.ndc}" in figure.layout.title.text
    page = tmp_path / "panel.html"
    figure.write_html(page, include_plotlyjs=True)
    assert 'src="http' not in page.read_text(encoding="utf-8")


def test_panel_of_a_nested_study_has_no_interaction():
    rng = np.random.default_rng(1)
    operator, batch, _ = (index.ravel() for index in np.indices((3, 5, 2)))
    study = nested_anova(rng.normal(size=30) + batch, batch, operator)
    kinds = [trace.type for trace in gauge_panel(study).data]
    assert kinds.count("bar") == 2 and kinds.count("scatter") == 4


def test_curves_show_the_plans():
    plans = {
        "single": design_single(0.01, 0.06),
        "double": design_double(0.01, 0.06),
        "k": VariablesPlan(20, 1.8, False),
    }
    figure = oc_curves(plans, lot_size=5000)
    first = figure.data[0]
    wanted = plans["single"].acceptance(np.asarray(first.x) / 100)
    assert np.asarray(first.y) == pytest.approx(wanted)
    assert len(figure.data) == 4 + 4 + 2
    assert len(oc_curves({"one": single(50, 1)}).data) == 2
    with pytest.raises(InputError):
        oc_curves({})
