// From a unit, a material, a machine, a tool or a crew and a span of time to everything concerned.

import { get } from "../api.js";
import { counted, dayOf, h, option, show } from "../dom.js";
import { picture } from "../wire.js";
import { row } from "./unit.js";

const CAUSES = { machine: "a machine", tool: "a tool", unit: "a unit (serial number)", material: "all units of a material", crew: "a crew" };

export async function render(main, [cause = "machine", subject = ""]) {
  const { line } = picture;
  const names = { machine: line.machines.map((one) => one.name), tool: line.tools, material: line.materials.filter((_, k) => line.operations.some((each) => each.startsWith(`${line.materials[k]}.`))), crew: line.crews };
  const [named, edge] = cause === "tool" ? subject.split("#") : [subject, ""];
  const kind = h("select", { name: "cause", onchange: () => fields() }, Object.entries(CAUSES).map(([value, words]) => option(value, words)));
  kind.value = cause in CAUSES ? cause : "machine";
  const place = h("span", { class: "row" }), answer = h("div");
  const fields = (first = "") => {
    const list = names[kind.value];
    const field = list ? h("select", { name: "subject" }, list.map((one) => option(one))) : h("input", { name: "subject", type: "number", min: 0, required: true });
    if (first) field.value = first;
    show(place, h("label", {}, kind.value === "unit" ? "Serial number" : "Which", field),
      kind.value === "tool" && h("label", {}, "Number of the tool (empty: any)", h("input", { name: "edge", type: "number", min: 1, value: edge ?? "" })),
      kind.value !== "unit" && h("label", {}, "From (day, hour)", span("from", 1, 0)), kind.value !== "unit" && h("label", {}, "To (day, hour)", span("to", dayOf(picture.time), 24)));
  };
  const ask = async (event) => {
    event?.preventDefault();
    const data = Object.fromEntries(new FormData(form));
    try {
      const at = (end) => (data[`${end}_day`] === undefined ? undefined : counted((Number(data[`${end}_day`]) - 1) * 86400 + Number(data[`${end}_hour`]) * 3600));
      tell(answer, await get("recall", { cause: data.cause, subject: data.subject, edge: data.edge, from_s: at("from"), to_s: at("to") }));
    } catch (error) {
      show(answer, h("p", { class: "empty bad" }, error.message));
    }
  };
  const form = h("form", { class: "row", onsubmit: ask }, h("label", {}, "Recall everything that met", kind), place, h("button", { class: "primary" }, "Find"));
  fields(named);
  main.append(h("div", { class: "head" }, h("h1", {}, "Recall")), h("section", { class: "panel" }, form), answer);
  if (subject) await ask();
}

function span(name, day, hour) {
  return h("span", { class: "row", style: "gap: .3rem" }, h("input", { name: `${name}_day`, type: "number", min: 1, value: day, style: "width: 5rem" }), h("input", { name: `${name}_hour`, type: "number", min: 0, max: 24, step: "any", value: hour, style: "width: 4.6rem" }));
}

function tell(answer, found) {
  const download = () => {
    const rows = [["role", "serial", "material", "order", "state"], ...[["touched", found.touched_units], ["whole", found.whole_units]].flatMap(([role, units]) => units.map((one) => [role, one.serial, one.material, one.order, one.end || "in process"]))];
    const text = rows.map((one) => one.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(",")).join("\r\n");
    const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "recall.csv" });
    link.click();
    URL.revokeObjectURL(link.href);
  };
  show(answer, h("div", { class: "tiles", style: "margin-top: .9rem" }, tile("Units that met it", found.touched), tile("They are now in", found.wholes, "wholes"), tile("Orders concerned", found.orders.length)),
    h("div", { class: "stack" }, found.orders.length ? h("section", { class: "panel" }, h("h2", {}, "Orders"), h("div", { class: "chain" }, found.orders.map((order) => h("span", { class: "pill" }, order)))) : null,
      h("section", { class: "panel" }, h("div", { class: "head" }, h("h2", { style: "margin: 0" }, "Where they are now", h("small", {}, found.question)), h("button", { onclick: download }, "Save as CSV")), table(found.whole_units, found.wholes)),
      h("section", { class: "panel" }, h("h2", {}, "Units that met it"), table(found.touched_units, found.touched))));
}

function tile(name, value, unit = "") {
  return h("div", { class: "panel tile" }, h("div", { class: "name" }, name), h("div", { class: "value" }, value.toLocaleString("en"), h("small", {}, unit)));
}

function table(units, of) {
  if (!units.length) return h("p", { class: "empty" }, "None.");
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { class: "num" }, "Unit"), ["Material", "Order", "Released", "Ended", "State", "In"].map((word) => h("th", {}, word)))),
    h("tbody", {}, units.map(row))), of > units.length ? h("p", { class: "soft" }, `the first ${units.length} of ${of}`) : null);
}

