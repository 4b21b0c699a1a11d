// Asking the GraphQL API: operations from .graphql files, tokens that are renewed, refusals.
import { signal } from "./vendor/signals.js";

export const start = JSON.parse(document.getElementById("start").textContent);
// The mall in a desk's frame is asked for by whoever arranges it.
export const previewing = start.app === "mall" && new URLSearchParams(location.search).has("preview");
const KEY = `qianmian.${previewing ? "desk" : start.app}`;

// A value that outlives the page, kept on this device as JSON; null where there is none.
export function stored(name) {
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(name));
      } catch {
        return null;
      }
    },
    write: (value) => localStorage.setItem(name, JSON.stringify(value)),
    drop: () => localStorage.removeItem(name),
  };
}
const own = stored(KEY);

// Who is signed in, as it is kept on this device: { viewer, refresh, device }.
export const session = signal(kept());
// Whether the session ended while its person was at work; the page stays as it is.
export const ended = signal(false);
// What was asked lately, the newest first, for "see the query".
export const asked = signal([]);

// In memory only; a visitor's, who has nothing to renew it by, lasts as long as their tab.
const VISITOR = "qianmian.visitor";
let access = start.app === "mall" && !previewing ? sessionStorage.getItem(VISITOR) : null;
let renewing = null;
let waiting = [];
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel(KEY) : null;

export class Refused extends Error {
  // errors: [{ code, field, message }] as userErrors are.
  constructor(errors, requestId, status = 200) {
    super(errors.map((one) => one.message).join(" "));
    Object.assign(this, { errors, requestId, status, code: errors[0]?.code });
  }
  at(field) {
    return this.errors.filter((one) => (one.field ?? []).join(".") === field);
  }
}

function kept() {
  return own.read() ?? {};
}

function keep(change) {
  session.value = { ...kept(), ...change };
  own.write(session.value);
}

// Another tab signed in, renewed or left: this one goes along.
tabs?.addEventListener("message", ({ data }) => {
  access = data.access;
  session.value = kept();
  if (access) goOn();
});

export function signedIn({ viewer, accessToken, refreshToken, device }) {
  access = accessToken;
  sessionStorage.removeItem(VISITOR);
  keep({ viewer, refresh: refreshToken ?? null, ...(device ? { device } : {}) });
  tabs?.postMessage({ access });
  goOn();
}

export function forget() {
  access = null;
  sessionStorage.removeItem(VISITOR);
  keep({ viewer: null, refresh: null });
  tabs?.postMessage({ access: null });
}

function goOn() {
  ended.value = false;
  const those = waiting;
  waiting = [];
  those.forEach((one) => one.resume());
}

// Give up what waits for the session to go on.
export function giveUp() {
  ended.value = false;
  const those = waiting;
  waiting = [];
  those.forEach((one) => one.fail(new Refused([{ code: "UNAUTHENTICATED", message: "" }])));
}

// A text of one's own for a request that must not happen twice; works on plain HTTP too.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

// The operations of a .graphql file, each with the fragments of the file that it uses.
const read = new Map();
export function operations(name) {
  if (!read.has(name)) {
    const found = fetch(`${start.files}pages/${name}.graphql`, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.statusText))))
      .then(parsed);
    found.catch(() => read.delete(name));
    read.set(name, found);
  }
  return read.get(name);
}

export function parsed(text) {
  const parts = text.split(/^(?=(?:query|mutation|subscription|fragment)\b)/m);
  const made = {};
  const fragments = {};
  for (const part of parts) {
    const [, kind, name] = part.match(/^(\w+)\s+(\w+)/) ?? [];
    if (kind === "fragment") fragments[name] = part;
    else if (kind) made[name] = { kind, name, text: part };
  }
  for (const one of Object.values(made)) {
    const used = new Set();
    const walk = (part) => {
      for (const [, name] of part.matchAll(/\.\.\.\s*(\w+)/g)) {
        if (fragments[name] && !used.has(name)) walk((used.add(name), fragments[name]));
      }
    };
    walk(one.text);
    one.text = [one.text, ...[...used].map((name) => fragments[name])].join("\n").trim();
  }
  return made;
}

// One answer of the API. While the session is over, it waits for it to go on; signing in does not.
export async function ask(operation, variables = {}, options = {}) {
  if (options.stranger) return send(operation, variables, options);
  const whose = session.value.viewer?.id;
  if (!access && session.value.refresh) await renew(whose);
  try {
    return await send(operation, variables, options);
  } catch (fault) {
    if (fault.status !== 401) throw fault;
    access = null;
    await renew(whose);
    return send(operation, variables, options);
  }
}

// A visitor of the mall, who is nobody yet.
export async function visit() {
  if (!access && !session.value.refresh) {
    const ops = await operations("session");
    const { visitStart } = await send(ops.Visit, {}, {});
    access = visitStart.accessToken;
    sessionStorage.setItem(VISITOR, access);
    session.value = { ...session.value, viewer: visitStart.viewer };
  }
}

