// The path of the machine-tool program that runs, and how far it is; seen from the front, right and above.

import { get } from "./api.js";
import { h, lasting, percent, show, svg } from "./dom.js";

const EVERY_MS = 1000;
const COS = Math.cos(Math.PI / 6), SIN = 0.5;
const seen = ([x, y, z]) => [(x - y) * COS, -(x + y) * SIN - z];

// Draws into `place` what runs on a machine, and goes on until the returned function is called.
export function follow(place, machine) {
  let drawn = null;
  const ask = async () => {
    const of = `machines/${encodeURIComponent(machine)}`, now = await get(`${of}/place`);
    if (now && drawn?.operation !== now.operation) {
      const program = await get(`${of}/program`);
      drawn = program && { operation: program.operation, ...draw(place, program) };
    }
    if (now && drawn?.operation === now.operation) return drawn.update(now);
    drawn = null;
    return show(place, h("p", { class: "soft" }, "No program runs now."));
  };
  const again = () => ask().catch(() => {}); // the next second
  again();
  const timer = setInterval(again, EVERY_MS);
  return () => clearInterval(timer);
}

function draw(place, program) {
  const points = program.points.map(seen), xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const [left, right, top, low] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const size = Math.max(right - left, low - top, 1), margin = 0.06 * size;
  const done = svg("path", { class: "done" }), ring = svg("circle", { class: "place", r: size / 45 }), dot = svg("circle", { class: "place dot", r: size / 140 });
  const picture = svg("svg", { class: "backplot", viewBox: `${left - margin} ${top - margin} ${right - left + 2 * margin} ${low - top + 2 * margin}`, role: "img" },
    svg("path", { class: "rapid", d: ways(points, program.cuts, false) }), svg("path", { class: "cut", d: ways(points, program.cuts, true) }), done, ring, dot);
  const words = h("p"), block = h("code", { class: "block" }), bar = h("progress", { max: 1, "aria-label": "share of the program" });
  show(place, h("h2", {}, program.operation, h("small", {}, program.program)), picture, bar, words, block, h("p", { class: "soft" }, "dotted: rapids · thick: done · ◉ the tool, reckoned from the time since the work began"));
  return {
    update(now) {
      let k = program.reached_s.findIndex((s) => s > now.at_s);
      if (k < 0) k = points.length;
      const [x, y] = seen(now.position);
      done.setAttribute("d", ways([...points.slice(0, k), [x, y]], [...program.cuts.slice(0, k), program.cuts[Math.min(k, points.length - 1)]], true));
      for (const mark of [ring, dot]) {
        mark.setAttribute("cx", x);
        mark.setAttribute("cy", y);
      }
      bar.value = now.length_s ? now.at_s / now.length_s : 0;
      const told = now.handling ? "the part is being handled" : `${percent(bar.value)}, ${lasting(now.length_s - now.at_s)} to go`;
      words.textContent = `${told}${now.pieces > 1 ? `, piece ${now.piece} of ${now.pieces}` : ""}${now.runs ? "" : ", interrupted"}`;
      block.textContent = now.line ? `${now.line}  ${program.text[now.line - 1] ?? ""}` : "";
      picture.setAttribute("aria-label", `${program.program}: ${words.textContent}; X ${now.position[0].toFixed(1)} Y ${now.position[1].toFixed(1)} Z ${now.position[2].toFixed(1)}`);
    },
  };
}

// The ways that cut, or those that do not, as one path.
function ways(points, cuts, wanted) {
  let path = "", drawing = false;
  for (let k = 1; k < points.length; k++) {
    if (cuts[k] !== wanted) {
      drawing = false;
      continue;
    }
    if (!drawing) path += `M${points[k - 1][0].toFixed(2)} ${points[k - 1][1].toFixed(2)}`;
    path += `L${points[k][0].toFixed(2)} ${points[k][1].toFixed(2)}`;
    drawing = true;
  }
  return path;
}
