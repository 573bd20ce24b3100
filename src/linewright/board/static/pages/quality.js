// The control plans of the plant: each characteristic's chart as the line keeps it, its gauge, what is held.

import { get } from "../api.js";
import { plot } from "../charts.js";
import { h, number, option, percent, show, when } from "../dom.js";
import { picture } from "../wire.js";

const EVERY_MS = 4000;
const CUSUM = "cusum", SHARE = "p"; // their points are not in the unit of the characteristic

export async function render(main, [chosen, machine]) {
  const cards = h("div", { class: "characteristics" }), held = h("div"), title = h("h2"), whose = h("select", { "aria-label": "Whose chart" });
  const place = h("div", { class: "plot", style: "height: 21rem", role: "img" }), offsets = h("div", { class: "plot", style: "height: 11rem", role: "img" }), notes = h("div"), signals = h("div"), plan = h("dl", { class: "plan" }), gauges = h("tbody");
  const links = h("span", { class: "row" });
  main.append(h("div", { class: "head" }, h("h1", {}, "Quality"), h("span", { class: "soft" }, "the control plans of the plant")), h("div", { class: "stack" }, cards,
    h("section", { class: "panel" }, h("div", { class: "row", style: "justify-content: space-between" }, title, h("span", { class: "row" }, whose, links)), place, notes, offsets),
    h("div", { class: "grid two" }, h("section", { class: "panel" }, h("h2", {}, "Control plan"), plan),
      h("div", { class: "stack" }, h("section", { class: "panel" }, h("h2", {}, "Held"), held), h("section", { class: "panel" }, h("h2", {}, "Latest signals"), signals))),
    h("section", { class: "panel" }, h("h2", {}, "Gauges"), h("div", { class: "scroll" }, table(gauges)))));
  let name = chosen, maker = machine ?? "";
  const ask = async () => {
    const found = await get("quality");
    name ??= found.characteristics.find((one) => one.plan.chart)?.name ?? found.characteristics.find((one) => one.measured)?.name ?? found.characteristics[0]?.name;
    const choose = (one) => () => {
      [name, maker] = [one.name, ""];
      ask();
    };
    replaceKeepingFocus(cards, found.characteristics.length ? found.characteristics.map((one) => card(one, one.name === name, choose(one))) : [h("p", { class: "empty" }, "This plant names no characteristics.")]);
    show(gauges, found.characteristics.filter((one) => one.gauge).map(gauge));
    tellHeld(found, held);
    if (!name) return;
    const chart = await get(`quality/${encodeURIComponent(name)}`, { maker });
    const one = chart.characteristic;
    show(title, one.name, h("small", {}, `${one.material}, ${number(one.nominal, 8)} ${one.unit}; ${chart.kept_by === "line" ? `${chart.kind}, kept by the line` : "individuals, limits estimated by the board"}`));
    if (whose.dataset.of !== `${name}`) {
      whose.dataset.of = name;
      show(whose, one.makers.map((each) => option(each)));
    }
    whose.hidden = one.makers.length < 2;
    whose.value = chart.maker;
    show(links, h("a", { class: "button", href: `#/capability/${encodeURIComponent(name)}` }, "Capability"), h("a", { class: "button", href: `#/gauge/${encodeURIComponent(name)}` }, "Gauge study"));
    draw(chart, place, notes);
    drawOffsets(chart, offsets);
    tellPlan(one, chart, plan);
    tellSignals(chart, signals);
  };
  whose.addEventListener("change", () => {
    maker = whose.value;
    ask();
  });
  await ask();
  const timer = setInterval(() => ask().catch(() => {}), EVERY_MS);
  return () => clearInterval(timer);
}

// The cards are made anew every few seconds: who stands on one with the keyboard stays there.
function replaceKeepingFocus(parent, children) {
  const at = [...parent.children].indexOf(document.activeElement);
  show(parent, children);
  parent.children[at]?.focus();
}

