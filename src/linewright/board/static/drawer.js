// What is known about one machine, and what a person may do to it.

import { atLeast, mayAct, me, post } from "./api.js";
import { describe } from "./drawing.js";
import { clock, dot, h, lasting, note, show, STATES } from "./dom.js";
import { machine, picture, watch } from "./wire.js";

export function openMachine(k) {
  const drawer = document.getElementById("drawer");
  const { name, station } = picture.line.machines[k];
  const facts = h("div");
  const acts = h("div", { class: "actions" });
  const update = () => {
    const now = machine(k);
    show(facts, h("p", {}, dot(now.state), h("b", {}, STATES[now.state]), ` for ${lasting(Math.max(picture.time - now.since_s, 0))}`),
      h("dl", {},
        h("dt", {}, "Station"), h("dd", {}, picture.line.stations[station].name),
        h("dt", {}, "Now"), h("dd", {}, describe(now)),
        h("dt", {}, "Since"), h("dd", {}, clock(now.since_s)),
        h("dt", {}, "Pieces made"), h("dd", {}, now.pieces),
        now.serial >= 0 ? [h("dt", {}, "Unit"), h("dd", {}, h("a", { href: `#/unit/${now.serial}` }, `${now.serial}`))] : []));
    const held = now.state === 8;
    if (acts.dataset.held !== String(held)) {
      acts.dataset.held = String(held);
      show(acts, actions(name, held));
    }
  };
  show(drawer, h("div", { class: "head" }, h("h1", {}, name), h("button", { class: "quiet", onclick: () => drawer.close(), "aria-label": "Close" }, "✕")), facts, acts);
  const stop = watch(update);
  update();
  drawer.addEventListener("close", stop, { once: true });
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  drawer.showModal();
}

function actions(name, held) {
  const kind = held ? "give_back" : "hold";
  const act = async () => {
    try {
      await post("actions", { kind, subject: name });
      note(held ? `${name} is given back` : `${name} is taken out`);
    } catch (error) {
      note(error.message);
    }
  };
  return [
    mayAct(kind) && h("button", { class: "primary", onclick: act }, held ? "Give it back" : "Take it out"),
    h("a", { class: "button", href: `#/forecast/machine-out/${encodeURIComponent(name)}` }, "What if it were out for two hours?"),
    h("a", { class: "button", href: `#/recall/machine/${encodeURIComponent(name)}` }, "Which units were on it?"),
    h("a", { class: "button", href: `#/events/${encodeURIComponent(name)}` }, "Its events"),
    !me.person && !atLeast("operator") && h("p", { class: "soft" }, "Sign in to take it out."),
  ];
}
