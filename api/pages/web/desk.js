// The desk's shell: who is signed in, where they can go, and the page that they are on.
import { ended, forget, giveUp, operations, session } from "./ask.js";
import { Bones, Dialog, Empty, Refusal, floating, followLinks, go, here, html, keepFocus, news, render, t, useEffect, useState } from "./kit.js";
import { lang, name, speak } from "./words.js";
import { SignIn } from "./pages/sign-in.js";

// Each page: its words, its key after g, and whose work it is; the first of a role is where it lands.
const PAGES = {
  exceptions: ["待处理异常", "e", ["HEAD_OFFICE"]],
  queue: ["订单队列", "q", ["STORE_MANAGER"]],
  today: ["今天", "d", ["GUIDE"]],
  customers: ["顾客", "c", ["GUIDE", "STORE_MANAGER"]],
  share: ["去分享", "s", ["GUIDE"]],
  earnings: ["我的收益", "m", ["GUIDE"]],
  returns: ["退货", "x", ["STORE_MANAGER"]],
  review: ["审核", "r", ["REVIEWER", "HEAD_OFFICE"]],
  library: ["素材库", "l", ["EDITOR", "REVIEWER", "HEAD_OFFICE"]],
  posts: ["内容", "p", ["EDITOR", "REVIEWER", "HEAD_OFFICE", "GUIDE", "STORE_MANAGER"]],
  calendar: ["日历", "3", ["EDITOR", "REVIEWER", "HEAD_OFFICE"]],
  templates: ["海报模板", "t", ["EDITOR", "REVIEWER", "HEAD_OFFICE"]],
  posters: ["海报", "4", ["GUIDE", "STORE_MANAGER", "HEAD_OFFICE"]],
  storefront: ["店铺装修", "f", ["STORE_MANAGER", "HEAD_OFFICE"]],
  orders: ["找订单", "n", ["STORE_MANAGER", "REGION_MANAGER", "HEAD_OFFICE"]],
  map: ["门店地图", "x", ["HEAD_OFFICE"]],
  policies: ["装修规定", "7", ["HEAD_OFFICE"]],
  members: ["会员", "u", ["HEAD_OFFICE"]],
  stock: ["库存", "k", ["STORE_MANAGER", "HEAD_OFFICE"]],
  transfers: ["调拨", "z", ["STORE_MANAGER"]],
  bookings: ["预约", "b", ["STORE_MANAGER", "GUIDE"]],
  teaching: ["培训", "h", ["TRAINER", "EDITOR", "REVIEWER", "HEAD_OFFICE"]],
  contact: ["企业微信", "j", ["GUIDE", "STORE_MANAGER", "HEAD_OFFICE"]],
  tasks: ["任务", "1", ["STORE_MANAGER", "REGION_MANAGER", "FRANCHISEE", "HEAD_OFFICE"]],
  contests: ["比赛", "w", ["GUIDE", "STORE_MANAGER", "REGION_MANAGER", "FRANCHISEE", "TRAINER", "HEAD_OFFICE"]],
  learning: ["学习", "h", ["GUIDE", "STORE_MANAGER", "REGION_MANAGER"]],
  community: ["社区", "g", ["GUIDE", "STORE_MANAGER", "REGION_MANAGER", "TRAINER", "REVIEWER", "HEAD_OFFICE"]],
  journeys: ["旅程", "2", ["HEAD_OFFICE", "EDITOR"]],
  segments: ["人群", "5", ["HEAD_OFFICE"]],
  prices: ["调价", "6", ["HEAD_OFFICE"]],
  offers: ["优惠", "o", ["REVIEWER", "HEAD_OFFICE"]],
  money: ["结算", "y", ["FINANCE", "FRANCHISEE", "HEAD_OFFICE"]],
  boards: ["看板", "v", ["HEAD_OFFICE", "FINANCE", "REGION_MANAGER", "STORE_MANAGER", "FRANCHISEE", "GUIDE"]],
  staff: ["员工账号", "a", ["HEAD_OFFICE"]],
  imports: ["批量导入", "i", ["FEED", "HEAD_OFFICE"]],
};
const THEME = "qianmian.theme";

const pagesOf = (role) => Object.entries(PAGES).filter(([, [, , roles]]) => roles.includes(role));

const loaded = new Map();
// A page and its operations, fetched at once and kept.
function load(page) {
  if (!loaded.has(page)) {
    const found = Promise.all([import(`./pages/${page}.js`), operations(page)]);
    found.catch(() => loaded.delete(page));
    loaded.set(page, found);
  }
  return loaded.get(page);
}

// A part of an address as it was written; ids have signs that addresses write otherwise.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Page({ page }) {
  const [shown, set] = useState({});
  const fetch = () => {
    set((old) => ({ ...old, fault: null }));
    load(page).then(
      ([{ default: View }, ops]) => set({ page, View, ops }),
      (fault) => set((old) => ({ ...old, fault })),
    );
  };
  useEffect(fetch, [page]);
  if (shown.fault) return html`<${Refusal} fault=${shown.fault} again=${fetch} />`;
  if (shown.page !== page) return html`<${Bones} />`;
  return html`<${shown.View} ops=${shown.ops} rest=${here.value.path.split("/").slice(3).map(decoded)} />`;
}

function theme(value) {
  if (value) document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  localStorage.setItem(THEME, value ?? "");
}

