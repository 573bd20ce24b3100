// The line as SVG: stations with their machines and queues, conveyors, vehicles, and the ways between them.

import { lasting, sign, STATES, svg } from "./dom.js";
import { belt, flow, machine, picture, queue, vehicle } from "./wire.js";

const NODE = 152, GAP = 62, TILE = 30, TALL = 26, ACROSS = 4, PIPS = 14, BELT = 106;
const still = matchMedia("(prefers-reduced-motion: reduce)");

// How many columns a band should have: the fewest bands that can be read at this size, else what is largest.
export function columnsFor(width, height, comfortable) {
  let best = 1, largest = 0;
  for (let widest = Math.max(...picture.line.stations.map((one) => one.column)) + 1; widest >= 3; widest--) {
    const boxes = place(picture.line, widest);
    const across = Math.max(...boxes.map((box) => box.x + box.w)) + 32, down = Math.max(...boxes.map((box) => box.y + box.h)) + 60;
    const scale = Math.min(width / across, height / down);
    if (scale >= comfortable) return widest;
    if (scale > largest * 1.02) [best, largest] = [widest, scale];
  }
  return best;
}

// Returns the drawing, folded into bands of at most `widest` columns, and what brings it up to date.
export function draw(onMachine, widest) {
  const { line } = picture;
  const boxes = place(line, widest);
  const root = svg("svg", { class: "line", role: "group", "aria-label": "The line" });
  const ways = ways_(line, boxes);
  const ground = svg("g"), nodes = svg("g"), moving = svg("g");
  ground.append(...ways.map((way) => way.element));
  const parts = boxes.map((box) => (box.station.belt === null ? station(box, onMachine) : conveyor(box)));
  nodes.append(...parts.map((part) => part.element));
  const carriers = line.vehicles.map((one, k) => carrier(one, k, boxes));
  moving.append(...carriers.map((one) => one.element));
  root.append(ground, nodes, moving);
  frame(root, boxes, ways);
  const update = () => {
    for (const part of parts) part.update();
    for (const one of carriers) one.update();
    for (const way of ways) way.update(moving);
  };
  return { element: root, update };
}

// ---------------------------------------------------------------- where things stand

// Like a river: every second band runs back.
function place(line, widest) {
  const columns = Math.max(...line.stations.map((one) => one.column)) + 1;
  const bands = Math.ceil(columns / widest), wide = Math.ceil(columns / bands);
  const sized = line.stations.map((one) => {
    const band = Math.floor(one.column / wide), k = one.column % wide;
    return { station: one, w: one.belt === null ? NODE : BELT, h: height(one, line), band, column: band % 2 ? wide - 1 - k : k };
  });
  const pitch = NODE + GAP;
  let top = 0;
  for (let band = 0; band < bands; band++) {
    const columns = group(sized.filter((box) => box.band === band));
    const tallest = Math.max(...[...columns.values()].map((column) => column.reduce((sum, box) => sum + box.h + 26, -26)));
    for (const column of columns.values()) {
      column.sort((a, b) => a.station.row - b.station.row);
      let y = top + (tallest - column.reduce((sum, box) => sum + box.h + 26, -26)) / 2;
      for (const box of column) {
        box.x = box.column * pitch + (NODE - box.w) / 2;
        box.y = y;
        y += box.h + 26;
      }
    }
    top += tallest + 44;
  }
  return sized;
}

function group(boxes) {
  const columns = new Map();
  for (const box of boxes) columns.set(box.column, [...(columns.get(box.column) ?? []), box]);
  return columns;
}

function height(one, line) {
  if (one.belt !== null) return 46;
  const rows = Math.ceil(one.machines.length / ACROSS);
  return 34 + rows * (TALL + 4) + shown(one, line).length * 21 + 8;
}

const shown = (one, line) => one.queues.filter((q) => line.queues[q].capacity !== 0);

