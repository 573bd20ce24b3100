// How the characteristics stand: chart, limits, signals, corrections; gauges; what is held.

import { get } from "../api.js";
import { plot } from "../charts.js";
import { h, number, percent, show, when } from "../dom.js";
import { picture } from "../wire.js";

const EVERY_MS = 4000;

export async function render(main, [chosen]) {
  const cards = h("div", { class: "characteristics" }), held = h("div"), title = h("h2"), place = h("div", { class: "plot", style: "height: 24rem" }), notes = h("div");
  main.append(h("div", { class: "head" }, h("h1", {}, "Quality")), h("div", { class: "stack" }, cards,
    h("section", { class: "panel" }, title, place, notes), h("div", { class: "grid two" }, h("section", { class: "panel" }, h("h2", {}, "Gauges"), gauges_()), h("section", { class: "panel" }, h("h2", {}, "Held"), held))));
  const gauges = main.querySelector("#gauges");
  let name = chosen;
  const ask = async () => {
    const found = await get("quality");
    name ??= found.characteristics.find((one) => one.measured)?.name ?? found.characteristics[0]?.name;
    show(cards, found.characteristics.length ? found.characteristics.map((one) => card(one, one.name === name, () => ((name = one.name), ask()))) : h("p", { class: "empty" }, "This plant names no characteristics."));
    show(gauges, found.characteristics.filter((one) => one.gauge).map(gauge));
    show(held, found.held_units.map((one) => h("p", {}, h("a", { href: `#/unit/${one.serial}` }, `unit ${one.serial}`), h("span", { class: "soft" }, ` ${one.material}, ${one.stopped === "aside" ? "held" : one.stopped}`))), found.held.length + found.held_units.length ? found.held.map((one) => h("p", {}, h("b", {}, one.machine), h("span", { class: "soft" }, ` taken out ${when(one.since_s, picture.time)}`))) : h("p", { class: "soft" }, "Nothing is held."));
    if (name) draw(await get(`quality/${encodeURIComponent(name)}`), title, place, notes);
  };
  await ask();
  const timer = setInterval(() => ask().catch(() => {}), EVERY_MS);
  return () => clearInterval(timer);
}

function card(one, pressed, choose) {
  const bad = one.outside || one.signals;
  return h("button", { class: "characteristic", "aria-pressed": String(pressed), onclick: choose }, h("b", {}, one.name), h("span", { class: "soft" }, `${one.material} · ${one.measured} measured`),
    h("div", { style: "margin-top: .35rem" }, one.measured ? [h("span", { class: `pill ${one.outside ? "bad" : "good"}` }, one.outside ? `${one.outside} outside the tolerance` : "all inside"), " ", one.signals ? h("span", { class: "pill risk" }, `${one.signals} signals`) : bad ? null : ""] : h("span", { class: "pill" }, "not measured yet")));
}

function gauges_() {
  return h("table", {}, h("thead", {}, h("tr", {}, ["Characteristic", "Gauge"].map((word) => h("th", {}, word)), h("th", { class: "num" }, "Repeatability"), h("th", { class: "num", title: "six standard deviations of repeatability by the tolerance" }, "of the tolerance"), h("th", {}, ""))), h("tbody", { id: "gauges" }));
}

function gauge(one) {
  const share = one.gauge_share;
  const verdict = share === null ? "" : share < 0.1 ? h("span", { class: "pill good" }, "fit") : share < 0.3 ? h("span", { class: "pill risk" }, "conditional") : h("span", { class: "pill bad" }, "not fit");
  return h("tr", {}, h("td", {}, one.name), h("td", {}, one.gauge), h("td", { class: "num" }, one.repeatability ? `${number(one.repeatability)} ${one.unit}` : "–"), h("td", { class: "num" }, percent(share, 1)), h("td", {}, verdict));
}

function draw(found, title, place, notes) {
  const one = found.characteristic, { values } = found;
  show(title, one.name, h("small", {}, `${one.material}, ${number(one.nominal, 6)} ${one.unit}${values.length ? `; the last ${values.length} values` : ""}`));
  if (!values.length) {
    show(place, h("p", { class: "empty" }, "Nothing has been measured yet."));
    return show(notes);
  }
  if (place.querySelector(".empty")) show(place);
  const fired = new Set(found.signals.map((each) => each.point));
  const x = values.map((_, k) => k + 1), y = values.map((each) => each.value);
  const hover = values.map((each, k) => `unit ${each.serial}, ${each.machine}<br>${number(each.value, 7)} ${one.unit}<br>${when(each.time_s, picture.time)}${fired.has(k) ? "<br>signal" : ""}`);
  plot(place, (colour) => {
    const level = (value, name, dash, paint) => (value === null ? [] : [{ x: [1, Math.max(values.length, 2)], y: [value, value], mode: "lines", line: { color: paint, width: 1.3, dash }, hoverinfo: "skip", name }]);
    const levels = [...y, one.lower, one.upper, found.lcl, found.ucl].filter((level) => level !== null);
    const foot = Math.min(...levels) - 0.06 * (Math.max(...levels) - Math.min(...levels));
    const bad = x.filter((_, k) => fired.has(k));
    const corrected = found.corrections.map((each) => values.findIndex((value) => value.time_s >= each.time_s)).filter((k) => k >= 0);
    return [[
      ...level(one.upper, "upper limit", "solid", colour("--s4")), ...level(one.lower, "lower limit", "solid", colour("--s4")), ...level(found.centre, "centre", "solid", colour("--faint")),
      ...level(found.ucl, "UCL", "dash", colour("--faint")), ...level(found.lcl, "LCL", "dash", colour("--faint")),
      { x, y, mode: "lines+markers", line: { color: colour("--accent"), width: 1.2 }, marker: { size: 5.5 }, text: hover, hoverinfo: "text" },
      { x: bad, y: bad.map((k) => y[k - 1]), mode: "markers", marker: { size: 12, symbol: "circle-open", color: colour("--s4"), line: { width: 2.5 } }, hoverinfo: "skip" },
      { x: corrected.map((k) => k + 1), y: corrected.map(() => foot), mode: "markers", marker: { size: 8, symbol: "triangle-up", color: colour("--s6") }, hoverinfo: "skip" },
    ], { xaxis: { title: { text: "value" }, range: [0.2, values.length + 0.8] }, yaxis: { title: { text: one.unit } }, margin: { l: 56, r: 58, t: 8, b: 40 },
      annotations: [[one.upper, "upper"], [one.lower, "lower"], [found.ucl, "UCL"], [found.lcl, "LCL"], [found.centre, "mean"]].filter(([level]) => level !== null)
        .map(([level, text]) => ({ xref: "paper", x: text.length === 5 ? 1 : 0, xanchor: "left", yanchor: text.length === 5 ? "middle" : "bottom", y: level, text, showarrow: false, font: { size: 11, color: colour(text.length === 5 ? "--bad" : "--soft") } })) }];
  });
  const counts = new Map();
  for (const each of found.signals) counts.set(each.rule, (counts.get(each.rule) ?? 0) + 1);
  show(notes, h("div", { class: "legend" }, h("span", {}, "— limits of the tolerance (solid), of the chart (dashed)"), [...counts].map(([rule, n]) => h("span", { class: "pill risk" }, `${n} × ${rule}`)),
    found.corrections.length ? h("span", { class: "pill" }, `▲ ${found.corrections.length} corrections of tools`) : null, found.centre === null ? h("span", {}, "the chart's limits come with the 25th value") : null));
}