function card(one, pressed, choose) {
  const due = one.gauge?.status;
  return h("button", { class: "characteristic", "aria-pressed": String(pressed), onclick: choose }, h("b", {}, one.name), h("span", { class: "soft" }, `${one.material} · ${one.plan.chart || "no chart in the plan"}`),
    h("div", { class: "row", style: "margin-top: .35rem; gap: .3rem" }, one.measured ? h("span", { class: `pill ${one.outside ? "bad" : "good"}` }, one.outside ? `✕ ${one.outside} of ${one.measured} outside` : `✓ ${one.measured} inside`) : h("span", { class: "pill" }, "not measured yet"),
      one.signals ? h("span", { class: "pill risk" }, `◯ ${one.signals} ${one.signals === 1 ? "signal" : "signals"}`) : null,
      due === "overdue" || due === "due soon" ? h("span", { class: `pill ${due === "overdue" ? "bad" : "risk"}` }, `gauge ${due}`) : null));
}

// ---------------------------------------------------------------- gauges, what is held

function table(body) {
  return h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Characteristic"), h("th", {}, "At"), h("th", { class: "num", title: "expanded, k = 2" }, "Uncertainty"), h("th", { class: "num", title: "six standard deviations of repeatability by the tolerance" }, "of the tolerance"), h("th", {}, "Passes within"), h("th", {}, "Calibration"))), body);
}

function gauge(one) {
  const { gauge: it, unit } = one;
  const tone = { fit: "good", conditional: "risk", "not fit": "bad" }[it.verdict];
  const due = { "in date": "good", "due soon": "risk", overdue: "bad" }[it.status];
  const limits = it.accept_lower === null && it.accept_upper === null ? "–" : `${number(it.accept_lower, 7)} … ${number(it.accept_upper, 7)} ${unit}`;
  return h("tr", {}, h("td", {}, one.name), h("td", {}, it.at), h("td", { class: "num" }, it.uncertainty === null ? "–" : `${number(it.uncertainty)} ${unit}`),
    h("td", { class: "num" }, percent(it.share, 1), " ", it.verdict && h("span", { class: `pill ${tone}` }, it.verdict)), h("td", { title: it.decision }, limits),
    h("td", {}, it.status === "not said" ? h("span", { class: "soft" }, "not said") : h("span", { class: `pill ${due}` }, `${it.status}: ${it.due}`)));
}

function tellHeld(found, place) {
  const rows = [
    ...found.held.map((one) => h("li", {}, h("b", {}, one.machine), h("span", { class: "soft" }, ` ${one.why}, ${when(one.since_s, picture.time)}`))),
    ...found.held_units.map((one) => h("li", {}, h("a", { href: `#/unit/${one.serial}` }, `unit ${one.serial}`), h("span", { class: "soft" }, ` ${one.material}, ${one.stopped === "aside" ? "held" : one.stopped}`))),
    ...found.stopped_tools.map((one) => h("li", {}, h("b", {}, one.tool), h("span", { class: "soft" }, ` no longer follows ${one.characteristic}: corrections made it worse`))),
  ];
  show(place, rows.length ? h("ul", { class: "plain" }, rows) : h("p", { class: "soft" }, "Nothing is held."));
}

// ---------------------------------------------------------------- the plan and the signals, in words

function tellPlan(one, chart, place) {
  const { plan } = one;
  const line = (name, words) => [h("dt", {}, name), h("dd", {}, words)];
  show(place, line("Measured", plan.checked_by.map((each, k) => `${each} (${plan.sample[k]})`).join(", ") || "by no operation"),
    line("Tolerance", one.lower === null && one.upper === null ? "none" : `${number(one.lower, 8)} … ${number(one.upper, 8)} ${one.unit}`),
    line("Chart", plan.chart || "none in the plan"), plan.rules.length ? line("Rules", plan.rules.join(", ")) : [], plan.revision ? line("Limits", `revision ${plan.revision}`) : [],
    line("Reaction", plan.reaction.length ? [h("span", {}, plan.reaction[0]), h("ul", { class: "plain" }, plan.reaction.slice(1).map((each) => h("li", {}, each)))] : "none"), line("Corrects", plan.corrects.join(", ") || "no tool"));
}

