// Who may sign in, for admins.

import { get, put, remove } from "../api.js";
import { h, note, option, show } from "../dom.js";

const ROLES = ["viewer", "operator", "engineer", "admin"];

export async function render(main) {
  const body = h("tbody");
  const add = async (event) => {
    event.preventDefault();
    await change(() => put("accounts", Object.fromEntries(new FormData(event.target))), "The account is there; the password must be changed at the first sign-in");
    event.target.reset();
  };
  main.append(h("div", { class: "head" }, h("h1", {}, "Accounts")), h("div", { class: "stack" }, h("section", { class: "panel" }, h("table", {}, h("thead", {}, h("tr", {}, ["Person", "Role", "Password", ""].map((word) => h("th", {}, word)))), body)),
    h("section", { class: "panel" }, h("h2", {}, "New account, or new password"), h("form", { class: "row", onsubmit: add }, h("label", {}, "Person", h("input", { name: "person", required: true, pattern: "[A-Za-z0-9._\\-]{1,64}" })),
      h("label", {}, "Role", h("select", { name: "role" }, ROLES.map((role) => option(role)))), h("label", {}, "First password, ten characters or more", h("input", { name: "password", type: "text", minlength: 10, required: true, autocomplete: "off" })), h("button", { class: "primary" }, "Save")))));
  const ask = async () => show(body, (await get("accounts")).map((one) => h("tr", {}, h("td", {}, h("b", {}, one.person)), h("td", {}, role(one)), h("td", { class: "soft" }, one.must_change_password ? "to be changed at sign-in" : "their own"),
    h("td", { class: "num" }, h("button", { onclick: () => change(() => remove(`accounts/${encodeURIComponent(one.person)}`), `${one.person} is removed`) }, "Remove")))));
  const role = (one) => {
    const field = h("select", { "aria-label": `Role of ${one.person}`, onchange: () => change(() => put("accounts", { person: one.person, role: field.value }), `${one.person} is ${field.value}`) }, ROLES.map((each) => option(each)));
    field.value = one.role;
    return field;
  };
  const change = async (act, words) => {
    try {
      await act();
      note(words);
    } catch (error) {
      note(error.message);
    }
    await ask();
  };
  await ask();
}
