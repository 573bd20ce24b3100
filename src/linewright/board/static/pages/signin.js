// Signing in, and choosing a password of one's own.

import { changePassword, me, signIn } from "../api.js";
import { h, show } from "../dom.js";

export function render(main) {
  const place = h("div");
  main.append(place);
  if (me.person && me.must_change_password) choose(place, "");
  else enter(place);
}

function done() {
  location.hash = "#/line";
  location.reload();
}

function enter(place) {
  const wrong = h("p", { class: "bad", role: "alert", style: "min-height: 1.4em; margin: 0" });
  const send = async (event) => {
    event.preventDefault();
    const { person, password } = Object.fromEntries(new FormData(event.target));
    try {
      await signIn(person, password);
      if (me.must_change_password) choose(place, password);
      else done();
    } catch (error) {
      wrong.textContent = error.message;
    }
  };
  show(place, h("form", { class: "panel signin", onsubmit: send }, h("h1", {}, "Sign in"), h("label", {}, "Name", h("input", { name: "person", autocomplete: "username", required: true, autofocus: true })),
    h("label", {}, "Password", h("input", { name: "password", type: "password", autocomplete: "current-password", required: true })), wrong, h("button", { class: "primary", style: "justify-content: center" }, "Sign in")));
  place.querySelector("input").focus();
}

function choose(place, old) {
  const wrong = h("p", { class: "bad", role: "alert", style: "min-height: 1.4em; margin: 0" });
  const send = async (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(event.target));
    try {
      await changePassword(data.old ?? old, data.fresh);
      done();
    } catch (error) {
      wrong.textContent = error.message;
    }
  };
  show(place, h("form", { class: "panel signin", onsubmit: send }, h("h1", {}, "A password of your own"), h("p", { class: "soft" }, "The one you were given is good for this alone."),
    !old && h("label", {}, "Password that you were given", h("input", { name: "old", type: "password", autocomplete: "current-password", required: true })),
    h("label", {}, "New password, ten characters or more", h("input", { name: "fresh", type: "password", autocomplete: "new-password", minlength: 10, required: true })), wrong, h("button", { class: "primary", style: "justify-content: center" }, "Choose")));
  place.querySelector("input").focus();
}
