// The line now: what runs, what is down and why, made against expected by the hour, when a person is needed.

import { get } from "../api.js";
import { describe, draw } from "../drawing.js";
import { openMachine } from "../drawer.js";
import { dot, h, lasting, legend, percent, show, svg, when } from "../dom.js";
import { crew, machine, picture, total, watch } from "../wire.js";

const CALLS = [4, 8, 6, 1]; // down, held, waiting for a person, blocked: in this order on the list
const EVERY_MS = 5000;

export async function render(main) {
  const place = h("section", { class: "panel drawing", "aria-label": "The line" });
  let drawing = null, widest = 0;
  const fit = () => {
    const columns = columnsFor(place.clientWidth || main.clientWidth);
    if (columns === widest) return;
    widest = columns;
    drawing = draw(openMachine, widest);
    show(place, drawing.element, h("div", { style: "margin-top: .5rem" }, legend()));
    if (picture.connected) drawing.update();
  };
  const tiles = h("div", { class: "tiles", style: "margin: 0" });
  const list = h("ul", { class: "attention" });
  const hours = h("div"), people = h("div", { class: "people" });
  main.append(h("div", { class: "line-page" }, tiles,
    place,
    h("div", { class: "below" },
      h("section", { class: "panel" }, h("h2", {}, "Needs attention"), list),
      h("section", { class: "panel" }, h("h2", {}, "Made by the hour", h("small", {}, "bars: made · line: expected")), hours),
      h("section", { class: "panel" }, h("h2", {}, "People"), people))));
  fit();
  addEventListener("resize", fit);
  let now = null, attention = "", told = "";
  const update = () => {
    drawing.update();
    told = tell(tiles, now, told);
    attention = call(list, attention);
  };
  const ask = async () => {
    now = await get("now");
    show(hours, byHour(now));
    show(people, ofPeople(now));
  };
  await ask();
  const timer = setInterval(() => ask().catch(() => {}), EVERY_MS);
  const stop = watch(update);
  return () => {
    clearInterval(timer);
    removeEventListener("resize", fit);
    stop();
  };
}

// As many columns as can be read at this width.
function columnsFor(width) {
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  return Math.max(3, Math.min(14, Math.floor(width / (188 * size))));
}

// ---------------------------------------------------------------- figures

function tell(place, now, before) {
  const { machines, orders } = picture.line;
  const states = machines.map((_, k) => machine(k).state);
  const working = states.filter((state) => state === 3).length, down = states.filter((state) => state === 4).length;
  const on = states.filter((state) => state !== 5).length;
  const done = total("orders_done"), of = orders.length;
  const hour = now?.hours.find((one) => one.hour === Math.floor(picture.time / 3600));
  const figures = [
    tile("Machines at work", working, `of ${machines.length}`, on ? `${percent(working / on)} of those on shift` : "off shift"),
    tile("Down", down, down === 1 ? "machine" : "machines", down ? "" : "all well", down ? "bad" : ""),
    of ? tile("Orders done", done, `of ${of}`, h("div", { class: "bar" }, h("i", { style: `width: ${(100 * done) / of}%` })))
      : tile("Finished this hour", hour?.made ?? 0, "", hour?.expected === null || !hour ? "" : `expected ${Math.round(hour.expected)} in the whole hour`),
    tile("Finished", total("finished").toLocaleString("en"), "products", hour ? `${hour.made} in this hour` : ""),
    tile("In process", total("wip").toLocaleString("en"), "units", ""),
    tile("Scrapped", total("scrapped").toLocaleString("en"), "units", share(total("scrapped"), total("finished"))),
  ];
  const key = figures.map((one) => one.textContent).join("|");
  if (key !== before) show(place, figures);
  return key;
}

const share = (bad, good) => (bad + good ? `${percent(bad / (bad + good), 1)} of what left the line` : "");

function tile(name, value, unit, more, tone = "") {
  return h("div", { class: "panel tile" }, h("div", { class: "name" }, name), h("div", { class: `value ${tone}` }, value, h("small", {}, unit)), h("div", { class: "more" }, more));
}