function tellSignals(chart, place) {
  const found = chart.values.filter((each) => each.signals.length).slice(-8).reverse();
  show(place, found.length ? h("table", {}, h("thead", {}, h("tr", {}, ["When", "Unit", "Value", "What"].map((word) => h("th", { class: word === "Value" ? "num" : "" }, word)))), h("tbody", {}, found.map((each) => h("tr", {}, h("td", {}, when(each.time_s, picture.time)),
    h("td", {}, h("a", { href: `#/unit/${each.serial}` }, each.serial)), h("td", { class: "num" }, `${number(each.value, 7)} ${chart.characteristic.unit}`), h("td", {}, each.signals.join(", ")))))) : h("p", { class: "soft" }, "No signal among the points shown."));
}

// ---------------------------------------------------------------- the chart

function draw(found, place, notes) {
  const one = found.characteristic, { values } = found;
  if (!values.length) {
    show(place, h("p", { class: "empty" }, "Nothing has been measured yet."));
    return show(notes);
  }
  if (place.querySelector(".empty")) show(place);
  const fired = values.map((each, k) => (each.signals.length ? k : -1)).filter((k) => k >= 0);
  place.setAttribute("aria-label", `Chart of ${one.name}: ${values.length} points, ${fired.length} signals, last value ${number(values.at(-1).value, 7)} ${one.unit}`);
  const sums = found.kind === CUSUM, ownScale = sums || found.kind === SHARE;
  const unit = sums ? "standard deviations" : found.kind === SHARE ? "share of units outside" : one.unit;
  const x = values.map((_, k) => k + 1), y = values.map((each) => each.plotted);
  const hover = values.map((each) => `unit ${each.serial}<br>measured ${number(each.value, 8)} ${one.unit}<br>plotted ${number(each.plotted, 8)}<br>${when(each.time_s, picture.time)}${each.signals.length ? `<br><b>${each.signals.join(", ")}</b>` : ""}${each.afresh ? "<br>begun anew" : ""}`);
  plot(place, (colour) => {
    const across = [0.5, values.length + 0.5];
    const level = (value, dash, paint) => (value === null ? [] : [{ x: across, y: [value, value], mode: "lines", line: { color: paint, width: 1.4, dash }, hoverinfo: "skip" }]);
    const limit = (name) => (values.some((each) => each[name] !== null) ? [{ x, y: values.map((each) => each[name]), mode: "lines", line: { color: colour("--soft"), width: 1.3, dash: "dash", shape: "hvh" }, hoverinfo: "skip" }] : []);
    const points = (ys) => ({ x, y: ys, mode: "lines+markers", line: { color: colour("--accent"), width: 1.3 }, marker: { size: 5.5 }, text: hover, hoverinfo: "text" });
    const single = found.kind !== "individuals" && !ownScale ? [{ x, y: values.map((each) => each.value), mode: "markers", marker: { size: 4, color: colour("--faint"), symbol: "x-thin", line: { width: 1.2, color: colour("--faint") } }, hoverinfo: "skip" }] : [];
    const sides = sums ? [points(values.map((each) => each.below))] : [];
    const tolerance = ownScale ? [] : [...level(one.upper, "solid", colour("--s4")), ...level(one.lower, "solid", colour("--s4"))];
    const last = values.at(-1);
    const words = [[ownScale ? null : one.upper, "upper", "--bad"], [ownScale ? null : one.lower, "lower", "--bad"], [last.ucl, "UCL", "--soft"], [last.lcl, "LCL", "--soft"], [found.centre, sums ? "0" : "centre", "--soft"]];
    return [[
      ...tolerance, ...level(found.centre, "solid", colour("--faint")), ...limit("ucl"), ...limit("lcl"), ...single, points(y), ...sides,
      { x: fired.map((k) => k + 1), y: fired.map((k) => (sums && -values[k].below > y[k] ? values[k].below : y[k])), mode: "markers", marker: { size: 13, symbol: "circle-open", color: colour("--s4"), line: { width: 2.6 } }, hoverinfo: "skip" },
    ], {
      xaxis: { title: { text: "point" }, range: [0.2, values.length + 0.8] }, yaxis: { title: { text: unit } }, margin: { l: 66, r: 58, t: 10, b: 38 },
      shapes: values.flatMap((each, k) => (each.afresh ? [{ type: "line", xref: "x", yref: "paper", x0: k + 0.5, x1: k + 0.5, y0: 0, y1: 1, line: { color: colour("--s6"), width: 1.5, dash: "dot" } }] : [])),
      annotations: words.filter(([value]) => value !== null).map(([value, text, paint]) => ({ xref: "paper", x: 1, xanchor: "left", yanchor: "middle", y: value, text, showarrow: false, font: { size: 11, color: colour(paint) } })),
    }];
  });
  const counts = new Map();
  for (const rule of values.flatMap((each) => each.signals)) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  show(notes, h("div", { class: "legend" }, h("span", {}, found.kind === CUSUM || found.kind === SHARE ? "dashed: control limits" : "solid: tolerance · dashed: control limits"), found.kind !== "individuals" && found.kind !== CUSUM && found.kind !== SHARE ? h("span", {}, "× single results") : null,
    [...counts].map(([rule, n]) => h("span", { class: "pill risk" }, `◯ ${n} × ${rule}`)), values.some((each) => each.afresh) ? h("span", {}, "⋮ somebody looked: the chart begins anew") : null,
    found.centre === null ? h("span", {}, "the chart's limits come with the 25th value") : null));
}