function frame(root, boxes, ways) {
  const spare = Math.max(...ways.map((way) => way.over), 0);
  const left = -16, top = Math.min(0, -spare) - 22;
  const right = Math.max(...boxes.map((box) => box.x + box.w)) + 16;
  const bottom = Math.max(...boxes.map((box) => box.y + box.h), ...ways.map((way) => way.under)) + 12;
  root.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
  root.style.maxWidth = `${(right - left) * 1.75}px`;
  root.style.margin = "0 auto";
}

// ---------------------------------------------------------------- stations

function station(box, onMachine) {
  const { station: one, x, y, w, h } = box;
  const element = svg("g", { transform: `translate(${x} ${y})` }, svg("rect", { class: "card", width: w, height: h, rx: 10 }),
    svg("text", { class: "name", x: 12, y: 22 }, cut(one.name, 18)));
  const tiles = one.machines.map((k, i) => tile(k, 10 + (i % ACROSS) * (TILE + 4), 32 + Math.floor(i / ACROSS) * (TALL + 4), one.machines.length, onMachine));
  element.append(...tiles.map((each) => each.element));
  const first = 32 + Math.ceil(one.machines.length / ACROSS) * (TALL + 4) + 12;
  const rows = shown(one, picture.line).map((q, i) => places(q, one.name, 12, first + i * 21, w - 24));
  element.append(...rows.map((row) => row.element));
  return {
    element,
    update() {
      let alarm = false;
      for (const each of tiles) alarm = each.update() === 4 || alarm;
      for (const row of rows) row.update();
      element.classList.toggle("alarm", alarm);
    },
  };
}

function tile(k, x, y, of, onMachine) {
  const name = picture.line.machines[k].name;
  const wide = of === 1 ? NODE - 20 : TILE;
  const back = svg("rect", { width: wide, height: TALL, rx: 6 });
  const place = svg("g", { transform: `translate(${of === 1 ? 6 : (TILE - 16) / 2} 5)` });
  const doing = of === 1 ? svg("text", { x: 28, y: 17.5, "font-size": 12 }) : null;
  const hint = svg("title");
  const open = () => onMachine(k);
  const element = svg("g", {
    class: "machine", transform: `translate(${x} ${y})`, tabindex: 0, role: "button", onclick: open,
    onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), open()),
  }, back, place, doing, hint);
  let before = "";
  return {
    element,
    update() {
      const now = machine(k);
      const key = `${now.state} ${now.operation} ${now.failure} ${now.serial}`;
      if (key !== before) {
        before = key;
        back.style.fill = `var(--s${now.state})`;
        place.replaceChildren(sign(now.state));
        const words = describe(now);
        element.setAttribute("aria-label", `${name}: ${words}`);
        hint.textContent = `${name}: ${words}`;
        if (doing) {
          doing.textContent = cut(short(now), 16);
          doing.style.fill = `var(--i${now.state})`;
        }
      }
      return now.state;
    },
  };
}

// What a machine does, in words.
export function describe(now) {
  const { operations, failures, materials } = picture.line;
  const words = [STATES[now.state]];
  if (now.state === 4 && now.failure >= 0) words.push(failures[now.failure].split(".").slice(1).join("."));
  if (now.operation >= 0) words.push(operations[now.operation]);
  else if (now.material >= 0) words.push(materials[now.material]);
  if (now.serial >= 0) words.push(`unit ${now.serial}`);
  return words.join(", ");
}

function short(now) {
  const { operations, failures } = picture.line;
  if (now.state === 4 && now.failure >= 0) return failures[now.failure].split(".").slice(1).join(".");
  if ((now.state === 3 || now.state === 1) && now.operation >= 0) {
    const whole = operations[now.operation];
    return whole.length <= 15 ? whole : whole.split(".").pop();
  }
  return STATES[now.state];
}

