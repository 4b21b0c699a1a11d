// What all pages are made of: addresses, lists, forms, dialogs, refusals beside their cause.
import { h, render, Fragment } from "./vendor/preact.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.js";
import { batch, computed, effect, signal } from "./vendor/signals.js";
import htm from "./vendor/htm.js";
import { ask, Refused, serverNow, stored } from "./ask.js";
import { lang, t } from "./words.js";

export const html = htm.bind(h);
export { batch, computed, effect, Fragment, render, signal, useEffect, useMemo, useRef, useState, t };

// What floats over every page, such as running uploads; a page puts it there.
export const floating = signal(null);

/* ---- addresses: every state has one ---- */

export const here = signal(read());

function read() {
  return { path: location.pathname, query: Object.fromEntries(new URLSearchParams(location.search)) };
}

addEventListener("popstate", () => (here.value = read()));

export function go(address, { replace = false } = {}) {
  if (!replace) history.replaceState({ ...history.state, y: scrollY }, "");
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  here.value = read();
}

// The address of this page with other filters; null takes one away.
export function withQuery(change) {
  const query = { ...here.value.query, ...change };
  const set = Object.entries(query).filter(([, value]) => value != null && value !== "");
  return `${here.value.path}${set.length ? `?${new URLSearchParams(set)}` : ""}`;
}

export function followLinks(root, prefix) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (!link.pathname.startsWith(prefix)) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash);
  });
}

