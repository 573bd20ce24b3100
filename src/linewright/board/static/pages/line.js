// The line now: what runs, what is down and why, made against expected by the hour, when a person is needed.

import { answer, answerMeasured } from "../acts.js";
import { get, mayAct } from "../api.js";
import { finishChart } from "../charts.js";
import { columnsFor, describe, draw } from "../drawing.js";
import { openMachine } from "../drawer.js";
import { clock, dot, h, lasting, legend, percent, show, svg, when } from "../dom.js";
import { crew, machine, picture, total, watch } from "../wire.js";

const CALLS = [4, 9, 8, 6, 1]; // down, not ready, held, waiting for a person, blocked: in this order on the list
const EVERY_MS = 5000;
const SHARE = 0.54; // of the screen's height for the drawing, as in pages.css
const LONG_S = 1800; // a set-up or tool change that takes longer needs attention too
const NEXT = 6; // orders shown

export async function render(main) {
  const place = h("section", { class: "panel drawing", "aria-label": "The line" });
  let drawing = null, widest = 0;
  const fit = () => {
    const size = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const columns = columnsFor((place.clientWidth || main.clientWidth) - 30, innerHeight * SHARE, 0.93 * size);
    if (columns === widest) return;
    widest = columns;
    drawing = draw(openMachine, widest);
    show(place, drawing.element, h("div", { style: "margin-top: .5rem" }, legend()));
    if (picture.connected) drawing.update();
  };
  const tiles = h("div", { class: "tiles", style: "margin: 0" });
  const list = h("ul", { class: "attention" }), asked = h("ul", { class: "attention questions" });
  const coming = h("section", { class: "panel", hidden: true });
  const hours = h("div"), crews = h("div", { class: "crews" }), people = h("div", { class: "people" });
  main.append(h("div", { class: "line-page" }, tiles,
    place,
    h("div", { class: "below" },
      h("section", { class: "panel" }, h("h2", {}, "Needs attention"), asked, list),
      h("section", { class: "panel" }, h("h2", {}, "Made by the hour", h("small", {}, "bars: made · line: expected")), hours),
      h("section", { class: "panel" }, h("h2", {}, "People"), people, crews)), coming));
  fit();
  addEventListener("resize", fit);
  let now = null, attention = "", told = "", present = "", looked = -1, open = 0;
  const update = () => {
    drawing.update();
    if (total("questions") !== open) {
      open = total("questions");
      ask().catch(() => {});
    }
    told = tell(tiles, now, told);
    attention = call(list, attention);
    present = here(crews, now, present);
    if (looked !== total("outlook")) {
      looked = total("outlook");
      due(coming).catch(() => {});
    }
  };
  const ask = async () => {
    now = await get("now");
    show(hours, byHour(now));
    show(asked, now.questions.map((one) => question(one, ask)));
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
    tile("Down", down, down === 1 ? "machine" : "machines", down ? "" : "none is down", down ? "bad" : ""),
    of ? tile("Orders done", done, `of ${of}`, h("div", { class: "bar" }, h("i", { style: `width: ${(100 * done) / of}%` })))
      : tile("Finished this hour", hour ? hour.made ?? "…" : 0, "", hour?.expected === null || !hour ? "" : `expected ${Math.round(hour.expected)} in the whole hour`),
    tile("Finished", total("finished").toLocaleString("en"), "products", hour && hour.made !== null ? `${hour.made} in this hour` : ""),
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

function question(one, again) {
  const { job, words, to_measure } = one, may = mayAct("answer");
  const say = (reply) => (reply === "done" && to_measure.length ? answerMeasured(one, again) : answer(job, reply, again));
  return h("li", {}, dot(6), h("span", { style: "flex: 1; white-space: normal" }, words), may && ["done", "again", "scrap"].map((reply) => h("button", { class: "quiet", onclick: () => say(reply) }, reply)));
}

const rank = (state) => (CALLS.includes(state) ? CALLS.indexOf(state) : CALLS.length);

function call(list, before) {
  const { machines } = picture.line;
  const calls = machines.map((one, k) => ({ k, name: one.name, ...machine(k) })).filter((one) => CALLS.includes(one.state) || ((one.state === 2 || one.state === 7) && picture.time - one.since_s > LONG_S));
  calls.sort((a, b) => rank(a.state) - rank(b.state) || a.since_s - b.since_s);
  const key = calls.map((one) => `${one.name} ${describe(one)} ${lasting(picture.time - one.since_s)}`).join("|") || "none";
  if (key === before) return key;
  const rows = calls.slice(0, 30).map((one) => h("li", {}, dot(one.state), h("b", {}, one.name),
    h("span", { class: "soft" }, describe(one)), h("span", {}, lasting(Math.max(picture.time - one.since_s, 0)))));
  show(list, rows.length ? rows : h("li", {}, "No machine is down, not ready, blocked, held or waiting for a person."));
  return key;
}

// ---------------------------------------------------------------- by the hour

function byHour(now) {
  if (now.hours.some((one) => one.made === null)) return h("p", { class: "soft" }, `What was made before the restart is being read from the journal: ${total("past")} % are done.`);
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
        svg("text", { x: x + wide / 2, y: tall - 8 }, clock(one.hour * 3600).slice(4, 6)));
    }));
}

// ---------------------------------------------------------------- people

function ofPeople(now) {
  const needed = now.person_needed_s[1], safe = now.unattended_until_s[0];
  const at = needed === null ? "not within a day" : needed <= now.time_s + 60 ? "now" : when(needed, now.time_s);
  return [
    h("div", {}, h("div", { class: "soft" }, "Next person needed"), h("div", { class: "value" }, now.looked_ahead ? at : "…"),
      needed !== null && needed > now.time_s + 60 && h("div", { class: "soft" }, `80 % between ${when(now.person_needed_s[0], now.time_s)} and ${when(now.person_needed_s[2], now.time_s)}`)),
    h("div", {}, h("div", { class: "soft" }, "Unattended until"),
      h("div", { class: "value" }, !now.looked_ahead ? "…" : safe === null ? "a day from now at least" : safe <= now.time_s + 60 ? "a machine waits already" : when(safe, now.time_s)),
      h("div", { class: "soft" }, safe !== null && safe > now.time_s + 60 ? `if everybody left now: ${lasting(safe - now.time_s)} with a chance of 90 %` : "if everybody left now")),
  ];
}

function here(place, now, before) {
  const crews = picture.line.crews.map((name, k) => ({ name, ...crew(k) }));
  const shifts = now?.shift ?? [];
  const key = JSON.stringify([crews, shifts]);
  if (key === before) return key;
  show(place, shifts.map((name) => h("span", { class: "pill good" }, `shift ${name}`)), !shifts.length && crews.length ? h("span", { class: "pill" }, "no shift") : null,
    crews.map((one) => h("span", { class: "pill" }, one.here || one.busy ? `${one.name}: ${one.busy} of ${one.here} busy` : `${one.name}: away`)));
  return key;
}

// ---------------------------------------------------------------- orders next due

async function due(place) {
  const found = await get("forecast");
  const orders = (found.future?.orders ?? []).filter((one) => one.finish_s[1] !== null).sort((a, b) => a.finish_s[1] - b.finish_s[1]).slice(0, NEXT);
  place.hidden = !orders.length;
  if (orders.length) show(place, h("h2", {}, "Orders done next", h("small", {}, "10 to 90 %, median; ◇ due")), finishChart(orders, found.future.now_s, null, 23, 1500));
}
