// What is known about one machine, and what a person may do to it.

import { buttons } from "./acts.js";
import { get, me } from "./api.js";
import { follow } from "./backplot.js";
import { describe } from "./drawing.js";
import { clock, dot, h, lasting, percent, show, STATES } from "./dom.js";
import { machine, picture, watch } from "./wire.js";

export function openMachine(k) {
  const drawer = document.getElementById("drawer");
  const { name, station, has_programs } = picture.line.machines[k];
  const facts = h("div");
  const acts = h("div", { class: "actions" });
  const program = h("div", { class: "program" });
  const ready = h("div");
  const update = () => {
    const now = machine(k);
    show(facts, h("p", {}, dot(now.state), h("b", {}, STATES[now.state]), ` for ${lasting(Math.max(picture.time - now.since_s, 0))}`),
      h("dl", {},
        h("dt", {}, "Station"), h("dd", {}, picture.line.stations[station].name),
        h("dt", {}, "Now"), h("dd", {}, describe(now)),
        h("dt", {}, "Since"), h("dd", {}, clock(now.since_s)),
        h("dt", {}, "Pieces made"), h("dd", {}, now.pieces),
        now.serial >= 0 ? [h("dt", {}, "Unit"), h("dd", {}, h("a", { href: `#/unit/${now.serial}` }, `${now.serial}`))] : []));
    const key = String(now.state);
    if (acts.dataset.state !== key) {
      acts.dataset.state = key;
      show(acts, actions(name, now.state));
    }
  };
  show(drawer, h("div", { class: "head" }, h("h1", {}, name), h("button", { class: "quiet", onclick: () => drawer.close(), "aria-label": "Close" }, "✕")), facts, has_programs ? program : null, ready, acts);
  tellReadiness(ready, name);
  const stops = [watch(update), ...(has_programs ? [follow(program, name)] : [])];
  update();
  drawer.addEventListener("close", () => stops.forEach((stop) => stop()), { once: true });
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  drawer.showModal();
}

// The tools and programs of a machine, with what a person may say about them.
async function tellReadiness(place, name) {
  const found = await get(`machines/${encodeURIComponent(name)}/readiness`);
  const again = () => tellReadiness(place, name);
  if (!found.tools.length && !found.programs.length) return show(place);
  const tool = (one) => h("li", {}, h("span", { class: one.there ? "" : "bad" }, `${one.there ? "✓" : "✕"} ${one.tool.slice(name.length + 1)}`), h("small", { class: "soft" }, one.there ? (one.used === null ? "" : ` ${percent(one.used)} used`) : " not there", one.needed ? ", in use" : ""),
    h("span", { class: "row" }, buttons("tool", one.tool, (kind) => one.there || kind === "bring-tool", again)));
  const program = (one) => h("li", {}, h("span", { class: one.released ? "" : "bad" }, `${one.released ? "✓" : "✕"} ${one.program}`), h("small", { class: "soft" }, ` ${one.operation}, ${one.released ? "released" : "blocked"}`),
    h("span", { class: "row" }, buttons("program", one.operation, (kind) => (kind === "block-program") === one.released, again)));
  const before = place.querySelector("details"), summary = h("summary", {}, "Tools and programs");
  const open = Boolean(found.waits_for) || Boolean(before?.open);
  show(place, found.waits_for && h("p", { class: "risk" }, found.waits_for), h("details", { open }, summary, h("ul", { class: "ready" }, found.tools.map(tool), found.programs.map(program))));
  return before && summary.focus(); // who has just done something with the keyboard stays here
}

// What makes sense in a state: a held machine is given back, one that stands goes on.
function fits(state) {
  const no = state === 8 ? ["take-out", "note-stop", "end-stop", "explain-stop", "acknowledge"] : state === 4 ? ["give-back", "note-stop", "explain-stop", "acknowledge"] : ["give-back", "end-stop", "explain-stop", "acknowledge"];
  return (kind) => !no.includes(kind);
}

function actions(name, state) {
  return [
    ...buttons("machine", name, fits(state)),
    h("a", { class: "button", href: `#/forecast/machine-out/${encodeURIComponent(name)}` }, "What if it were out for two hours?"),
    h("a", { class: "button", href: `#/recall/machine/${encodeURIComponent(name)}` }, "Which units were on it?"),
    h("a", { class: "button", href: `#/events/${encodeURIComponent(name)}` }, "Its events"),
    !me.person && h("p", { class: "soft" }, "Sign in to take it out."),
  ];
}

// An order: what may be done to it.
export function openOrder(one, done) {
  const drawer = document.getElementById("drawer");
  const close = () => drawer.close();
  const acts = buttons("order", one.order, (kind) => (one.status === "held" ? kind !== "hold-order" : kind !== "release-order"), () => (close(), done()));
  show(drawer, h("div", { class: "head" }, h("h1", {}, `Order ${one.order}`), h("button", { class: "quiet", onclick: close, "aria-label": "Close" }, "✕")),
    h("dl", {}, h("dt", {}, "Product"), h("dd", {}, `${one.quantity} × ${one.material}`), h("dt", {}, "Good"), h("dd", {}, one.good), h("dt", {}, "State"), h("dd", {}, one.status), h("dt", {}, "Priority"), h("dd", {}, one.priority)),
    h("div", { class: "actions" }, one.status === "done" ? null : acts, h("a", { class: "button", href: `#/forecast/order-first/${encodeURIComponent(one.order)}` }, "What if it went first?")));
  drawer.showModal();
}