// The tool's offset as corrections moved it.
function drawOffsets(found, place) {
  const { corrections, characteristic: one } = found;
  place.hidden = !corrections.length;
  if (!corrections.length) return;
  const tools = [...new Set(corrections.map((each) => each.tool))];
  place.setAttribute("aria-label", `Offsets of ${tools.join(", ")}: ${corrections.length} corrections`);
  plot(place, (colour) => {
    const paints = ["--s7", "--s4", "--s6", "--s3", "--s9", "--s1"].map((name) => colour(name));
    const traces = tools.flatMap((tool, k) => {
      const mine = corrections.filter((each) => each.tool === tool);
      const text = mine.map((each) => `${tool}: ${number(each.old)} → ${number(each.new)} ${one.unit}<br>${each.why}${each.value === null ? "" : `, on ${number(each.value, 8)} of unit ${each.serial}`}<br>${when(each.time_s, picture.time)}`);
      const symbol = mine.map((each) => (each.why === "new tool" ? "square" : "triangle-up"));
      return [{ x: mine.map((each) => each.time_s), y: mine.map((each) => each.new), name: tool, mode: "lines+markers", line: { shape: "hv", width: 1.5, color: paints[k % paints.length], dash: ["solid", "dot", "dash"][Math.floor(k / 2) % 3] }, marker: { size: 8, symbol }, text, hoverinfo: "text" }];
    });
    const from = corrections[0].time_s, to = Math.max(corrections.at(-1).time_s, picture.time);
    const ticks = Array.from({ length: 6 }, (_, k) => from + ((to - from) * k) / 5);
    return [traces, { showlegend: tools.length > 1, legend: { orientation: "h", y: 1.25 }, xaxis: { range: [from, to], tickvals: ticks, ticktext: ticks.map((t) => when(t, picture.time)) }, yaxis: { title: { text: `offset, ${one.unit}` } }, margin: { l: 66, r: 58, t: 24, b: 30 } }];
  });
}
