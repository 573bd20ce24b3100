// A gauge study: readings of every part by every operator in, where the variation comes from out.

import { get, post } from "../api.js";
import { plot } from "../charts.js";
import { h, headOf, note, number, show } from "../dom.js";

const MOST = 2000;
const EXAMPLE = "part,operator,value\n1,Ada,19.9934\n1,Ada,19.9931\n1,Ben,19.9938\n1,Ben,19.9936\n2,Ada,…";

export async function render(main, [name]) {
  if (!name) {
    location.hash = "#/quality";
    return null;
  }
  const { characteristic: one } = await get(`quality/${encodeURIComponent(name)}`);
  const answer = h("div", { class: "stack", "aria-live": "polite" }), text = h("textarea", { rows: 9, required: true, placeholder: EXAMPLE, "aria-label": "Readings: part, operator, value", spellcheck: "false" });
  const file = h("input", { type: "file", accept: ".csv,.txt,text/csv", "aria-label": "A CSV file of readings" });
  file.addEventListener("change", async () => {
    if (file.files.length) text.value = await file.files[0].text();
  });
  const study = async (event) => {
    event.preventDefault();
    try {
      tell(await post(`quality/${encodeURIComponent(name)}/gauge-study`, { readings: readings(text.value) }), one, answer);
    } catch (error) {
      note(error.message);
      show(answer, h("p", { class: "bad" }, error.message));
    }
  };
  main.append(h("div", { class: "head" }, h("h1", {}, "Gauge study", h("small", {}, name)), h("a", { class: "button", href: `#/quality/${encodeURIComponent(name)}` }, "Its chart")),
    h("div", { class: "stack" }, facts(one), h("form", { class: "panel stack", onsubmit: study }, h("h2", {}, "Readings", h("small", {}, `part, operator, value in ${one.unit}; every part as often by every operator`)), text,
      h("div", { class: "row" }, file, h("button", { class: "primary" }, "Study"))), answer));
  return null;
}

function facts(one) {
  const { gauge } = one;
  if (!gauge) return h("p", { class: "panel" }, "The plant names no gauge for this characteristic.");
  return h("p", { class: "panel" }, h("b", {}, `The plan says: `), gauge.repeatability === null ? "no repeatability" : `repeatability ${number(gauge.repeatability)} ${one.unit}, uncertainty ${number(gauge.uncertainty)} ${one.unit} (k = 2)`,
    gauge.due ? `; calibration ${gauge.status}, ${gauge.due}` : "; when it was calibrated is not said", ".");
}

// Lines of part, operator, value; a first line of words is a head. Commas, semicolons or tabs between.
function readings(text) {
  const rows = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean).map((line) => line.split(/[;\t]|,(?=\s*\S)/).map((cell) => cell.trim()));
  if (rows.length && Number.isNaN(Number(rows[0].at(-1)))) rows.shift();
  if (rows.length > MOST) throw new Error(`at most ${MOST} readings`);
  return rows.map((cells, k) => {
    const value = Number(cells[2]);
    if (cells.length !== 3 || cells[2] === "" || Number.isNaN(value)) throw new Error(`reading ${k + 1} is not part, operator, value: ${cells.join(", ")}`);
    return { part: cells[0], operator: cells[1], value };
  });
}

const NAMES = { gauge: "gauge R&R", part: "from part to part" };
const TONES = { acceptable: "good", conditional: "risk", "not acceptable": "bad" };

function tell(found, one, answer) {
  const bars = h("div", { class: "plot", role: "img", "aria-label": "Shares of the variation" });
  const rows = found.components.map((each) => h("tr", {}, h("td", {}, NAMES[each.name] ?? each.name), [each.sigma, each.contribution_pct, each.study_pct, each.tolerance_pct].map((value) => h("td", { class: "num" }, number(value, 4)))));
  const anova = found.anova.map((row) => h("tr", {}, h("td", {}, row.source), [row.df, row.ss, row.ms, row.f, row.p].map((value) => h("td", { class: "num" }, number(value, 4)))));
  const ours = found.components.find((each) => each.name === "repeatability").sigma, planned = found.planned_repeatability;
  show(answer, h("div", { class: "panel" }, h("p", {}, h("span", { class: `pill ${TONES[found.verdict]}` }, found.verdict), ` ${found.ndc} distinct categories`, found.interaction_pooled ? "; the interaction is pooled into the error" : ""),
    planned ? h("p", { class: "soft" }, `Repeatability here ${number(ours)} ${found.unit}; the plan says ${number(planned)} ${found.unit}.`) : null),
    h("div", { class: "grid two" }, h("section", { class: "panel" }, h("h2", {}, "Where the variation comes from"), bars), h("section", { class: "panel" }, h("h2", {}, "Components"), h("table", {}, headOf(["", `σ, ${found.unit}`, "% of variance", "% of study", "% of tolerance"]), h("tbody", {}, rows)))),
    h("section", { class: "panel" }, h("h2", {}, "Analysis of variance"), h("table", {}, headOf(["Source", "df", "SS", "MS", "F", "p"]), h("tbody", {}, anova)), h("p", { class: "soft" }, found.method.join("; "))));
  const shown = found.components.filter((each) => each.name !== "total");
  plot(bars, (colour) => [[["contribution_pct", "% of variance", "--s7", ""], ["study_pct", "% of study", "--s1", "/"], ["tolerance_pct", "% of tolerance", "--s6", "x"]].map(([key, words, paint, shape]) => ({
    type: "bar", name: words, x: shown.map((each) => NAMES[each.name] ?? each.name), y: shown.map((each) => each[key]), marker: { color: colour(paint), pattern: { shape, fillmode: "overlay", fgcolor: colour("--panel"), fgopacity: 0.7 } }, hovertemplate: `%{y:.1f} ${words}<extra></extra>`,
  })), { barmode: "group", showlegend: true, legend: { orientation: "h", y: 1.15 }, yaxis: { title: { text: "%" } }, margin: { l: 48, r: 10, t: 26, b: 40 } }]);
  answer.scrollIntoView({ block: "nearest" });
}