// Exchange the refresh token, once for all tabs that want to at the same time. What one person
// asked for at the desk is never asked in the name of another, who signed in there meanwhile.
async function renew(whose) {
  renewing ??= alone(exchange).finally(() => (renewing = null));
  await renewing;
  if (start.app === "desk" && whose && whose !== session.value.viewer?.id) throw new Refused([{ code: "UNAUTHENTICATED", message: "" }]);
}

function alone(work) {
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}

async function exchange() {
  if (access) return;
  const token = kept().refresh;
  try {
    if (!token) throw new Refused([{ code: "UNAUTHENTICATED", message: "" }], "", 401);
    const ops = await operations("session");
    const { sessionRefresh } = await send(ops.Renew, { token }, {});
    signedIn(sessionRefresh);
  } catch (fault) {
    if (fault.code !== "UNAUTHENTICATED") throw fault;
    if (previewing) throw fault;
    if (start.app === "mall") {
      forget();
      return visit();
    }
    ended.value = true;
    await new Promise((resume, fail) => waiting.push({ resume, fail }));
  }
}

async function send(operation, variables, { signal: abort, file, progress } = {}) {
  const began = performance.now();
  const body = { query: operation.text, variables, operationName: operation.name };
  const answer = file
    ? await uploaded(body, file, progress, abort)
    : await fetched(written(body), abort);
  const note = { operation, variables, answer: answer.body, ms: performance.now() - began };
  asked.value = [note, ...asked.value].slice(0, 30);
  return good(answer);
}

// A number that is none would be told as null, which means something else: all of it, or none.
function written(body) {
  return JSON.stringify(body, (_, value) => {
    if (typeof value !== "number" || Number.isFinite(value)) return value;
    throw new Refused([{ code: "INVALID", message: "Write numbers in digits, and sums with two decimals at most." }]);
  });
}

function headers() {
  return access ? { Authorization: `Bearer ${access}` } : {};
}

// How far the service's clock is ahead of this device's, in ms; it tells whole seconds.
let ahead = 0;
export const serverNow = () => Date.now() + ahead;

function hear(date) {
  const found = Date.parse(date) - Date.now();
  if (Number.isFinite(found) && Math.abs(found - ahead) > 2000) ahead = found;
}

async function fetched(body, abort) {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers() },
    body,
    signal: abort,
  });
  const requestId = answer.headers.get("x-request-id");
  hear(answer.headers.get("date"));
  return { status: answer.status, requestId, body: await answer.json().catch(() => ({})) };
}

// One file in a multipart request; fetch does not tell how far it is.
function uploaded(body, file, progress, abort) {
  const form = new FormData();
  form.append("operations", JSON.stringify({ ...body, variables: { ...body.variables, file: null } }));
  form.append("map", JSON.stringify({ 0: ["variables.file"] }));
  form.append("0", file, file.name);
  return sent("POST", "/graphql", form, headers(), progress, abort).then((request) => ({
    status: request.status,
    requestId: request.getResponseHeader("x-request-id"),
    body: JSON.parse(request.responseText || "{}"),
  }));
}

export function sent(method, address, data, head = {}, progress = () => {}, abort = null) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    Object.entries(head).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new TypeError("network"));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    abort?.addEventListener("abort", () => request.abort());
    request.send(data);
  });
}

function good({ status, requestId, body }) {
  if (body.errors?.length && (!body.data || status >= 400)) {
    throw new Refused(body.errors.map(asUserError), requestId, status);
  }
  if (!body.data) throw new Refused([{ code: "UNAVAILABLE", message: `HTTP ${status}` }], requestId, status);
  for (const part of Object.values(body.data)) {
    if (part?.userErrors?.length) throw new Refused(part.userErrors, requestId);
  }
  const data = body.data;
  if (body.errors?.length) Object.defineProperty(data, "faults", { value: body.errors.map(asUserError) });
  return data;
}

function asUserError({ message, path, extensions }) {
  return { code: extensions?.code, field: path ?? [], message };
}

// Hear of what a subscription tells until the answer is called; comes back by itself.
export function listen(operation, variables, heard, reopened = () => {}) {
  let socket;
  let over = false;
  let tries = 0;
  let again;
  async function open() {
    if (!access && session.value.refresh) await renew();
    if (over) return;
    const address = new URL("/graphql", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address, "graphql-transport-ws");
    socket.onopen = () => tell({ type: "connection_init", payload: { authorization: headers().Authorization } });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "connection_ack") {
        const payload = { query: operation.text, variables, operationName: operation.name };
        tell({ id: "1", type: "subscribe", payload });
        if (tries) reopened();
        tries = 0;
      } else if (message.type === "ping") tell({ type: "pong" });
      else if (message.type === "next" && message.payload.data) heard(message.payload.data);
    };
    socket.onclose = ({ code }) => {
      if (over) return;
      if (code === 4403) access = null;
      tries += 1;
      again = setTimeout(() => open().catch(() => {}), Math.min(30000, 500 * 2 ** tries));
    };
  }
  function tell(message) {
    if (socket.readyState === 1) socket.send(JSON.stringify(message));
  }
  open().catch(() => {});
  return () => {
    over = true;
    clearTimeout(again);
    socket?.close();
  };
}