// Whoever works by keys goes on where they were when what they were on is gone, moved or switched off: there, or on
// what was round it. A pointer that is put down says that they are elsewhere.
export function keepFocus() {
  let way = [];
  document.addEventListener("focusin", ({ target }) => {
    way = [];
    for (let one = target; one && one !== document.body; one = one.parentElement) way.push(one);
  });
  document.addEventListener("pointerdown", () => (way = []));
  new MutationObserver(() => {
    const now = document.activeElement;
    if (now && now !== document.body && !now.disabled) return;
    const left = way.find((one) => one.isConnected && !one.disabled);
    if (!left) return;
    if (left.tabIndex < 0) left.tabIndex = -1;
    left.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
}

/* ---- asking ---- */

// What an operation answers, kept while it is asked again; the last of several questions counts.
export function useAsk(operation, variables = {}, { skip = false } = {}) {
  const [state, set] = useState({ data: null, error: null, loading: !skip });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify(variables);
  useEffect(() => {
    if (skip || !operation) return undefined;
    const abort = new AbortController();
    set((old) => ({ ...old, loading: true }));
    ask(operation, variables, { signal: abort.signal }).then(
      (data) => set({ data, error: null, loading: false }),
      (error) => abort.signal.aborted || set((old) => ({ ...old, error, loading: false })),
    );
    return () => abort.abort();
  }, [operation, key, skip, turn]);
  useEffect(() => {
    // A page that comes back from the freezer of a phone's browser is old.
    const revived = (event) => event.persisted && setTurn((old) => old + 1);
    addEventListener("pageshow", revived);
    return () => removeEventListener("pageshow", revived);
  }, []);
  return {
    ...state,
    again: () => setTurn((old) => old + 1),
    change: (make) => set((old) => ({ ...old, data: make(old.data) })),
  };
}

export function useSignalLater(value, ms) {
  const [late, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return late;
}

// The words of a refusal in the reader's language, then those of the service itself.
const CODES = {
  INVALID: "有内容需要修改。",
  NOT_FOUND: "没有找到。",
  UNAUTHENTICATED: "请重新登录。",
  FORBIDDEN: "您的角色不能这样做。",
  CONFLICT: "别人刚刚改过，请先看看新的内容。",
  WRONG_STATE: "现在的状态不允许这样做。",
  TOO_MANY: "次数太多，请稍后再试。",
  OUT_OF_STOCK: "库存不足。",
  UNAVAILABLE: "服务暂时没有回应，请稍后再试。",
};
export const CODE_WORDS = Object.values(CODES);

export function said(fault) {
  if (fault instanceof Refused) return t(CODES[fault.code] ?? "没有成功。");
  if (fault?.name === "AbortError") return t("已停止。");
  return t("网络断开了，内容还在，请再试一次。");
}

export function Refusal({ fault, again, compact = false }) {
  if (!fault) return null;
  const own = fault instanceof Refused ? [...new Set(fault.errors.map((one) => one.message))].filter(Boolean) : [];
  return html`<div class=${`refusal${compact ? " compact" : ""}`} role="alert">
    <strong>${said(fault)}</strong>
    ${own.map((message) => html`<p lang="en">${message}</p>`)}
    ${fault.requestId && html`<p class="faint">${t("请求编号")} <code>${fault.requestId}</code></p>`}
    ${again && html`<button type="button" onClick=${again}>${t("再试一次")}</button>`}
  </div>`;
}

// A button that awaits what it does; what is refused stands beneath it.
export function Act({ run, children, kind = "", fault: outer, disabled = false, ...rest }) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState(null);
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  async function press() {
    if (busy) return;
    setBusy(true);
    setFault(null);
    try {
      await run();
    } catch (found) {
      if (alive.current) setFault(found);
    } finally {
      if (alive.current) setBusy(false);
    }
  }
  return html`<span class="act">
    <button type="button" class=${kind} aria-busy=${busy} disabled=${disabled} onClick=${press} ...${rest}>
      ${children}
    </button>
    <${Refusal} fault=${outer ?? fault} compact />
  </span>`;
}

/* ---- forms ---- */

let fields = 0;
// A label, its input and what is wrong with it. `children` is a function of the input's attributes.
export function Field({ label, hint, wrong = [], children, wide = false }) {
  const id = useMemo(() => `f${(fields += 1)}`, []);
  const described = [hint && `${id}h`, wrong.length && `${id}w`].filter(Boolean).join(" ") || undefined;
  return html`<div class=${`field${wide ? " wide" : ""}`}>
    <label for=${id}>${label}</label>
    ${hint && html`<small id=${`${id}h`}>${hint}</small>`}
    ${children({ id, "aria-describedby": described, "aria-invalid": wrong.length > 0 })}
    ${wrong.length > 0 && html`<p class="wrong" id=${`${id}w`}>${wrong.map((one) => one.message).join(" ")}</p>`}
  </div>`;
}

export function Input({ label, value, onInput, hint, wrong, wide, type = "text", ...rest }) {
  return html`<${Field} label=${label} hint=${hint} wrong=${wrong} wide=${wide}>
    ${(own) => html`<input type=${type} value=${value ?? ""} ...${own} ...${rest}
      onInput=${(event) => onInput(event.target.value)} />`}
  <//>`;
}

export function Area({ label, value, onInput, hint, wrong, rows = 3, ...rest }) {
  return html`<${Field} label=${label} hint=${hint} wrong=${wrong} wide>
    ${(own) => html`<textarea rows=${rows} value=${value ?? ""} ...${own} ...${rest}
      onInput=${(event) => onInput(event.target.value)}></textarea>`}
  <//>`;
}

// `options` is [[value, words]].
export function Choice({ label, value, onChange, options, ...rest }) {
  return html`<${Field} label=${label}>
    ${(own) => html`<select value=${value ?? ""} ...${own} ...${rest} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([one, words]) => html`<option value=${one} selected=${one === (value ?? "")}>${words}</option>`)}
    </select>`}
  <//>`;
}

// Boxes of which any number may be ticked.
export function Boxes({ legend, options, chosen, onChange }) {
  return html`<fieldset class="boxes"><legend>${legend}</legend>
    ${options.map(([value, words]) => html`<label><input type="checkbox" checked=${chosen.includes(value)}
      onChange=${(event) =>
        onChange(event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))} />${words}</label>`)}
  </fieldset>`;
}

// Enter commits pinyin while an input method is composing.
export function entered(event) {
  return event.key === "Enter" && !event.isComposing && event.keyCode !== 229;
}

