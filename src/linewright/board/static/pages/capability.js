// A capability study of what the line has measured of a characteristic.

import { get } from "../api.js";
import { plot } from "../charts.js";
import { h, headOf, number, option, percent, show, tile, when } from "../dom.js";
import { picture } from "../wire.js";

export async function render(main, [name, machine = ""]) {
  if (!name) {
    location.hash = "#/quality";
    return null;
  }
  const whose = h("select", { "aria-label": "Of which machine's units" }), last = h("select", { "aria-label": "How many values" }, [100, 300, 1000, 2000].map((n) => option(n, `the last ${n}`)));
  const facts = h("div", { class: "tiles" }), histogram = h("div", { class: "plot", role: "img" }), probability = h("div", { class: "plot", role: "img" }), indices = h("tbody"), ppm = h("tbody"), notes = h("div"), why = h("p", { class: "empty", hidden: true });
  const pictures = h("div", { class: "grid two" }, h("section", { class: "panel" }, h("h2", {}, "Histogram", h("small", {}, "solid: overall, dashed: within")), histogram), h("section", { class: "panel" }, h("h2", {}, "Normal probability plot"), probability));
  const tables = h("div", { class: "grid two" }, h("section", { class: "panel" }, h("h2", {}, "Indices"), h("table", {}, headOf(["Index", "Value", "95 % from", "to"]), indices)), h("section", { class: "panel" }, h("h2", {}, "Parts per million outside"), h("table", {}, headOf(["", "Below", "Above", "Total"]), ppm), notes));
  main.append(h("div", { class: "head" }, h("h1", {}, "Capability", h("small", {}, name)), h("span", { class: "row" }, whose, last, h("a", { class: "button", href: `#/quality/${encodeURIComponent(name)}` }, "Its chart"))), h("div", { class: "stack" }, why, facts, pictures, tables));
  last.value = "2000";
  const ask = async () => {
    const found = await get(`quality/${encodeURIComponent(name)}/capability`, { maker: whose.value || machine, last: last.value });
    if (!whose.options.length) show(whose, option("", "all machines"), found.characteristic.makers.map((each) => option(each)));
    whose.hidden = !found.characteristic.makers.length;
    whose.value = found.maker;
    why.hidden = !found.why_not;
    why.textContent = `No study: ${found.why_not}.`;
    for (const part of [facts, pictures, tables]) part.hidden = Boolean(found.why_not);
    if (!found.why_not) tell(found, { facts, histogram, probability, indices, ppm, notes });
  };
  for (const choice of [whose, last]) choice.addEventListener("change", ask);
  await ask();
  return null;
}

function tell(found, { facts, histogram, probability, indices, ppm, notes }) {
  const one = found.characteristic, by = (name) => found.indices.find((each) => each.name === name);
  const tone = (value) => (value >= 1.33 ? "good" : value >= 1 ? "risk" : "bad");
  const span = (index) => `${number(index.low, 3)} to ${number(index.high, 3)} with 95 %`;
  show(facts, tile("Ppk", number(by("Ppk").value, 3), span(by("Ppk")), tone(by("Ppk").value)), tile("Cpk", number(by("Cpk").value, 3), span(by("Cpk")), tone(by("Cpk").value)),
    tile("Values", found.n, `${when(found.from_s, picture.time)} to ${when(found.to_s, picture.time)}`), tile("Mean", number(found.mean, 8), `${one.unit}; σ within ${number(found.sigma_within)}, overall ${number(found.sigma_overall)}`),
    found.gauge_share !== null && tile("The gauge's share", percent(found.gauge_share, 1), `of the variance; Ppk without it ${number(found.ppk_without_gauge, 3)}`));
  show(indices, found.indices.map((each) => h("tr", {}, h("td", {}, each.name), [each.value, each.low, each.high].map((value) => h("td", { class: "num" }, number(value, 4))))));
  show(ppm, found.fallout.map((each) => h("tr", {}, h("td", {}, each.which), [each.below, each.above, each.total].map((value) => h("td", { class: "num" }, number(value, 3))))));
  show(notes, warnings(found), h("p", { class: "soft" }, found.method.join("; ")));
  histogram.setAttribute("aria-label", `Histogram of ${found.n} values, mean ${number(found.mean, 7)} ${one.unit}`);
  probability.setAttribute("aria-label", "Normal probability plot");
  plot(histogram, (colour) => drawHistogram(found, colour));
  plot(probability, (colour) => drawProbability(found, colour));
}

