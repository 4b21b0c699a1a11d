// The reference mini-mall: how a consumer's client uses the API, with each query to be seen.
import { ask, asked, operations, previewing, session, signedIn, start, visit } from "./ask.js";
import { Act, Bones, Dialog, Later, Refusal, followLinks, go, here, html, keepFocus, news, render, t, useEffect, useState } from "./kit.js";
import { lang, name, speak } from "./words.js";
import { Entrance, Product, Search, Storefront } from "./pages/mall.js";

const LAST = "qianmian.mall.store";
const SHARE = "qianmian.mall.share";

// Screens beyond the first ones are fetched when somebody goes there.
const LATER = { cart: "mall-buy", checkout: "mall-buy", orders: "mall-buy", notes: "mall-notes" };

function Mall() {
  const [ops, setOps] = useState(null);
  const [fault, setFault] = useState(null);
  const fetch = () => operations("mall").then(setOps, setFault);
  useEffect(fetch, []);
  useEffect(() => void (ops && !previewing && follow(ops)), [ops]);
  useEffect(() => (document.documentElement.lang = lang.value === "en" ? "en" : "zh-CN"), [lang.value]);
  const [, , store, screen = "", id] = here.value.path.split("/");
  useEffect(() => {
    scrollTo(0, 0);
    if (store && !previewing) localStorage.setItem(LAST, store);
  }, [here.value.path]);
  if (fault) return html`<${Refusal} fault=${fault} again=${() => (setFault(null), fetch())} />`;
  if (!ops) return html`<${Bones} />`;
  const all = { ops, store, id, share: sessionStorage.getItem(SHARE), key: here.value.path };
  return html`<main id="main">${view(screen, all)}</main>
    ${store && !previewing && html`<${Foot} store=${store} screen=${screen} ops=${ops} />`}
    <p class="news" role="status">${news.value}</p>`;
}

function view(screen, all) {
  if (!all.store) return html`<${Entrance} ...${all} last=${localStorage.getItem(LAST)} />`;
  if (screen === "p") return html`<${Product} ...${all} />`;
  if (screen === "search") return html`<${Search} ...${all} />`;
  if (!LATER[screen]) return html`<${Storefront} ...${all} />`;
  const views = { cart: "Cart", checkout: "Checkout", orders: all.id ? "Order" : "Orders", notes: all.id ? "Note" : "Notes" };
  return html`<${Later} from=${() => import(`./pages/${LATER[screen]}.js`)} view=${views[screen]} ...${all} />`;
}

// Whoever came by a guide's link is that guide's visitor from here on.
async function follow(ops) {
  const code = here.value.query.share;
  if (!code || sessionStorage.getItem(SHARE) === code) return;
  sessionStorage.setItem(SHARE, code);
  await visit();
  await ask(ops.MallFollow, { code }).catch(() => {});
}

function Foot({ store, screen, ops }) {
  const [seen, setSeen] = useState(false);
  const [who, setWho] = useState(false);
  const links = [["", "首页"], ["search", "商品"], ["notes", "种草"], ["cart", "购物车"], ["orders", "订单"]];
  return html`<nav class="foot" aria-label=${t("去哪里")}>
      ${links.map(([key, words]) => html`<a href=${`/mall/${store}${key && `/${key}`}`} aria-current=${key === screen ? "page" : undefined}>${t(words)}</a>`)}
      <button type="button" onClick=${() => setWho(true)}>${t("我的")}</button>
      <button type="button" class="see" onClick=${() => setSeen(true)}>${t("看查询")}</button>
    </nav>
    ${seen && html`<${Dialog} wide title=${t("这一屏问了什么")} onClose=${() => setSeen(false)}><${Queries} /><//>`}
    ${who && html`<${Dialog} title=${t("我的")} onClose=${() => setWho(false)}><${Who} ops=${ops} done=${() => setWho(false)} /><//>`}`;
}

function Queries() {
  if (!asked.value.length) return html`<p>${t("还没有查询。")}</p>`;
  return html`<p class="small">POST /graphql</p>${asked.value.map(({ operation, variables, answer, ms }, place) => html`<details open=${place === 0}>
    <summary>${operation.kind} ${operation.name} · ${Math.round(ms)} ms</summary>
    <div class="stack">
      ${[["操作", operation.text], ["变量", JSON.stringify(variables, null, 2)], ["回答", JSON.stringify(answer, null, 2)]].map(
        ([words, text]) => html`<section><h3>${t(words)}</h3><pre tabindex="0">${text.slice(0, 20000)}</pre></section>`)}
    </div>
  </details>`)}`;
}

function Who({ ops, done }) {
  const { viewer } = session.value;
  const known = viewer?.role === "MEMBER";
  return html`<p>${known ? t("已登录的会员") : t("您现在是访客；登录后，购物车和足迹都归您。")}</p>
    ${!known && start.people.map((one) => html`<${Act} kind="main" run=${async () => {
      await visit();
      const { memberSignIn } = await ask(ops.MallSignIn, { code: one.code });
      signedIn(memberSignIn);
      done();
      go(here.value.path);
    }}>${t("以「{name}」登录", { name: one.name })}<//>`)}
    <div class="row">
      <button type="button" onClick=${() => speak(lang.value === "en" ? "zh" : "en")}>${lang.value === "en" ? "中文" : "English"}</button>
      <a class="button" href="/mall">${t("换一家店")}</a>
    </div>`;
}

followLinks(document, "/mall");
keepFocus();
render(html`<${Mall} />`, document.getElementById("app"));