/* ---- parts of pages ---- */

export function Head({ title, children, back }) {
  useEffect(() => void (document.title = `${title} · ${t("千面")}`), [title]);
  return html`<header class="head">
    ${back && html`<a class="back" href=${back} aria-label=${t("返回")}>‹</a>`}
    <h1>${title}</h1><div class="tools">${children}</div>
  </header>`;
}

// Chips that filter a list; each is an address.
export function Filters({ name, options, label }) {
  const now = here.value.query[name] ?? options[0][0];
  return html`<nav class="filters" aria-label=${label}>
    ${options.map(([value, words], place) => html`<a class="chip" href=${withQuery({ [name]: place ? value : null })}
      aria-current=${value === now ? "true" : undefined}>${words}</a>`)}
  </nav>`;
}

// Old content stays while it is asked again; bones only where there is nothing yet.
export function Part({ of, empty, children }) {
  const { data, error, loading, again } = of;
  if (!data && error) return html`<${Refusal} fault=${error} again=${again} />`;
  if (!data) return html`<${Bones} />`;
  return html`<div class="part" aria-busy=${loading}>
    ${error && html`<${Refusal} fault=${error} again=${again} />`}
    ${data.faults && html`<${Refusal} fault=${new Refused(data.faults)} again=${again} />`}
    ${children(data) ?? empty}
  </div>`;
}

// A list that goes on: what `of` finds in each answer, and a button for what comes next.
export function Pages({ operation, variables = {}, of, empty, children }) {
  const first = useAsk(operation, variables);
  const [more, setMore] = useState([]);
  useEffect(() => setMore([]), [operation, JSON.stringify(variables)]);
  const again = () => (setMore([]), first.again());
  return html`<${Part} of=${first}>${(data) => {
    const all = [of(data), ...more];
    const { pageInfo, totalCount } = all[all.length - 1];
    const nodes = all.flatMap((one) => one.nodes);
    const next = async () => setMore([...more, of(await ask(operation, { ...variables, after: pageInfo.endCursor }))]);
    if (!nodes.length) return typeof empty === "string" ? html`<${Empty}>${empty}<//>` : empty;
    return html`${children(nodes, again)}
      <div class="row apart"><span class="faint">${totalCount != null && t("共 {n} 条", { n: totalCount })}</span>
      ${pageInfo.hasNextPage && html`<${Act} run=${next}>${t("更多")}<//>`}</div>`;
  }}<//>`;
}

export function Bones({ rows = 4 }) {
  return html`<div class="bones" role="status"><span class="unseen">${t("正在读取")}</span>
    ${Array.from({ length: rows }, () => html`<i></i>`)}
  </div>`;
}

export function Empty({ children, action }) {
  return html`<div class="empty"><p>${children}</p>${action}</div>`;
}

export function Badge({ tone = "", children }) {
  return html`<span class=${`badge ${tone}`}>${children}</span>`;
}

export function Picture({ asset, alt, ratio = "1 / 1", className = "" }) {
  const url = asset?.small?.url ?? asset?.url;
  return html`<span class=${`picture ${className}`} style=${{ aspectRatio: ratio }}>
    ${url ? html`<img src=${url} alt=${alt ?? asset.altText ?? ""} loading="lazy" decoding="async" />` : html`<span class="faint">—</span>`}
  </span>`;
}

// A part that is fetched only where it is needed: `from` imports its module, `view` names it there.
export function Later({ from, view, ...rest }) {
  const [views, set] = useState(null);
  const [fault, setFault] = useState(null);
  const fetch = () => (setFault(null), from().then(set, setFault));
  useEffect(() => void fetch(), []);
  if (fault) return html`<${Refusal} fault=${fault} again=${fetch} />`;
  return views ? html`<${views[view]} ...${rest} />` : html`<${Bones} />`;
}

