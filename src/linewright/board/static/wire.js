// The moving picture: one vector of whole numbers, kept up to date by the WebSocket (see board/picture.py).

import { get } from "./api.js";
import { goBy } from "./dom.js";

export const picture = { line: null, cells: null, time: 0, connected: false };
const watchers = new Set();
let beat;

export async function open() {
  picture.line = await get("line");
  goBy(picture.line.leads);
  picture.cells = new Int32Array(picture.line.cells.size);
  connect();
}

export function watch(seen) {
  watchers.add(seen);
  if (picture.cells && picture.connected) seen();
  return () => watchers.delete(seen);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = (message) => {
    read(message.data);
    picture.connected = true;
    clearTimeout(beat);
    beat = setTimeout(() => socket.close(), 6000);
    tell();
  };
  socket.onclose = () => {
    clearTimeout(beat);
    picture.connected = false;
    tell();
    setTimeout(connect, 1500);
  };
}

function read(data) {
  const head = new DataView(data);
  picture.time = head.getFloat64(0, true);
  const whole = head.getInt32(8, true) === 0;
  const cells = new Int32Array(data, 16);
  if (whole) picture.cells.set(cells);
  else for (let k = 0; k < cells.length; k += 2) picture.cells[cells[k]] = cells[k + 1];
}

function tell() {
  for (const seen of watchers) seen();
}

// ---------------------------------------------------------------- reading

export function total(name) {
  const { first, fields } = picture.line.cells;
  return picture.cells[first.totals + fields.totals.indexOf(name)];
}

function block(name, k) {
  const { first, fields } = picture.line.cells;
  const words = fields[name], start = first[name] + k * words.length;
  return Object.fromEntries(words.map((word, i) => [word, picture.cells[start + i]]));
}

export const machine = (k) => block("machines", k);
export const vehicle = (k) => block("vehicles", k);
export const crew = (k) => block("crews", k);
export const queue = (k) => picture.cells[picture.line.cells.first.queues + k];
export const belt = (k) => picture.cells[picture.line.cells.first.belts + k];
export const flow = (k) => picture.cells[picture.line.cells.first.flow + k];
