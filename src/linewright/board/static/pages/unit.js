// A unit: what it is made of, what it went into, and all that was done to it.

import { buttons } from "../acts.js";
import { get } from "../api.js";
import { h, lasting, number, option, show, svg, when } from "../dom.js";
import { picture } from "../wire.js";

export async function render(main, [serial]) {
  if (serial) return one(main, await get(`units/${encodeURIComponent(serial)}`));
  return many(main);
}

// ---------------------------------------------------------------- finding one

async function many(main) {
  const { materials, orders } = picture.line;
  const chosen = {};
  const body = h("tbody"), head = h("small");
  const choice = (name, words, names) => h("select", { "aria-label": words, onchange: (event) => ((chosen[name] = event.target.value), ask()) }, option("", words), names.map((each) => option(each)));
  const find = h("form", { class: "row", onsubmit: (event) => (event.preventDefault(), (location.hash = `#/unit/${new FormData(event.target).get("serial")}`)) },
    h("input", { name: "serial", type: "number", min: 0, placeholder: "Serial number", "aria-label": "Serial number", required: true, style: "width: 9rem" }), h("button", { class: "primary" }, "Show"));
  main.append(h("div", { class: "head" }, h("h1", {}, "Units", head), h("div", { class: "row" }, choice("material", "every material", materials),
    orders.length ? choice("order", "every order", orders) : null, choice("end", "all", ["in process", "finished", "scrapped"]), find)),
    h("section", { class: "panel" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { class: "num" }, "Unit"), ["Material", "Order", "Released", "Ended", "State", "In"].map((word) => h("th", {}, word)))), body)));
  async function ask() {
    const found = await get("units", { ...chosen, limit: 200 });
    head.textContent = ` ${Math.min(found.units.length, found.total)} of ${found.total.toLocaleString("en")}, the latest first`;
    show(body, found.units.length ? found.units.map(row) : h("tr", {}, h("td", { colspan: 7, class: "empty" }, "None yet.")));
  }
  await ask();
}

export function row(unit) {
  const now = picture.time, open = () => (location.hash = `#/unit/${unit.serial}`);
  return h("tr", { class: "go", onclick: open }, h("td", { class: "num" }, h("a", { href: `#/unit/${unit.serial}` }, unit.serial)), h("td", {}, unit.material), h("td", {}, unit.order),
    h("td", {}, when(unit.released_s, now)), h("td", {}, unit.ended_s === null ? "" : when(unit.ended_s, now)), h("td", {}, state(unit)),
    h("td", {}, unit.built_into === null ? "" : h("a", { href: `#/unit/${unit.built_into}` }, unit.built_into)));
}

function state(unit) {
  if (unit.end === "scrapped") return h("span", { class: "pill bad" }, "scrapped");
  if (unit.end === "finished") return h("span", { class: "pill good" }, "finished");
  return h("span", { class: "pill" }, unit.machine ? `${unit.operation.split(".").pop()} on ${unit.machine}` : "waiting");
}

// ---------------------------------------------------------------- one

function one(main, found) {
  const { unit } = found, now = picture.time;
  const again = async () => {
    const fresh = await get(`units/${unit.serial}`);
    main.replaceChildren();
    one(main, fresh);
  };
  const stopped = found.stopped && found.stopped !== "nothing";
  const acts = unit.ended_s === null ? buttons("unit", String(unit.serial), (kind) => (stopped ? kind !== "hold-unit" : kind !== "release-unit"), again) : [];
  main.append(h("div", { class: "head" }, h("h1", {}, `Unit ${unit.serial}`, h("small", {}, unit.material, unit.order ? ` · order ${unit.order}` : "")),
    h("div", { class: "row", style: "align-items: center" }, stopped && h("span", { class: "pill risk" }, found.stopped === "aside" ? "held" : `to be ${found.stopped === "hold" ? "held" : "scrapped"}`), state(unit), acts, h("a", { class: "button", href: `#/recall/unit/${unit.serial}` }, "Recall"), h("a", { class: "button", href: "#/unit" }, "All units"))),
    h("div", { class: "stack" },
      h("section", { class: "panel" }, h("h2", {}, "Genealogy"), family(found)),
      h("section", { class: "panel" }, h("h2", {}, "Its life", h("small", {}, `released ${when(unit.released_s, now)}${unit.ended_s === null ? "" : `, ended ${when(unit.ended_s, now)}`}`)), life(found), operations(found)),
      found.values.length ? h("section", { class: "panel" }, h("h2", {}, "Measured"), measured(found)) : null));
}

