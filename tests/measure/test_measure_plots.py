"""Pictures hold what the results hold, and the page needs no network."""

import re

import numpy as np

from linewright.measure.capability import Spec, capability
from linewright.measure.charts import i_mr, t2_individuals, xbar_r
from linewright.measure.plots import (
    capability_sixpack,
    plot_chart,
    plot_histogram,
    plot_probability,
    write_page,
)
from linewright.measure.plots.charts import choose_points
from linewright.measure.rules import nelson


def drifting(n):
    return np.random.default_rng(1).normal(10.0, 1.0, n) + np.linspace(0.0, 3.0, n)


def test_a_chart_marks_its_signals_stages_and_exclusions():
    x = drifting(60)
    chart = i_mr(x, rules=nelson(), exclude={3: "chip on the datum"}, stages=["a"] * 30 + ["b"] * 30)
    figure = plot_chart(chart, unit="mm")
    marks = [trace for trace in figure.data if trace.marker.symbol == "square"]
    drawn = {int(v) - 1 for trace in marks for v in trace.x}
    assert drawn == {signal.point for signal in chart.signals()}
    notes = [text for trace in figure.data for text in (trace.hovertext or ())]
    assert "excluded: chip on the datum" in notes
    assert figure.layout.yaxis.title.text == "I [mm]"
    assert any(shape.x0 == 30.5 for shape in figure.layout.shapes)


def test_long_series_are_thinned_without_losing_extremes():
    x = np.random.default_rng(2).normal(size=200_000)
    panel = i_mr(x).panels[0]
    shown = choose_points(panel)
    assert len(shown) < 12_000
    assert x.max() == x[shown].max()
    assert set(panel.points()) <= set(shown)


def test_sixpack_shows_the_indices():
    data = np.random.default_rng(3).normal(10.0, 1.0, (30, 5))
    study = capability(data, Spec(6.0, 14.0, 10.0))
    figure = capability_sixpack(data, Spec(6.0, 14.0, 10.0), nelson())
    texts = " ".join(note.text or "" for note in figure.layout.annotations)
    assert f"Cpk  {study.cpk:.3f}" in texts
    assert f"Ppk  {study.ppk:.3f}" in texts
    assert capability_sixpack(data.ravel()[:40], Spec(usl=14.0)).data
    assert plot_histogram(data, study).data
    assert "AD" in plot_probability(data, study).layout.title.text


def test_a_page_opens_without_a_network(tmp_path):
    data = drifting(50)
    figures = [(plot_chart(i_mr(data)), "flow & <rate>"), (plot_chart(xbar_r(data.reshape(-1, 5))), "")]
    figures.append((plot_chart(t2_individuals(np.column_stack((data, data[::-1])))), "two"))
    text = write_page(tmp_path / "page.html", "Charts & limits", figures).read_text()
    assert not re.search(r"<script[^>]+src=|<link[^>]+href=", text)
    assert "flow &amp; &lt;rate&gt;" in text
    assert "<title>Charts &amp; limits</title>" in text
    assert len(text) < 7_000_000
