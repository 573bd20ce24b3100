// Where the machines' time went: states over the shift, and the indicators of ISO 22400-2.

import { get } from "../api.js";
import { ticksOf } from "../charts.js";
import { h, lasting, legend, option, percent, show, STATES, svg } from "../dom.js";

const SPANS = { 28800: "the last 8 hours", 86400: "the last 24 hours", 604800: "the last week", 0: "since the start" };
const SHARES = ["starved", "blocked", "setup", "processing", "down", "off_shift", "waiting_crew", "tool_change", "held", "not_ready"];
const COLUMNS = [
  ["oee", "OEE", percent], ["availability", "Availability", percent], ["effectiveness", "Effectiveness", percent], ["quality_ratio", "Quality", percent], ["nee", "NEE", percent], ["teep", "TEEP", percent],
  ["utilisation", "Utilisation", percent], ["technical_efficiency", "Technical efficiency", percent], ["setup_ratio", "Set-up ratio", percent], ["mttr_s", "MTTR", lasting], ["mtbf_s", "MTBF", lasting],
];
const EVERY_MS = 5000;

export async function render(main) {
  const span = h("select", { "aria-label": "Span", onchange: () => ask() }, Object.entries(SPANS).map(([value, words]) => option(value, words)));
  span.value = "28800";
  const bars = h("div"), table = h("div", { class: "scroll", style: "max-height: none" });
  main.append(h("div", { class: "head" }, h("h1", {}, "Times"), span),
    h("section", { class: "panel" }, h("div", { class: "head" }, h("h2", { style: "margin: 0" }, "States of the machines"), h("div", { class: "row" }, legend(), h("span", { class: "legend" }, h("span", {}, hatched(), "no connection")))), bars),
    h("section", { class: "panel", style: "margin-top: .9rem" }, h("h2", {}, "Indicators", h("small", {}, "ISO 22400-2")), table));
  async function ask() {
    const found = await get("times", { last_s: span.value });
    show(bars, chart(found));
    show(table, indicators(found));
  }
  await ask();
  const timer = setInterval(() => ask().catch(() => {}), EVERY_MS);
  return () => clearInterval(timer);
}

function hatch() {
  return svg("defs", {}, svg("pattern", { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 7, height: 7, fill: "var(--panel)", "fill-opacity": 0.35 }), svg("line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: "var(--ink)", "stroke-width": 2 })));
}

const hatched = () => h("span", { class: "dot", style: "background: repeating-linear-gradient(45deg, var(--ink) 0 2px, transparent 2px 5px)" });

function chart(found) {
  const machines = found.stations.flatMap((station) => station.machines);
  const w = 1200, left = 118, row = 21, tall = 22 + machines.length * row;
  const { from_s, to_s } = found;
  const x = (s) => left + ((w - left) * (Math.min(Math.max(s, from_s), to_s) - from_s)) / Math.max(to_s - from_s, 1);
  return svg("svg", { class: "bars", viewBox: `0 0 ${w} ${tall}`, role: "img", "aria-label": "States of each machine over time" }, hatch(),
    machines.map((one, i) => svg("g", {}, svg("text", { x: 0, y: 33 + i * row }, one.machine.slice(0, 16)), strip(one, x, 21 + i * row, row - 5, to_s),
      one.silent && svg("rect", { x: left, y: 21 + i * row, width: w - left, height: row - 5, fill: "url(#hatch)" }))),
    ticksOf(from_s, to_s, 10).map((tick) => [svg("text", { class: "axis", x: x(tick.t), y: 12 }, tick.words), svg("line", { class: "grid", x1: x(tick.t), x2: x(tick.t), y1: 18, y2: tall })]));
}

function strip({ bars }, x, y, tall, to) {
  return bars.map(([from, state], k) => {
    const end = bars[k + 1]?.[0] ?? to;
    return svg("rect", { x: x(from), y, width: Math.max(x(end) - x(from), 0.4), height: tall, style: `fill: var(--s${state})` }, svg("title", {}, `${STATES[state]}, ${lasting(end - from)}`));
  });
}

function indicators({ stations }) {
  const used = COLUMNS.filter(([key]) => stations.some((one) => one.indicators[key] !== null));
  return h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Station"), h("th", { class: "num" }, "Pieces"), h("th", { class: "num" }, "Failures"), used.map(([, words]) => h("th", { class: "num" }, words)), h("th", {}, "Where the time went"))),
    h("tbody", {}, stations.map((one) => h("tr", {}, h("td", {}, h("b", {}, one.station)), h("td", { class: "num" }, one.pieces.toLocaleString("en")), h("td", { class: "num" }, one.failures),
      used.map(([key, , words]) => h("td", { class: `num${key === "effectiveness" && one.indicators[key] > 1 ? " risk" : ""}`, title: key === "effectiveness" && one.indicators[key] > 1 ? "faster than planned" : null }, words(one.indicators[key]))), h("td", {}, shares(one.shares))))));
}

function shares(found) {
  let at = 0;
  return svg("svg", { viewBox: "0 0 200 14", style: "width: 13rem; height: .95rem; display: block", role: "img", "aria-label": SHARES.map((name, k) => `${STATES[k]} ${percent(found[name])}`).join(", ") },
    [3, 2, 7, 0, 1, 6, 4, 8, 5].map((state) => {
      const wide = 200 * (found[SHARES[state]] ?? 0);
      at += wide;
      return wide > 0.2 ? svg("rect", { x: at - wide, width: wide, height: 14, style: `fill: var(--s${state})` }, svg("title", {}, `${STATES[state]} ${percent(found[SHARES[state]], 1)}`)) : null;
    }));
}

