// The journal as it is written: every event, who reported it, what the control decided; and the run as files.

import { get } from "../api.js";
import { dayOf, clock, h, option, show } from "../dom.js";
import { picture, total, watch } from "../wire.js";

const KINDS = ["order arrived", "operation finished", "setup finished", "tool changed", "machine failed", "machine repaired", "unit loaded", "unit delivered", "material arrived", "shift changed", "wait over",
  "tool sharpened", "value measured", "machine held", "machine released", "priority set", "look again", "unit held", "unit released", "unit scrapped", "unit reworked", "unit moved", "order held", "order released",
  "order cancelled", "rule set", "limit set", "stop noticed", "stop over", "stop explained", "work repeated", "acknowledged", "tool noted", "program noted", "unit judged"];
const FILES = { "run.xlsx": "XLSX", "run.json": "JSON", "units.csv": "Units CSV", "operations.csv": "Operations CSV", "measurements.csv": "Measurements CSV", "components.csv": "Components CSV", "epcis.jsonld": "EPCIS 2.0", "ocel.json": "OCEL 2.0" };

export async function render(main, [machine = ""]) {
  const chosen = { kind: "", machine };
  const choice = (name, words, names) => {
    const field = h("select", { "aria-label": words, onchange: (event) => ((chosen[name] = event.target.value), again()) }, option("", words), names.map((one) => option(one)));
    field.value = chosen[name];
    return field;
  };
  const body = h("tbody"), more = h("button", { onclick: () => older() }, "Earlier"), fresh = h("span", { class: "soft" });
  const files = h("select", { "aria-label": "Save the run", onchange: (event) => { if (event.target.value) location.href = `/api/v1/exports/${event.target.value}`; event.target.value = ""; } }, option("", "Save the run as …"), Object.entries(FILES).map(([value, words]) => option(value, words)));
  main.append(h("div", { class: "head" }, h("h1", {}, "Events", h("small", {}, fresh)), h("div", { class: "row" }, choice("kind", "every kind", KINDS), choice("machine", "every machine", picture.line.machines.map((one) => one.name)), files)),
    h("section", { class: "panel" }, h("table", { class: "events" }, h("thead", {}, h("tr", {}, h("th", { class: "num" }, "Row"), ["When", "Event", "", "By", "What the control decided"].map((word) => h("th", {}, word)))), body), h("p", { style: "text-align: center; margin: .8rem 0 0" }, more)));
  let before = 0, seen = -1, deep = false;
  async function again() {
    deep = false;
    const found = await get("events", { ...chosen, limit: 60 });
    seen = total("events");
    before = found.before;
    show(body, found.events.length ? found.events.map(row) : h("tr", {}, h("td", { colspan: 6, class: "empty" }, "None yet.")));
    more.hidden = before === null;
  }
  async function older() {
    deep = true;
    const found = await get("events", { ...chosen, limit: 100, before });
    before = found.before;
    body.append(...found.events.map(row));
    more.hidden = before === null;
  }
  await again();
  let last = 0;
  return watch(() => {
    fresh.textContent = ` ${total("events").toLocaleString("en")} so far${deep ? "; paused while you read back" : ""}`;
    if (deep || seen === total("events") || Date.now() - last < 2000) return;
    last = Date.now();
    again().catch(() => {});
  });
}

function row(one) {
  return h("tr", {}, h("td", { class: "num soft" }, one.seq), h("td", {}, clock(one.time_s), h("span", { class: "soft" }, ` ${String(Math.floor(one.time_s % 60)).padStart(2, "0")} s · day ${dayOf(one.time_s)}`)), h("td", {}, one.kind), h("td", {}, h("b", {}, one.text)),
    h("td", { class: "soft wrap" }, one.person || one.source, one.change && h("div", {}, one.change), one.reason && h("div", {}, `“${one.reason}”`)), h("td", { class: "then" }, one.commands.map((each) => h("span", {}, `${each.kind} ${each.text}`))));
}