function places(q, station, x, y, w) {
  const { name, capacity } = picture.line.queues[q];
  const kind = name === station ? "queue" : name.slice(station.length + 1);
  const pips = capacity > 0 && capacity <= PIPS ? capacity : PIPS;
  const from = 56, pitch = Math.min((w - from - 34) / pips, 9);
  const count = svg("text", { class: "soft", x: w, y: 9, "text-anchor": "end" });
  const slots = Array.from({ length: pips }, (_, i) => svg("rect", { class: "slot", x: from + i * pitch, y: 1, width: pitch - 1.6, height: 8, rx: 1.6 }));
  const element = svg("g", { transform: `translate(${x} ${y})` }, svg("text", { class: "soft", x: 0, y: 9 }, cut(kind, 9)), slots, count);
  let before = -1;
  return {
    element,
    update() {
      const now = queue(q);
      if (now === before) return;
      before = now;
      const lit = capacity > PIPS ? Math.ceil((now * pips) / capacity) : Math.min(now, pips);
      slots.forEach((slot, i) => slot.classList.toggle("on", i < lit));
      element.classList.toggle("full", capacity > 0 && now >= capacity);
      count.textContent = capacity > 0 ? `${now}/${capacity}` : now;
    },
  };
}

function conveyor(box) {
  const { station: one, x, y, w, h } = box;
  const marks = [0.16, 0.32, 0.48].map((at) => svg("path", { class: "chevron", d: `M${w * at - 3} ${h / 2 + 5}l5 5l-5 5` }));
  const count = svg("text", { class: "soft", x: w / 2, y: h - 5, "text-anchor": "middle" });
  const element = svg("g", { class: "belt", transform: `translate(${x} ${y})` }, svg("rect", { class: "card", y: 18, width: w, height: h - 18, rx: 14 }),
    svg("text", { class: "name", x: w / 2, y: 12, "text-anchor": "middle" }, cut(one.name, 15)), marks, count);
  if (box.band % 2) for (const mark of marks) mark.setAttribute("transform", `rotate(180 ${w * 0.32} ${h / 2 + 10})`);
  count.setAttribute("y", h / 2 + 14);
  count.setAttribute("x", w - 12);
  count.setAttribute("text-anchor", "end");
  return {
    element,
    update() {
      const now = belt(one.belt);
      count.textContent = one.capacity > 0 ? `${now}/${one.capacity}` : now || "";
      element.classList.toggle("moving", now > 0);
    },
  };
}

// ---------------------------------------------------------------- vehicles

function carrier(one, k, boxes) {
  const words = svg("text", { x: 15, y: 12.5 }, one.name.split("-").pop());
  const hint = svg("title");
  const element = svg("g", { class: "vehicle" }, svg("rect", { width: 30, height: 17, rx: 5 }), words, hint);
  const mates = picture.line.vehicles.slice(0, k).filter((other) => other.fleet === one.fleet).length;
  return {
    element,
    update() {
      const now = vehicle(k);
      const box = boxes[Math.min(now.at, boxes.length - 1)];
      const x = now.at >= boxes.length ? boxes[boxes.length - 1].x : box.x + box.w - 36 - (mates % 3) * 33;
      element.style.transform = `translate(${x}px, ${box.y - 9}px)`;
      element.classList.toggle("busy", now.busy > 0);
      element.classList.toggle("loaded", now.material >= 0);
      hint.textContent = `${one.name}: ${now.material >= 0 ? `carries ${picture.line.materials[now.material]}` : now.busy ? "on its way" : "free"}`;
    },
  };
}

// ---------------------------------------------------------------- ways

function ways_(line, boxes) {
  const merged = new Map();
  for (const edge of line.edges) {
    const key = `${edge.origin} ${edge.to}`;
    const known = merged.get(key) ?? { ...edge, flows: [] };
    if (edge.flow >= 0) known.flows.push(edge.flow);
    merged.set(key, known);
  }
  let back = 0;
  return [...merged.values()].map((edge) => {
    const [path, over, under] = edge.kind === "route" ? ahead(boxes[edge.origin], boxes[edge.to]) : around(boxes, edge, back++);
    return way(edge, path, over, under);
  });
}

