// The frame around the pages: what is at the top, which page is shown, light or dark.

import { me, signOut, whoAmI } from "./api.js";
import { clock, dayOf, h, note, show, svg } from "./dom.js";
import { open, picture, total, watch } from "./wire.js";

const PAGES = {
  line: "Line", forecast: "Forecast", orders: "Orders", unit: "Unit", recall: "Recall", times: "Times", quality: "Quality", events: "Events",
};
const MORE = { signin: "Sign in", accounts: "Accounts", capability: "Capability", gauge: "Gauge study" };
const UNDER = { capability: "quality", gauge: "quality" }; // pages that are reached from another one
const main = document.getElementById("main");
let leave = null;

async function go() {
  const [name = "line", ...rest] = location.hash.slice(2).split("/").map(decodeURIComponent);
  const page = name in PAGES || name in MORE ? name : "line";
  if (leave) leave();
  leave = null;
  document.getElementById("drawer").close();
  for (const link of document.querySelectorAll("#top nav a")) {
    if (link.dataset.page === (UNDER[page] ?? page)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${PAGES[page] ?? MORE[page]} · ${picture.line?.plant ?? "Linewright"}`;
  const asked = location.hash;
  try {
    const module = await import(`./pages/${page}.js`);
    if (location.hash !== asked) return;
    main.replaceChildren();
    main.dataset.page = page;
    leave = (await module.render(main, rest)) ?? null;
    main.dataset.ready = page;
  } catch (error) {
    if (error.status === 401) location.hash = "#/signin";
    else if (error.status === 503) leave = waitForThePast(error.message);
    else show(main, h("p", { class: "empty bad" }, error.message));
  }
}

// A line that was resumed reads its past again: the page comes when that is known, and shows nothing half.
function waitForThePast(words) {
  const told = h("p", { class: "empty", role: "status" }, words), bar = h("progress", { max: 100, value: total("past") });
  show(main, h("div", { class: "panel", style: "text-align: center" }, told, bar));
  let left = false;
  const stop = watch(() => {
    bar.value = total("past");
    if (bar.value === 100 && !left) setTimeout(() => left || go());
  });
  return () => {
    left = true;
    stop();
  };
}

// ---------------------------------------------------------------- the top

function frame() {
  const time = h("span", { id: "clock" });
  const wire = h("span", { class: "pill", id: "wire" });
  const stopped = h("div", { class: "stopped", hidden: true });
  const links = Object.entries(PAGES).map(([page, words]) => h("a", { href: `#/${page}`, "data-page": page }, words));
  show(
    document.getElementById("top"),
    h("a", { class: "brand", href: "#/line" }, h("img", { src: "icon.svg", alt: "" }), picture.line?.plant ?? "Linewright"),
    h("nav", { "aria-label": "Pages" }, links),
    h("div", { class: "right" }, time, wire, h("button", { class: "quiet", id: "theme", "aria-label": "Light or dark", onclick: turn }, sun()), person()),
    stopped,
  );
  watch(() => {
    if (!picture.cells) return;
    time.replaceChildren(clock(picture.time), h("small", {}, `day ${dayOf(picture.time)}`));
    const runs = total("running");
    wire.className = `pill ${picture.connected ? (runs ? "good" : "risk") : "bad"}`;
    wire.replaceChildren(h("i"), picture.connected ? (runs ? "live" : picture.line.live ? "stopped" : "past run") : "no connection");
  });
}

function person() {
  if (!me.person) return h("a", { class: "button", href: "#/signin" }, "Sign in");
  const out = async () => {
    await signOut();
    frame();
    location.hash = "#/line";
  };
  const accounts = me.role === "admin" ? h("a", { href: "#/accounts", class: "soft" }, "Accounts") : null;
  return h("span", { class: "row", style: "align-items: center" }, accounts, h("span", { class: "pill" }, `${me.person} · ${me.role ?? "new password needed"}`),
    h("button", { onclick: out }, "Sign out"));
}

function sun() {
  return svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: "M8 2a6 6 0 100 12z", fill: "currentcolor" }), svg("circle", { cx: 8, cy: 8, r: 6, fill: "none", stroke: "currentcolor", "stroke-width": 1.5 }));
}

function turn() {
  const dark = document.documentElement.dataset.theme === "dark";
  localStorage.setItem("theme", dark ? "light" : "dark");
  colours();
}

function colours() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? system;
  window.dispatchEvent(new Event("theme"));
}

export async function signedIn() {
  frame();
}

// Keys: g then the first letter of a page.
let gone = 0;
addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "g") gone = Date.now();
  else if (Date.now() - gone < 1200) {
    const page = Object.keys(PAGES).find((name) => name.startsWith(event.key));
    if (page) location.hash = `#/${page}`;
    gone = 0;
  }
});

colours();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colours);
addEventListener("hashchange", go);
try {
  await whoAmI();
  if (me.role) await open();
  frame();
  if (!me.role) location.hash = "#/signin";
  await go();
} catch (error) {
  note(error.message);
  show(main, h("p", { class: "empty bad" }, error.message));
}