export function Dialog({ title, onClose, children, wide = false }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog.showModal();
    dialog.querySelector("[data-first]")?.focus();
    // Closed before it goes, which is now and not after the next picture, it hands the focus back to where it came from.
    return () => dialog.close();
  }, []);
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-label=${title}
    onCancel=${(event) => (event.preventDefault(), onClose?.())}>
    <header><h2>${title}</h2>
      ${onClose && html`<button type="button" class="plain" aria-label=${t("关闭")} onClick=${onClose}>×</button>`}
    </header>
    <div class="inner">${children}</div>
  </dialog>`;
}

// One sentence for eyes and screen readers that something was done.
export const news = signal("");
let fading;
export function tell(words) {
  clearTimeout(fading);
  news.value = words;
  fading = setTimeout(() => (news.value = ""), 5000);
}

/* ---- figures and moments ---- */

const format = (options) => new Intl.DateTimeFormat(lang.value === "en" ? "en-GB" : "zh-CN", { timeZone: "Asia/Shanghai", ...options });
export const moment = (at) => at && format({ month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(new Date(at));
export const clock = (at) => at && format({ hour: "2-digit", minute: "2-digit" }).format(new Date(at));
export const date = (at) => at && format({ year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(at));
export const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
export const distance = (m) => (m < 1000 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(1)} km`);

// Fen of what somebody wrote in yuan; NaN, which is never sent, of whatever is no sum to the fen.
export function fen(yuan) {
  const plain = yuan.normalize("NFKC").trim();
  return /^\d+(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : NaN;
}

// A day or a month in China as the API says them: 2026-11-28, 2026-11.
export const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());
export function monthBefore(month) {
  const [year, number] = month.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}

// Hand a text to the reader as a file.
export function handOver(fileName, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// The time now by the service's clock, every second while somebody looks; computed from the clock, never counted.
export function useClock(ms = 1000) {
  const [now, set] = useState(serverNow());
  useEffect(() => {
    const seen = () => set(serverNow());
    const timer = setInterval(seen, ms);
    document.addEventListener("visibilitychange", seen);
    return () => (clearInterval(timer), document.removeEventListener("visibilitychange", seen));
  }, [ms]);
  return now;
}

// What is left until a moment, by the service's clock.
export function Left({ until }) {
  const left = Math.round((new Date(until) - useClock()) / 1000);
  if (left <= 0) return html`<${Badge} tone="danger">${t("已到时间")}<//>`;
  const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return html`<${Badge} tone=${left < 300 ? "danger" : left < 600 ? "warn" : ""}>${t("还剩 {left}", { left: text })}<//>`;
}

/* ---- what one wrote and another judges ---- */

export const VERSION_TONES = { IN_REVIEW: "info", APPROVED: "good", REJECTED: "danger", WITHDRAWN: "warn" };

// Approve, or send back with a reason; `rest` are what both ask beside the id.
export function Judge({ approve, reject, id, rest = {}, again, words = t("通过") }) {
  const [asking, setAsking] = useState(false);
  const [comment, setComment] = useState("");
  const done = (said) => (setAsking(false), tell(said), again());
  return html`<${Act} kind="main" run=${() => ask(approve, { id, ...rest }).then(() => done(t("已通过")))}>${words}<//>
    <button type="button" onClick=${() => setAsking(true)}>${t("退回")}</button>
    ${asking && html`<${Dialog} title=${t("退回")} onClose=${() => setAsking(false)}>
      <${Area} label=${t("为什么退回")} value=${comment} onInput=${setComment} />
      <${Act} kind="harm" disabled=${!comment.trim()} run=${() => ask(reject, { id, comment, ...rest }).then(() => done(t("已退回")))}>${t("退回")}<//><//>`}`;
}

/* ---- drafts that outlive a page: in the browser, by person, thing and version ---- */

export function draft(key) {
  const own = stored(`qianmian.draft.${key}`);
  return {
    ...own,
    write(value) {
      try {
        own.write(value);
      } catch {
        // A full device keeps the words on the page alone.
      }
    },
  };
}
