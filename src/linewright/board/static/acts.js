// What a person may do to a thing: a button for each action, and a form where more must be said.

import { me, post } from "./api.js";
import { h, note, option, show } from "./dom.js";
import { picture } from "./wire.js";

const RULES = ["fifo", "shortest-processing-time", "earliest-due-date", "critical-ratio", "slack", "apparent-tardiness-cost", "fewest-setups", "priority"];

// Buttons for what may be done to a thing of a kind; `fits` leaves out what makes no sense now.
export function buttons(subject, name, fits = () => true, done = () => {}) {
  const mine = me.actions.filter((one) => one.subject === subject && fits(one.kind));
  return mine.map((one) => h("button", { onclick: () => (one.detail || one.amount || one.needs_reason ? ask(one, name, done) : act(one, { subject: name }, done)) }, one.words));
}

// Buttons for what may be done to things that have no page of their own; the form asks to which of them.
const NAMED = { material: () => picture.line.materials, "bought material": () => picture.line.materials, station: () => picture.line.stations.filter((one) => one.belt === null).map((one) => one.name) };
export function general(done = () => {}) {
  return me.actions.filter((one) => one.subject in NAMED).map((one) => h("button", { onclick: () => ask(one, null, done) }, one.words));
}

async function act(one, request, done) {
  try {
    await post("actions", { kind: one.kind, ...request });
    note(`${one.words}: ${request.subject}`);
    done();
  } catch (error) {
    note(error.message);
  }
}

export const answer = (job, detail, done) => act({ kind: "answer", words: "Answered" }, { subject: job, detail }, done);

// Work is done that measures something: what was measured is told with it, what was not stays empty.
export function answerMeasured({ job, words, to_measure }, done) {
  const form = h("dialog", { "aria-label": words });
  const limits = ({ lower, upper, unit }) => [lower === null ? "" : `from ${lower}`, upper === null ? "" : `to ${upper}`, unit].filter(Boolean).join(" ");
  const send = async (event) => {
    event.preventDefault();
    const told = new FormData(event.target);
    const values = to_measure.map(({ serial, characteristic }, k) => ({ serial, characteristic, value: told.get(`value-${k}`) })).filter(({ value }) => value !== "");
    form.close();
    await act({ kind: "answer", words: "Answered" }, { subject: job, detail: "done", values: values.map((one) => ({ ...one, value: Number(one.value) })) }, done);
  };
  show(form, h("form", { onsubmit: send, style: "display: grid; gap: .8rem" }, h("h2", { style: "margin: 0" }, words),
    to_measure.map((one, k) => h("label", {}, `${one.characteristic} of unit ${one.serial} (${limits(one)})`, h("input", { name: `value-${k}`, type: "number", step: "any" }))),
    h("div", { class: "row", style: "justify-content: end" }, h("button", { type: "button", onclick: () => form.close() }, "Leave it"), h("button", { class: "primary" }, "Done"))));
  form.addEventListener("close", () => form.remove());
  document.body.append(form);
  form.showModal();
}

function ask(one, name, done) {
  const form = h("dialog", { "aria-label": one.words });
  const send = async (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(event.target));
    form.close();
    await act(one, { subject: name ?? data.subject, detail: data.detail ?? "", amount: Number(data.amount ?? 0), reason: data.reason ?? "" }, done);
  };
  show(form, h("form", { onsubmit: send, style: "display: grid; gap: .8rem" }, h("h2", { style: "margin: 0" }, name === null ? one.words : `${one.words}: ${name}`),
    name === null && h("label", {}, one.subject, h("select", { name: "subject" }, NAMED[one.subject]().map((each) => option(each)))), detail(one.detail),
    one.amount && h("label", {}, one.amount, h("input", { name: "amount", type: "number", step: "any", required: true })),
    h("label", {}, one.needs_reason ? "Reason" : "Reason (if there is one to tell)", h("input", { name: "reason", required: one.needs_reason, maxlength: 500 })),
    h("div", { class: "row", style: "justify-content: end" }, h("button", { type: "button", onclick: () => form.close() }, "Leave it"), h("button", { class: "primary" }, one.words))));
  form.addEventListener("close", () => form.remove());
  document.body.append(form);
  form.showModal();
}

function detail(what) {
  const { line } = picture;
  const choices = { operation: line.operations, queue: line.queues.map((one) => one.name), failure: ["", ...line.failures], rule: RULES }[what];
  if (!what) return null;
  return h("label", {}, what, choices ? h("select", { name: "detail" }, choices.map((one) => option(one))) : h("input", { name: "detail", maxlength: 200 }));
}
