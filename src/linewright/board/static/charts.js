// Charts: plotly for curves (its script comes from plotly's own package), plain SVG for spans of time.

import { clock, dayOf, h, local, percent, svg, when } from "./dom.js";

let loading = null;

function plotly() {
  loading ??= new Promise((done, failed) => {
    const script = h("script", { src: "/plotly.js", onload: () => done(window.Plotly), onerror: () => failed(new Error("The charts cannot be loaded")) });
    document.head.append(script);
  });
  return loading;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Draws into `place` what `figure(colour)` gives: [traces, layout]. Again when light becomes dark.
export async function plot(place, figure) {
  const library = await plotly();
  const drawn = () => {
    if (!place.isConnected) return window.removeEventListener("theme", drawn);
    const [traces, layout] = figure(colour);
    const axis = { gridcolor: colour("--rule"), zeroline: false, linecolor: colour("--rule"), automargin: true };
    library.react(place, traces, {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 48, r: 14, t: 8, b: 36 }, showlegend: false, hovermode: "closest",
      font: { family: "inherit", size: 12.5, color: colour("--soft") }, ...layout, xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis },
    }, { displayModeBar: false, responsive: true });
  };
  window.addEventListener("theme", drawn);
  drawn();
}

// A fan: the median and the span from 10 to 90 %.
export function fan(times, quantiles, line, name) {
  const band = { x: [...times, ...[...times].reverse()], y: [...quantiles[2], ...[...quantiles[0]].reverse()] };
  return [
    { ...band, fill: "toself", fillcolor: `${line}38`, line: { width: 0 }, hoverinfo: "skip", type: "scatter", mode: "lines" },
    { x: times, y: quantiles[1], type: "scatter", mode: "lines", line: { color: line, width: 2.5 }, name },
  ];
}

export function ticksOf(from, to, most = 8) {
  const steps = [600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 28 * 86400];
  const step = steps.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const ticks = [];
  for (let t = Math.ceil(local(from) / step) * step - (local(from) - from); t <= to; t += step) ticks.push(t);
  const midnight = (t) => local(t) % 86400 === 0;
  return ticks.map((t) => ({ t, day: midnight(t), words: step >= 86400 ? `${clock(t).slice(0, 3)} ${dayOf(t)}` : midnight(t) ? clock(t) : clock(t).slice(4) }));
}

export function timeAxis(from, to) {
  const ticks = ticksOf(from, to);
  return { range: [from, to], tickvals: ticks.map((one) => one.t), ticktext: ticks.map((one) => one.words) };
}

// When orders will be done: for each a span of 10 to 90 %, its median, its due date; a second future beside it.
export function finishChart(orders, now, others = null, row = 27, w = 1000) {
  const left = 128, right = 96, top = 26;
  const other = new Map((others ?? []).map((one) => [one.order, one]));
  const all = [...orders, ...(others ?? [])].flatMap((one) => [...one.finish_s, one.due_s]).filter((s) => s !== null);
  const to = Math.max(now + 3600, ...all) + 1800, beyond = w - right;
  const x = (s) => (s === null ? beyond : left + ((beyond - left) * (s - now)) / (to - now));
  const tall = top + orders.length * row + 8;
  const ticks = ticksOf(now, to, 7);
  return svg("svg", { class: "finish", viewBox: `0 0 ${w} ${tall}`, role: "img", "aria-label": "When each order will be done" },
    svg("g", { class: "axis" }, ticks.map((one) => [
      svg("line", { class: one.day ? "grid day" : "grid", x1: x(one.t), x2: x(one.t), y1: top - 4, y2: tall }),
      svg("text", { x: x(one.t), y: 14, "text-anchor": "middle" }, one.words)])),
    orders.map((one, i) => {
      const y = top + i * row, two = other.get(one.order);
      return svg("g", { class: "row" }, svg("rect", { class: "back", x: 0, y, width: w, height: row }),
        svg("title", {}, words(one, now) + (two ? `\n${words(two, now)}` : "")),
        svg("text", { x: 6, y: y + row / 2 + 4 }, one.order), svg("text", { class: "soft", x: left - 10, y: y + row / 2 + 4, "text-anchor": "end" }, two ? "" : one.material.slice(0, 10)),
        span(one.finish_s, x, y + (two ? 4 : 8), two ? 8 : row - 16, ""), two && span(two.finish_s, x, y + row - 12, 8, "other"),
        one.due_s !== null && svg("path", { class: "due", d: `M${x(one.due_s)} ${y + row / 2 - 6}l5 6l-5 6l-5 -6z` }),
        svg("text", { x: w - 6, y: y + row / 2 + 4, "text-anchor": "end", style: `fill: var(--${tone((two ?? one).on_time)})` },
          one.due_s === null ? "" : two ? `${percent(one.on_time)} → ${percent(two.on_time)}` : `${percent(one.on_time)} on time`));
    }),
    svg("line", { class: "now", x1: x(now), x2: x(now), y1: top - 6, y2: tall }));
}

function span(finish, x, y, tall, kind) {
  const [early, middle, late] = finish;
  return svg("g", { class: kind }, svg("rect", { class: "span", x: x(early), y, width: Math.max(x(late) - x(early), 2), height: tall, rx: tall / 2 }),
    middle !== null && svg("line", { class: "mid", x1: x(middle), x2: x(middle), y1: y + 1, y2: y + tall - 1 }));
}

const words = (one, now) => `${one.order}: done ${one.finish_s.map((s) => when(s, now)).join(" / ")} (10 / 50 / 90 %)${one.due_s === null ? "" : `, due ${when(one.due_s, now)}`}`;

export const tone = (share) => (share === null || share === undefined ? "soft" : share >= 0.9 ? "good" : share >= 0.5 ? "risk" : "bad");