function warnings(found) {
  const said = [];
  if (found.signals) said.push(`The chart signalled at ${found.signals} of these points: an index of a process that is out of control describes nothing. Chart first.`);
  if (found.normal_p !== null && found.normal_p < 0.05) said.push(`These values are not normal (Anderson-Darling, p = ${number(found.normal_p, 2)}): read the parts per million with care.`);
  if (!said.length && found.normal_p !== null) return h("p", { class: "soft" }, `Nothing speaks against normal values (Anderson-Darling, p = ${number(found.normal_p, 2)}).`);
  return said.map((words) => h("p", { class: "risk" }, `△ ${words}`));
}

function limits(one, colour) {
  const marks = [[one.lower, "LSL"], [one.upper, "USL"]].filter(([value]) => value !== null);
  return {
    shapes: marks.map(([value]) => ({ type: "line", xref: "x", yref: "paper", x0: value, x1: value, y0: 0, y1: 1, line: { color: colour("--s4"), width: 2 } })),
    annotations: marks.map(([value, text]) => ({ xref: "x", yref: "paper", x: value, y: 1, yanchor: "bottom", text, showarrow: false, font: { color: colour("--bad") } })),
  };
}

function drawHistogram(found, colour) {
  const { edges, counts, mean, n } = found, width = edges[1] - edges[0];
  const middles = counts.map((_, k) => (edges[k] + edges[k + 1]) / 2);
  const reach = 4 * Math.max(found.sigma_within, found.sigma_overall), x = Array.from({ length: 161 }, (_, k) => mean - reach + (k * reach) / 80);
  const bell = (sigma) => x.map((at) => (n * width * Math.exp(-0.5 * ((at - mean) / sigma) ** 2)) / (sigma * Math.sqrt(2 * Math.PI)));
  const curve = (sigma, dash) => ({ x, y: bell(sigma), mode: "lines", line: { color: colour("--ink"), width: 1.7, dash }, hoverinfo: "skip" });
  return [[{ type: "bar", x: middles, y: counts, width, marker: { color: `${colour("--accent")}66`, line: { color: colour("--accent"), width: 0.7 } }, hovertemplate: "%{y} values<extra></extra>" }, curve(found.sigma_overall, "solid"), curve(found.sigma_within, "dash")],
    { bargap: 0, ...limits(found.characteristic, colour), xaxis: { title: { text: found.characteristic.unit } }, yaxis: { title: { text: "values" } }, margin: { l: 48, r: 14, t: 22, b: 40 } }];
}

function drawProbability(found, colour) {
  const { sorted, scores, mean, sigma_overall: sigma } = found;
  const chances = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999], at = [-3.0902, -2.3263, -1.2816, 0, 1.2816, 2.3263, 3.0902];
  const ends = [Math.min(-3.2, scores[0]), Math.max(3.2, scores.at(-1))];
  return [[{ x: ends.map((z) => mean + z * sigma), y: ends, mode: "lines", line: { color: colour("--soft"), width: 1.4 }, hoverinfo: "skip" }, { x: sorted, y: scores, mode: "markers", marker: { size: 5, color: colour("--accent") }, hovertemplate: "%{x}<extra></extra>" }],
    { ...limits(found.characteristic, colour), xaxis: { title: { text: found.characteristic.unit } }, yaxis: { tickvals: at, ticktext: chances.map((chance) => percent(chance, chance < 0.01 || chance > 0.99 ? 1 : 0)) }, margin: { l: 58, r: 14, t: 22, b: 40 } }];
}
