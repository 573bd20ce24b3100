// The REST API, and who is signed in.

export const me = { person: "", role: null, csrf: "", must_change_password: false, actions: [] };
const RANKS = ["viewer", "operator", "engineer", "admin"];

export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && me.csrf) headers["X-CSRF-Token"] = me.csrf;
  const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const detail = Array.isArray(found.detail) ? found.detail.map((one) => one.msg).join("; ") : found.detail;
    throw new Refused(answer.status, detail || `The server answered ${answer.status}`);
  }
  return found;
}

export function get(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(given).toString();
  return ask("GET", query ? `${path}?${query}` : path);
}

export const post = (path, body) => ask("POST", path, body);
export const put = (path, body) => ask("PUT", path, body);
export const remove = (path) => ask("DELETE", path);

export async function whoAmI() {
  Object.assign(me, await get("session"));
  return me;
}

export async function signIn(person, password) {
  Object.assign(me, await post("session", { person, password }));
}

export async function signOut() {
  await remove("session");
  await whoAmI();
}

export async function changePassword(old, fresh) {
  Object.assign(me, await put("session/password", { old, new: fresh }));
}

export function mayAct(kind) {
  return me.actions.some((one) => one.kind === kind);
}

export function atLeast(role) {
  return RANKS.indexOf(me.role) >= RANKS.indexOf(role);
}
