// When every order will be done, from the live state; and what would become of it if.

import { get } from "../api.js";
import { fan, finishChart, plot, timeAxis } from "../charts.js";
import { h, lasting, note, option, percent, show, tile, when } from "../dom.js";
import { picture, total, watch } from "../wire.js";

const MOST = 40;

export async function render(main, [change, subject]) {
  const head = h("span", { class: "soft" }), orders = h("div"), near = h("div", { class: "plot" }), wip = h("div", { class: "plot" }), answer = h("div");
  const facts = h("div", { class: "tiles" });
  main.append(h("div", { class: "head" }, h("h1", {}, "Forecast"), head), facts,
    h("section", { class: "panel whatif" }, h("h2", {}, "What if", h("small", {}, "both futures see the same luck; nothing is changed")), questions(answer), answer),
    h("div", { class: "grid two", style: "margin-top: .9rem" },
      h("section", { class: "panel" }, h("h2", {}, "Orders", h("small", {}, "10 to 90 %, median; ◇ due")), h("div", { class: "scroll" }, orders)),
      h("div", { class: "stack" }, h("section", { class: "panel" }, h("h2", {}, "Products finished in the next twelve hours"), near), h("section", { class: "panel" }, h("h2", {}, "Units on the line"), wip))));
  let seen = -1;
  const update = async () => {
    if (seen === total("outlook")) return;
    seen = total("outlook");
    const found = await get("forecast");
    if (found.near) tellNear(found.near, { near, wip });
    if (found.future) tell(found, { head, orders, facts });
    else show(orders, h("p", { class: "empty" }, "Looking ahead …"));
  };
  await update();
  const stop = watch(() => update().catch(() => {}));
  const timer = setInterval(() => get("forecast").catch(() => {}), 15000); // goes on looking while somebody looks
  if (change && subject) ask(answer, change, subject);
  return () => {
    stop();
    clearInterval(timer);
  };
}

function tellNear(ahead, { near, wip }) {
  const axes = { xaxis: timeAxis(ahead.now_s, ahead.now_s + ahead.horizon_s), yaxis: { rangemode: "tozero" } };
  plot(near, (colour) => [fan(ahead.times_s, ahead.finished, colour("--accent"), "finished"), axes]);
  plot(wip, (colour) => [fan(ahead.times_s, ahead.wip, colour("--s6"), "on the line"), axes]);
}

function tell(found, { head, orders, facts }) {
  const { future } = found;
  head.textContent = `${future.futures} futures from ${when(future.now_s, future.now_s)}, made in ${lasting(found.took_s)}`;
  const open = future.orders;
  const late = open.filter((one) => one.due_s !== null && one.on_time < 0.5).length;
  const [early, middle, last] = future.all_done_s;
  show(facts, tile("All orders done", when(middle, future.now_s), early === null ? "" : `80 % between ${when(early, future.now_s)} and ${when(last, future.now_s)}`),
    tile("Open orders", open.length, `${late} more likely late than not`, late ? "bad" : ""),
    tile("Next 12 hours", `${Math.round(found.near.finished[1].at(-1))}`, `products; ${Math.round(found.near.finished[0].at(-1))} to ${Math.round(found.near.finished[2].at(-1))} with 80 %`),
    tile("Comes to a stand", percent(future.standing), "of the futures", future.standing > 0.01 ? "risk" : ""));
  show(orders, open.length ? finishChart(open.slice(0, MOST), future.now_s) : h("p", { class: "empty" }, "There are no open orders."),
    open.length > MOST && h("p", { class: "soft" }, `and ${open.length - MOST} more on the page Orders`));
}

// ---------------------------------------------------------------- what if

function questions(answer) {
  const { machines, orders, fleets } = picture.line;
  const one = (label, names, change, words) => {
    const chosen = h("select", {}, names.map((name) => option(name)));
    return h("div", { class: "choice" }, h("label", {}, label, chosen), h("button", { onclick: () => ask(answer, change, chosen.value) }, words));
  };
  return h("div", { class: "choices" }, one("Machine", machines.map((each) => each.name), "machine-out", "Out for two hours"),
    orders.length ? one("Order", orders, "order-first", "First") : null, fleets.length ? one("Vehicles", fleets, "one-more-vehicle", "One more") : null);
}

async function ask(answer, change, subject) {
  show(answer, h("p", { class: "empty" }, "Living through both futures …"));
  try {
    compare(answer, await get("what-if", { change, subject }));
  } catch (error) {
    show(answer);
    note(error.message);
  }
}

function compare(answer, { question, as_is, changed }) {
  const now = as_is.now_s;
  const after = new Map(changed.orders.map((one) => [one.order, one]));
  const moved = as_is.orders.filter((one) => after.has(one.order) && Math.abs((after.get(one.order).finish_s[1] ?? now) - (one.finish_s[1] ?? now)) > 60);
  const shown = (moved.length ? moved : as_is.orders).slice(0, 14);
  const plots = h("div", { class: "plot" });
  show(answer, h("div", { class: "head", style: "margin: 1.1rem 0 0" }, h("h2", { style: "margin: 0" }, question),
    h("div", { class: "legend" }, h("span", {}, h("i", { class: "key" }), "as it is"), h("span", {}, h("i", { class: "key other" }), question))),
    h("p", { class: "soft" }, verdict(as_is, changed, moved)),
    h("div", { class: "pair" }, h("div", {}, shown.length ? finishChart(shown, now, [...after.values()].filter((one) => shown.some((each) => each.order === one.order)), 30) : h("p", { class: "empty" }, "There are no open orders.")), plots));
  plot(plots, (colour) => [[...fan(as_is.times_s, as_is.finished, colour("--accent"), "as it is"), ...fan(changed.times_s, changed.finished, colour("--s6"), question)],
    { xaxis: timeAxis(now, (as_is.all_done_s[2] ?? now + as_is.horizon_s) + 3600), yaxis: { title: { text: "products finished" }, rangemode: "tozero" } }]);
}

function verdict(as_is, changed, moved) {
  const [before, then] = [as_is.all_done_s[1], changed.all_done_s[1]];
  const made = changed.finished[1].at(-1) - as_is.finished[1].at(-1);
  if (before === null || then === null) return `${made >= 0 ? "+" : ""}${Math.round(made)} products within ${lasting(as_is.horizon_s)} at the median.`;
  const shift = then - before;
  const words = Math.abs(shift) < 60 ? "All orders are done at the same time" : `All orders are done ${lasting(Math.abs(shift))} ${shift > 0 ? "later" : "earlier"} at the median`;
  return moved.length ? `${words}; ${moved.length} ${moved.length === 1 ? "order moves" : "orders move"} by more than a minute.` : `${words}; no order moves by more than a minute.`;
}
