// All orders: how far they are, when they will be done, how likely in time.

import { general } from "../acts.js";
import { get } from "../api.js";
import { tone } from "../charts.js";
import { openOrder } from "../drawer.js";
import { h, percent, show, when } from "../dom.js";
import { picture, total, watch } from "../wire.js";

const TONES = { done: "good", held: "risk", "in work": "", waiting: "", "to come": "" };

export async function render(main) {
  const body = h("tbody"), head = h("span", { class: "soft" });
  const find = h("input", { type: "search", placeholder: "Find an order or product", "aria-label": "Find", oninput: () => draw() });
  const which = h("select", { "aria-label": "Which orders", onchange: () => draw() }, ["all", "open", "late or at risk", "done"].map((one) => h("option", {}, one)));
  main.append(h("div", { class: "head" }, h("h1", {}, "Orders", h("small", {}, head)), h("div", { class: "row" }, which, find)), h("div", { class: "row", style: "margin-bottom: .9rem" }, general(() => again())),
    h("section", { class: "panel" }, h("div", { class: "scroll", style: "max-height: none" }, h("table", {}, h("thead", {}, h("tr", {},
      ["Order", "Product"].map((word) => h("th", {}, word)), h("th", { class: "num" }, "Good"), h("th", {}, "Progress"), h("th", { class: "num" }, "Priority"),
      ["State", "Due", "Done or expected", "80 % between", "On time"].map((word) => h("th", {}, word)))), body))));
  let orders = [];
  const again = async () => {
    orders = await get("orders");
    draw();
  };
  const draw = () => {
    const word = find.value.toLowerCase();
    const fits = (one) => (one.order + one.material).toLowerCase().includes(word) && chosen(one, which.value);
    const rows = orders.filter(fits);
    head.textContent = `${rows.length} of ${orders.length}`;
    show(body, rows.length ? rows.map((one) => row(one, again)) : h("tr", {}, h("td", { colspan: 10, class: "empty" }, orders.length ? "None fits." : "This plant has no order file.")));
  };
  let seen = "";
  const update = async () => {
    const key = `${total("outlook")} ${total("orders_done")} ${total("finished")}`;
    if (key === seen) return;
    seen = key;
    orders = await get("orders");
    draw();
  };
  await update();
  let last = 0;
  const stop = watch(() => {
    if (Date.now() - last < 2000) return;
    last = Date.now();
    update().catch(() => {});
  });
  return stop;
}

function chosen(one, which) {
  if (which === "open") return one.status !== "done";
  if (which === "done") return one.status === "done";
  return which === "all" || one.late || (one.on_time !== null && one.on_time < 0.9);
}

function row(one, again) {
  const now = picture.time, done = one.status === "done";
  const chance = done ? (one.late ? h("span", { class: "pill bad" }, "late") : h("span", { class: "pill good" }, "in time"))
    : one.due_s === null ? "" : one.late ? h("span", { class: "pill bad" }, "overdue") : one.on_time === null ? "…" : h("span", { class: `pill ${tone(one.on_time)}` }, percent(one.on_time));
  const open = () => openOrder(one, again);
  return h("tr", { class: "go", onclick: open }, h("td", {}, h("button", { class: "quiet", style: "padding: 0; min-height: 0; color: inherit", onclick: (event) => (event.stopPropagation(), open()) }, h("b", {}, one.order))), h("td", {}, one.material), h("td", { class: "num" }, `${one.good} / ${one.quantity}`),
    h("td", { style: "min-width: 7rem" }, h("div", { class: "bar" }, h("i", { style: `width: ${(100 * one.good) / Math.max(one.quantity, 1)}%` }))),
    h("td", { class: "num" }, one.priority), h("td", {}, h("span", { class: `pill ${TONES[one.status]}` }, one.status)), h("td", {}, when(one.due_s, now)),
    h("td", {}, done ? when(one.done_s, now) : when(one.finish_s[1], now)),
    h("td", { class: "soft" }, done || one.finish_s[0] === null ? "" : `${when(one.finish_s[0], now)} and ${when(one.finish_s[2], now)}`), h("td", {}, chance));
}