function ahead(a, b) {
  const ay = a.y + a.h / 2 + (a.station.belt === null ? 0 : 9), by = b.y + b.h / 2 + (b.station.belt === null ? 0 : 9);
  if (a.band !== b.band) {
    const ax = a.x + a.w / 2, bx = b.x + b.w / 2, from = a.y + a.h, mid = (from + b.y) / 2;
    return [`M${ax} ${from}C${ax} ${mid} ${bx} ${mid} ${bx} ${b.y - 5}`, 0, 0];
  }
  const right = b.x > a.x;
  const ax = right ? a.x + a.w : a.x, bx = right ? b.x - 5 : b.x + b.w + 5;
  const mid = (ax + bx) / 2;
  return [`M${ax} ${ay}C${mid} ${ay} ${mid} ${by} ${bx} ${by}`, 0, 0];
}

// Against the flow: away from the one, past everything in its band, back to the other; below, or above where
// another station stands below the other one. Between bands: through the gap between them.
function around(boxes, edge, k) {
  const a = boxes[edge.origin], b = boxes[edge.to];
  const low = Math.max(...boxes.filter((box) => box.band === a.band).map((box) => box.y + box.h)) + 13 + (k % 4) * 9;
  const ax = a.x + a.w / 2 + 12, bx = b.x + b.w / 2 - 12 + (k % 3) * 8;
  const r = 8, side = bx < ax ? -1 : 1;
  const turned = (from, level, to, up) => `M${ax} ${from}V${level - up * r}q0 ${up * r} ${side * r} ${up * r}H${bx - side * r}q${side * r} 0 ${side * r} ${-up * r}V${to}`;
  if (a.band > b.band) {
    const gap = Math.max(...boxes.filter((box) => box.band === b.band).map((box) => box.y + box.h)) + 16 + (k % 3) * 9;
    return [`M${ax} ${a.y}V${gap + r}q0 ${-r} ${side * r} ${-r}H${bx - side * r}q${side * r} 0 ${side * r} ${-r}V${b.y + b.h + 5}`, 0, 0];
  }
  if (a.band < b.band) return [`M${ax} ${a.y + a.h}L${bx} ${b.y - 5}`, 0, 0];
  const hidden = boxes.some((box) => box.band === b.band && box.column === b.column && box.y > b.y);
  if (hidden) {
    const high = Math.min(...boxes.filter((box) => box.band === a.band).map((box) => box.y)) - 16 - (k % 4) * 9;
    return [turned(a.y, high, b.y - 5, -1), -high, 0];
  }
  const path = `M${ax} ${a.y + a.h}V${low - r}q0 ${r} ${side * r} ${r}H${bx - side * r}q${side * r} 0 ${side * r} ${-r}V${b.y + b.h + 5}`;
  return [path, 0, low];
}

function way(edge, path, over, under) {
  const line = svg("path", { class: `way ${edge.kind}`, d: path, "marker-end": "" });
  const tip = arrow(path);
  const element = svg("g", {}, line, tip);
  let before = null;
  return {
    element, over, under,
    update(moving) {
      const now = edge.flows.reduce((sum, k) => sum + flow(k), 0);
      if (before !== null && before >= 0 && now > before && !still.matches && document.visibilityState === "visible") pulse(moving, path);
      before = now;
    },
  };
}

// An arrow head at the end of a path, in the direction of its last stretch.
function arrow(path) {
  const measured = svg("path", { d: path });
  const n = measured.getTotalLength();
  const tip = measured.getPointAtLength(n), before = measured.getPointAtLength(Math.max(n - 4, 0));
  const angle = (Math.atan2(tip.y - before.y, tip.x - before.x) * 180) / Math.PI;
  return svg("path", { class: "tip", d: "M-4 -4.5L5 0L-4 4.5z", transform: `translate(${tip.x} ${tip.y}) rotate(${angle})` });
}

function pulse(moving, path) {
  const unit = svg("circle", { class: "unit", r: 5 });
  unit.style.offsetPath = `path("${path}")`;
  moving.append(unit);
  unit.animate([{ offsetDistance: "0%" }, { offsetDistance: "100%" }], { duration: 900, easing: "ease-in-out" }).onfinish = () => unit.remove();
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function sinceWords(now, time) {
  return lasting(Math.max(time - now.since_s, 0));
}
