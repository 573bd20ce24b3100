// Making elements, and words for numbers.

export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function show(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const two = (n) => String(n).padStart(2, "0");

// Plant time counts seconds that pass; clocks of the place are put forward and back. What is shown is what they show.
let leads = [];

export function goBy(found) {
  leads = found;
}

const leadAt = (s) => leads.findLast(([from]) => from <= s)?.[1] ?? 0;
export const local = (s) => s + leadAt(s);
export const counted = (shown) => shown - leadAt(shown);

export function clock(time) {
  const s = local(time), day = Math.floor(s / 86400), second = Math.floor(s - day * 86400);
  return `${DAYS[((day % 7) + 7) % 7]} ${two(Math.floor(second / 3600))}:${two(Math.floor((second % 3600) / 60))}`;
}

export function dayOf(s) {
  return Math.floor(local(s) / 86400) + 1;
}

// A moment as seen from `now`: the time alone today, with the weekday in the next six days, else with the day's number.
export function when(s, now) {
  if (s === null || s === undefined) return "–";
  const far = dayOf(s) - dayOf(now);
  if (far === 0) return clock(s).slice(4);
  return far > 0 && far <= 6 ? clock(s) : `${clock(s)}, day ${dayOf(s)}`;
}

export function lasting(s) {
  if (s === null || s === undefined) return "–";
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 90 * 60) return `${Math.round(s / 60)} min`;
  if (s < 36 * 3600) {
    const minutes = Math.round(s / 60);
    return minutes % 60 ? `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min` : `${minutes / 60} h`;
  }
  return `${(s / 86400).toFixed(1)} d`;
}

export function percent(share, digits = 0) {
  return share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;
}

export function number(value, digits = 4) {
  return value === null || value === undefined ? "–" : String(Number(value.toPrecision(digits)));
}

export const STATES = ["starved", "blocked", "set-up", "processing", "down", "off shift", "waiting for a person", "tool change", "held", "not ready"];

const SIGNS = [
  ["M4.5 8h7", 0], ["M4.6 4.6h6.8v6.8H4.6z", 1],
  ["M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6M8 1.6v2M8 12.4v2M1.6 8h2M12.4 8h2M3.5 3.5l1.4 1.4M11.1 11.1l1.4 1.4M3.5 12.5l1.4-1.4M11.1 4.9l1.4-1.4", 0],
  ["M5 3.4l7.6 4.6L5 12.6z", 1], ["M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6", 0],
  ["M10.4 2.8a5.6 5.6 0 102.9 8.7 5 5 0 01-2.9-8.7z", 1],
  ["M8 2.6a2.4 2.4 0 100 4.8 2.4 2.4 0 000-4.8M3.2 13.6c.3-3.4 2.3-4.9 4.8-4.9s4.5 1.5 4.8 4.9z", 1],
  ["M3.4 12.6l6-6M8.6 3.2l4.2 4.2M10.9 2.6l2.5 2.5-2.8 2.8-2.5-2.5z", 0], ["M5.6 3.6v8.8M10.4 3.6v8.8", 0], ["M8 3v6M8 12.4v.2", 0],
];

// The sign of a state, 16 by 16, in the state's ink.
export function sign(state) {
  const [path, solid] = SIGNS[state];
  const ink = `var(--i${state})`;
  return svg("path", {
    d: path, fill: solid ? ink : "none", stroke: ink, "stroke-width": solid ? 0 : 2, "stroke-linecap": "round", "stroke-linejoin": "round",
    "data-state": state,
  });
}

export function dot(state) {
  return h("span", { class: "dot", style: `background: var(--s${state})`, title: STATES[state] }, svg("svg", { viewBox: "0 0 16 16" }, sign(state)));
}

export function legend(states = [3, 2, 7, 0, 1, 6, 9, 4, 8, 5]) {
  return h("div", { class: "legend" }, states.map((state) => h("span", {}, dot(state), STATES[state])));
}

// A figure with its name above and more below.
export function tile(name, value, more, tone = "") {
  return h("div", { class: "panel tile" }, h("div", { class: "name" }, name), h("div", { class: `value ${tone} ${String(value).length > 9 ? "long" : ""}` }, value), h("div", { class: "more" }, more));
}

// The head of a table whose first column is words and all others numbers.
export function headOf(words) {
  return h("thead", {}, h("tr", {}, words.map((word, k) => h("th", { class: k ? "num" : "" }, word))));
}

export function option(value, words = value) {
  return h("option", { value }, words);
}

let fading;
export function note(words) {
  const place = document.getElementById("note");
  place.textContent = words;
  place.classList.add("on");
  clearTimeout(fading);
  fading = setTimeout(() => place.classList.remove("on"), 4000);
}