function Rail({ viewer, page, open, close }) {
  return html`<aside class=${`rail${open ? " open" : ""}`} id="rail">
    <div class="brand">千面</div>
    <nav aria-label=${t("去哪里")}>
      ${pagesOf(viewer.role).map(([key, [words, letter]]) => html`<a href=${`/desk/${key}`} onClick=${close}
        aria-current=${key === page ? "page" : undefined}>${t(words)}<small aria-hidden="true">g ${letter}</small></a>`)}
    </nav>
    <div class="who">
      <div><strong>${viewer.name || name(viewer.role)}</strong><br /><small>${name(viewer.role)}${viewer.storeId ? ` · ${viewer.storeId}` : ""}</small></div>
      <div class="row">
        <button type="button" onClick=${() => speak(lang.value === "en" ? "zh" : "en")}>${lang.value === "en" ? "中文" : "English"}</button>
        <button type="button" onClick=${() => theme(isDark() ? "light" : "dark")}>${t("明暗")}</button>
      </div>
      <button type="button" onClick=${leave}>${t("退出或换人")}</button>
    </div>
  </aside>`;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function leave() {
  forget();
  go("/desk");
}

function Desk() {
  const { viewer } = session.value;
  const [menu, setMenu] = useState(false);
  const [keys, setKeys] = useState(false);
  const wanted = here.value.path.split("/")[2] ?? "";
  const own = viewer ? pagesOf(viewer.role) : [];
  const page = wanted in PAGES ? wanted : own[0]?.[0];
  useEffect(() => (document.documentElement.lang = lang.value === "en" ? "en" : "zh-CN"), [lang.value]);
  useEffect(() => useKeys(own.map(([key, [, letter]]) => [letter, key]), () => setKeys(true)), [viewer?.role]);
  if (!viewer) return html`<${SignIn} />`;
  return html`<div class="shell">
    <a class="skip" href="#main" onClick=${(event) => focusOn(event, document.getElementById("main"))}>${t("跳到内容")}</a>
    <${Rail} viewer=${viewer} page=${page} open=${menu} close=${() => setMenu(false)} />
    <main id="main" tabindex="-1" key=${viewer.id}>
      ${page ? html`<${Page} page=${page} />` : html`<${Empty}>${t("您的角色在这里还没有页面。")}<//>`}
    </main>
    <nav class="tabs" aria-label=${t("常用")}>
      ${own.slice(0, 3).map(([key, [words]]) => html`<a href=${`/desk/${key}`} onClick=${() => setMenu(false)}
        aria-current=${key === page ? "page" : undefined}>${t(words)}</a>`)}
      <button type="button" aria-expanded=${menu} aria-controls="rail" onClick=${() => setMenu(!menu)}>${t("更多")}</button>
    </nav>
    ${floating.value && html`<${floating.value} />`}
    <p class="news" role="status">${news.value}</p>
    ${ended.value && html`<${Dialog} title=${t("登录已过期")} onClose=${() => (giveUp(), leave())}>
      <p>${t("页面和您写的内容都还在。重新登录后接着做。")}</p>
      <${SignIn} again=${viewer} />
    <//>`}
    ${keys && html`<${Keys} pages=${own} onClose=${() => setKeys(false)} />`}
  </div>`;
}

const QUIET = "qianmian.quiet-keys";

function Keys({ pages, onClose }) {
  const [quiet, setQuiet] = useState(localStorage.getItem(QUIET) === "1");
  const rows = [["/", "搜索"], ["j k", "下一个，上一个"], ["?", "这些按键"]];
  return html`<${Dialog} title=${t("按键")} onClose=${onClose}>
    <dl class="facts">
      ${rows.map(([key, words]) => html`<dt><code>${key}</code></dt><dd>${t(words)}</dd>`)}
      ${pages.map(([, [words, letter]]) => html`<dt><code>g ${letter}</code></dt><dd>${t(words)}</dd>`)}
    </dl>
    <label class="row"><input type="checkbox" checked=${quiet} onChange=${(event) => {
      setQuiet(event.target.checked);
      localStorage.setItem(QUIET, event.target.checked ? "1" : "");
    }} />${t("不用单个按键")}</label>
  <//>`;
}

// Single keys, never while somebody writes; comes back as what ends it.
function useKeys(letters, help) {
  let goes = 0;
  function pressed(event) {
    if (localStorage.getItem(QUIET) === "1" && event.key !== "?") return;
    if (event.isComposing || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const letter = letters.find(([one]) => one === event.key);
    if (goes > Date.now() - 1200 && letter) go(`/desk/${letter[1]}`);
    else if (event.key === "?") help();
    else if (event.key === "/") focusOn(event, document.querySelector("[type=search]"));
    else if (event.key === "j" || event.key === "k") walk(event, event.key === "j" ? 1 : -1);
    goes = event.key === "g" ? Date.now() : 0;
  }
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function walk(event, step) {
  const links = [...document.querySelectorAll("main .list a, main .grid a")];
  const now = links.indexOf(document.activeElement);
  focusOn(event, links[Math.max(0, Math.min(links.length - 1, now + step))]);
}

function focusOn(event, element) {
  if (!element) return;
  event.preventDefault();
  element.focus();
}

theme(localStorage.getItem(THEME) || null);
followLinks(document, "/desk");
keepFocus();
render(html`<${Desk} />`, document.getElementById("app"));
