// Files on their way in: three at a time, large ones in parts, gone on with after a break.
import { Refused, ask, operations, sent, stored } from "./ask.js";
import { Refusal, floating, html, said, signal, size, t } from "./kit.js";

const AT_ONCE = 3;
const LARGE = 8 * 1024 * 1024;
const begun = stored("qianmian.uploads");
const ACTIVE = ["sending", "checking"];

// [{ key, file, state, sent, fault, asset, known }]; state is one of waiting, sending, checking,
// done, refused (the service will not have it) and broken (the network).
export const files = signal([]);
// Counts what arrived, for lists that want to be asked again.
export const arrived = signal(0);

const change = (key, what) => (files.value = files.value.map((one) => (one.key === key ? { ...one, ...what } : one)));

// The same file, dropped again after a break.
const mark = (file) => `${file.name}/${file.size}/${file.lastModified}`;

export function add(list) {
  const fresh = [...list].filter((file) => file.size || file.type);
  const running = new Set(files.value.filter((one) => one.state !== "done").map((one) => mark(one.file)));
  const added = fresh
    .filter((file) => !running.has(mark(file)))
    .map((file, place) => ({ key: `${Date.now()}-${place}-${file.name}`, file, state: "waiting", sent: 0 }));
  const again = fresh.filter((file) => running.has(mark(file))).map(mark);
  files.value = [...files.value, ...added];
  files.value.filter((one) => again.includes(mark(one.file)) && !ACTIVE.includes(one.state)).forEach((one) => retry(one.key));
  floating.value = Tray;
  next();
}

export function retry(key) {
  change(key, { state: "waiting", fault: null });
  next();
}

export function retryAll() {
  files.value.filter((one) => ["refused", "broken"].includes(one.state)).forEach((one) => retry(one.key));
}

addEventListener("online", () => files.value.filter((one) => one.state === "broken").forEach((one) => retry(one.key)));
addEventListener("beforeunload", (event) => {
  if (files.value.some((one) => one.state === "waiting" || ACTIVE.includes(one.state))) event.preventDefault();
});

function next() {
  while (files.value.filter((one) => ACTIVE.includes(one.state)).length < AT_ONCE) {
    const one = files.value.find(({ state }) => state === "waiting");
    if (!one) return;
    change(one.key, { state: "sending", sent: 0 });
    run(one).finally(next);
  }
}

async function run({ key, file }) {
  const progress = (count) => change(key, { sent: count, state: count >= file.size ? "checking" : "sending" });
  try {
    const ops = await operations("library");
    const done = file.size > LARGE ? await inParts(ops, file, progress) : await whole(ops, file, progress);
    change(key, { state: "done", ...done });
    arrived.value += 1;
  } catch (fault) {
    change(key, { state: fault instanceof Refused && fault.status < 500 ? "refused" : "broken", fault });
  }
}

async function whole(ops, file, progress) {
  const answer = await ask(ops.LibraryUpload, {}, { file, progress: (count) => progress(Math.min(count, file.size)) });
  const { asset, known, nearDuplicates } = answer.assetUpload;
  return { asset, known, near: nearDuplicates };
}

async function inParts(ops, file, progress) {
  const known = kept()[mark(file)];
  let upload = known && (await ask(ops.LibraryUploadGoOn, { id: known })).directUpload;
  if (!upload) {
    const variables = { fileName: file.name, bytes: file.size };
    upload = (await ask(ops.LibraryUploadStart, variables)).directUploadStart.upload;
    begun.write({ ...kept(), [mark(file)]: upload.id });
  }
  const done = new Map(upload.parts.map((part) => [part.number, part.arrived ? part.bytes : 0]));
  const tell = () => progress([...done.values()].reduce((sum, count) => sum + count, 0));
  const length = upload.parts[0].bytes;
  for (const part of upload.parts.filter((one) => !one.arrived)) {
    const begin = (part.number - 1) * length;
    const piece = file.slice(begin, begin + part.bytes);
    const answer = await sent("PUT", part.link, piece, {}, (count) => (done.set(part.number, count), tell()));
    if (answer.status >= 400) throw new TypeError(`part ${part.number}: ${answer.status}`);
    done.set(part.number, part.bytes);
  }
  progress(file.size);
  const finished = (await ask(ops.LibraryUploadComplete, { id: upload.id })).directUploadComplete;
  const { [mark(file)]: _, ...rest } = kept();
  begun.write(rest);
  return { asset: finished.asset, near: finished.nearDuplicates };
}

function kept() {
  return begun.read() ?? {};
}

// All files of what was dropped; folders are walked.
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map(walked))).flat();
}

async function walked(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return (await Promise.all(found.map(walked))).flat();
    found.push(...some);
  }
}

const STATES = { waiting: "排队中", sending: "正在上传", checking: "正在检查", done: "已入库", refused: "未收下", broken: "中断了" };
export const STATE_WORDS = Object.values(STATES);

function Tray() {
  const all = files.value;
  const count = (...states) => all.filter((one) => states.includes(one.state)).length;
  const failed = count("refused", "broken");
  return html`<section class="tray" aria-label=${t("上传")}>
    <header><strong role="status">${t("{done} / {all} 已入库", { done: count("done"), all: all.length })}${failed ? ` · ${t("{n} 个没成功", { n: failed })}` : ""}</strong>
      <span class="row">
        ${failed > 0 && html`<button type="button" onClick=${retryAll}>${t("全部重试")}</button>`}
        ${count("waiting", "sending", "checking") === 0 && html`<button type="button" class="plain" aria-label=${t("关闭")}
          onClick=${() => ((files.value = []), (floating.value = null))}>×</button>`}
      </span>
    </header>
    <ul>${all.map((one) => html`<li key=${one.key}>
      <div class="row apart"><span class="clip grow" title=${one.file.name}>${one.file.name}</span><small>${size(one.file.size)}</small></div>
      ${["sending", "checking"].includes(one.state) && html`<progress value=${one.sent} max=${one.file.size} aria-label=${one.file.name}></progress>`}
      <div class="row apart"><small>${t(STATES[one.state])}${one.known ? ` · ${t("库里已有同一个文件")}` : ""}${one.near?.length ? ` · ${t("与 {name} 很像", { name: one.near[0].asset.fileName })}` : ""}</small>
        ${one.state === "done" && html`<a href=${`/desk/library/${one.asset.id}`}>${t("打开")}</a>`}
        ${["refused", "broken"].includes(one.state) && html`<button type="button" onClick=${() => retry(one.key)}>${t("重试")}</button>`}
      </div>
      <${Refusal} fault=${one.fault} compact />
    </li>`)}</ul>
  </section>`;
}