function call(list, before) {
  const { machines } = picture.line;
  const calls = machines.map((one, k) => ({ k, name: one.name, ...machine(k) })).filter((one) => CALLS.includes(one.state));
  calls.sort((a, b) => CALLS.indexOf(a.state) - CALLS.indexOf(b.state) || a.since_s - b.since_s);
  const key = calls.map((one) => `${one.name} ${describe(one)} ${lasting(picture.time - one.since_s)}`).join("|") || "none";
  if (key === before) return key;
  const rows = calls.slice(0, 30).map((one) => h("li", {}, dot(one.state), h("b", {}, one.name),
    h("span", { class: "soft" }, describe(one)), h("span", {}, lasting(Math.max(picture.time - one.since_s, 0)))));
  show(list, rows.length ? rows : h("li", { class: "soft" }, "Nothing. No machine is down, blocked, held or waiting for a person."));
  return key;
}

// ---------------------------------------------------------------- by the hour

function byHour(now) {
  const w = 560, tall = 176, base = tall - 24, first = 22;
  const most = Math.max(1, ...now.hours.map((one) => Math.max(one.made, one.expected ?? 0)));
  const y = (n) => base - ((base - first) * n) / most;
  const pitch = w / now.hours.length, this_ = Math.floor(now.time_s / 3600);
  return svg("svg", { class: "hours", viewBox: `0 0 ${w} ${tall}`, role: "img", "aria-label": "Products made by the hour and expected" },
    svg("line", { class: "base", x1: 0, x2: w, y1: base, y2: base }),
    now.hours.map((one, i) => {
      const x = i * pitch + pitch * 0.14, wide = pitch * 0.72, ahead = one.hour > this_;
      return svg("g", { class: one.hour === this_ ? "now" : "" },
        ahead && one.expected !== null && svg("rect", { class: "ahead", x, y: y(one.expected), width: wide, height: base - y(one.expected), rx: 3 }),
        !ahead && svg("rect", { class: "made", x, y: y(one.made), width: wide, height: base - y(one.made), rx: 3 }),
        !ahead && one.expected !== null && svg("line", { class: "plan", x1: x - 3, x2: x + wide + 3, y1: y(one.expected), y2: y(one.expected) }),
        svg("text", { class: ahead ? "" : "count", x: x + wide / 2, y: Math.min(y(Math.max(ahead ? one.expected ?? 0 : one.made, ahead ? 0 : one.expected ?? 0)) - 6, base - 5) },
          ahead ? (one.expected === null ? "" : Math.round(one.expected)) : one.made),
        svg("text", { x: x + wide / 2, y: tall - 8 }, `${String(one.hour % 24).padStart(2, "0")}`));
    }));
}

// ---------------------------------------------------------------- people

function ofPeople(now) {
  const crews = picture.line.crews.map((name, k) => ({ name, ...crew(k) }));
  const here = crews.reduce((sum, one) => sum + one.here, 0);
  const needed = now.person_needed_s[1], safe = now.unattended_until_s[0];
  const at = needed === null ? "not within a day" : needed <= now.time_s + 60 ? "now" : when(needed, now.time_s);
  return [
    h("div", {}, h("div", { class: "soft" }, "Next person needed"), h("div", { class: "value" }, now.looked_ahead ? at : "…"),
      needed !== null && needed > now.time_s + 60 && h("div", { class: "soft" }, `80 % between ${when(now.person_needed_s[0], now.time_s)} and ${when(now.person_needed_s[2], now.time_s)}`)),
    h("div", {}, h("div", { class: "soft" }, "If everybody left now, no machine would wait"),
      h("div", { class: "value" }, !now.looked_ahead ? "…" : safe === null ? "for a day at least" : safe <= now.time_s + 60 ? "not even now" : `until ${when(safe, now.time_s)}`),
      safe !== null && safe > now.time_s + 60 && h("div", { class: "soft" }, `${lasting(safe - now.time_s)}, with a chance of 90 %`)),
    h("div", { class: "crews" }, now.shift.map((name) => h("span", { class: "pill good" }, `shift ${name}`)),
      !now.shift.length && picture.line.crews.length ? h("span", { class: "pill" }, "no shift") : null,
      crews.map((one) => h("span", { class: "pill" }, one.here || one.busy ? `${one.name}: ${one.busy} of ${one.here} busy` : `${one.name}: away`)), !here && crews.length ? h("span", { class: "pill risk" }, "nobody here") : null),
  ];
}