function card(unit, here = false) {
  return h("a", { class: `unit-card${here ? " here" : ""}`, href: `#/unit/${unit.serial}` }, `${unit.serial}`, h("small", {}, unit.material));
}

function family({ unit, components, within, siblings }) {
  const column = (words, units, here) => h("div", { class: "column" }, h("span", { class: "soft" }, words), h("div", { class: "many" }, units.map((each) => card(each, here))));
  const arrow = () => h("span", { class: "arrow", "aria-hidden": "true" }, "→");
  return h("div", { class: "family" }, components.length ? [column("made of", components), arrow()] : null, column("this unit", [unit], true), within.map((each, k) => [arrow(), column(k ? "which is in" : "is in", [each])]),
    siblings.length ? [h("span", { class: "arrow", "aria-hidden": "true" }, "←"), column("with", siblings)] : null, !components.length && !within.length ? h("span", { class: "soft" }, "It has no traced components and is in nothing else.") : null);
}

function life({ unit, work }) {
  const w = 1000, tall = 46, end = Math.max(unit.ended_s ?? picture.time, ...work.map((each) => each.finished_s ?? picture.time));
  const begin = unit.released_s, x = (s) => (w * (s - begin)) / Math.max(end - begin, 1);
  return svg("svg", { class: "life", viewBox: `0 0 ${w} ${tall}`, preserveAspectRatio: "none", style: "height: 3rem; margin-bottom: .6rem", role: "img", "aria-label": "When it was worked on" },
    svg("rect", { x: 0, y: 16, width: w, height: 14, fill: "var(--rule)" }),
    work.map((each) => svg("rect", {
      class: each.outcome === "fail" || each.outcome === "scrap" ? "failed" : each.operation === "transport" ? "transport" : "work", x: x(each.started_s), y: 10,
      width: Math.max(x(each.finished_s ?? picture.time) - x(each.started_s), 1.5), height: 26,
    }, svg("title", {}, `${each.operation} on ${each.machine}`))));
}

function operations({ work }) {
  const now = picture.time;
  const programs = work.some((each) => each.program);
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["Operation", "Machine", "From", "Took", "Outcome", "Crew", "Tools", programs && "Program"].filter(Boolean).map((word) => h("th", {}, word)))),
    h("tbody", {}, work.length ? work.map((each) => h("tr", {}, h("td", {}, each.operation), h("td", {}, h("a", { href: `#/recall/machine/${encodeURIComponent(each.machine)}` }, each.machine)), h("td", {}, when(each.started_s, now)),
      h("td", {}, each.finished_s === null ? "under way" : lasting(each.finished_s - each.started_s)),
      h("td", {}, each.outcome && each.outcome !== "pass" ? h("span", { class: "pill bad" }, each.outcome) : each.outcome), h("td", {}, each.crew || h("span", { class: "soft" }, "–")),
      h("td", {}, each.tools.map((tool, i) => [i ? ", " : "", h("a", { href: `#/recall/tool/${encodeURIComponent(tool)}` }, tool)])), programs && h("td", {}, each.program)))
      : h("tr", {}, h("td", { colspan: 8, class: "empty" }, "Nothing has been done to it yet.")))));
}

function measured({ values }) {
  return h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Characteristic"), h("th", { class: "num" }, "Value"), h("th", {}, "Limits"), h("th", {}, ""), h("th", {}, "When"))),
    h("tbody", {}, values.map((each) => h("tr", {}, h("td", {}, h("a", { href: `#/quality/${encodeURIComponent(each.characteristic)}` }, each.characteristic)),
      h("td", { class: "num" }, `${number(each.value, 6)} ${each.unit}`), h("td", { class: "soft" }, `${number(each.lower, 6)} … ${number(each.upper, 6)}`),
      h("td", {}, between(each), " ", each.inside ? h("span", { class: "good" }, "inside") : h("span", { class: "pill bad" }, "outside")), h("td", {}, when(each.time_s, picture.time))))));
}

function between({ value, lower, upper }) {
  if (lower === null && upper === null) return null;
  const low = lower ?? Math.min(0, value), high = upper ?? Math.max(value, lower + Math.abs(lower) * 0.1);
  const at = Math.min(Math.max((value - low) / (high - low), -0.15), 1.15);
  return svg("svg", { class: "gauge", viewBox: "0 0 130 16", "aria-hidden": "true" }, svg("rect", { y: 5, width: 130, height: 6, rx: 3 }), svg("rect", { class: "in", x: 15, y: 3, width: 100, height: 10, rx: 2 }),
    svg("line", { x1: 15 + 100 * at, x2: 15 + 100 * at, y1: 0, y2: 16 }));
}
