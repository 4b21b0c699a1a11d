// The mall's first screens: entering, a storefront, searching, a product.
import { ask, previewing, visit } from "../ask.js";
import { Act, Badge, Bones, Choice, Empty, Filters, Head, Part, Picture, Refusal, date, distance, entered, go, here, html, moment, t, tell, useAsk, useClock, useEffect, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

/* ---- entering ---- */

export function Entrance({ ops, last, share }) {
  const [position, setPosition] = useState(null);
  const [fault, setFault] = useState(null);
  const [all, setAll] = useState(false);
  const clues = { share: here.value.query.share ?? share, last: here.value.query.region ? null : last, position, region: here.value.query.region ?? null };
  const found = useAsk(ops.MallEnter, clues, { skip: !clues.share && !clues.last && !position && !clues.region });
  const locate = () => new Promise((resolve) => {
    setFault(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(setPosition({ longitude: coords.longitude, latitude: coords.latitude, datum: "WGS84" })),
      () => resolve(setFault(t("没有得到您的位置，请从城市里选。"))),
      { timeout: 8000 },
    );
  });
  return html`<${Head} title=${t("选一家店")} />
    <section class="card stack"><p>${t("告诉我们您在哪里，就进入最近的一家店；位置只用这一次。")}</p>
      <${Act} kind="main" run=${locate}>${t("用我的位置")}<//>
      ${fault && html`<p class="wrong" role="alert">${fault}</p>`}
    </section>
    ${found.loading && !found.data && html`<${Bones} rows=2 />`}
    <${Refusal} fault=${found.error} again=${found.again} />
    ${found.data?.storefrontEnter && html`<${Entered} entrance=${found.data.storefrontEnter} share=${clues.share} />`}
    <${Cities} ops=${ops} />`;
}

function Entered({ entrance, share }) {
  const { storefront, rule, distanceM, alternatives, passedOver } = entrance;
  const tail = share ? `?share=${encodeURIComponent(share)}` : "";
  return html`<section class="stack"><h2>${t("为您选的店")} <${Badge} tone="good">${name(rule)}<//></h2>
    <ul class="list"><${ShopRow} store=${storefront.store} metres=${distanceM} tail=${tail} /></ul>
    ${passedOver.map((one) => html`<p class="small">${t("{store} 暂停营业，所以没有选它。", { store: one.store.name })}</p>`)}
    <h2>${t("附近的其他店")}</h2>
    <ul class="list">${alternatives.map((one) => html`<${ShopRow} store=${one.store} metres=${one.distanceM} tail=${tail} />`)}</ul>
  </section>`;
}

function ShopRow({ store, metres, tail = "" }) {
  return html`<li><a href=${`/mall/${store.id}${tail}`}><span class="grow"><strong>${store.name}</strong>
    <small class="clip">${store.address}</small></span>
    <span class="end">${metres != null && html`<small>${distance(metres)}</small>`}<${Hours} store=${store} /></span></a></li>`;
}

function Hours({ store }) {
  return store.openNow ? html`<${Badge} tone="good">${t("营业中")}<//>` : html`<${Badge}>${t("休息中")}<//>`;
}

function Cities({ ops }) {
  const region = here.value.query.region;
  const cities = useAsk(ops.MallCities);
  const shops = useAsk(ops.MallCity, { region }, { skip: !region });
  return html`<section class="stack"><h2>${t("按城市选")}</h2>
    <${Part} of=${cities}>${({ regions }) => html`<div class="row">${regions.nodes.map((one) => html`<a class="chip" key=${one.id} href=${withQuery({ region: one.id })}
      aria-current=${one.id === region ? "true" : undefined}>${one.name}</a>`)}</div>`}<//>
    ${region && html`<${Part} of=${shops}>${({ stores }) => html`<ul class="list">${stores.nodes.map((one) => html`<${ShopRow} key=${one.id} store=${one} />`)}</ul>`}<//>`}
  </section>`;
}

/* ---- a storefront ---- */

export function Storefront({ ops, store }) {
  const { at, audience = "VISITORS", level = null, segment } = here.value.query;
  const page = previewing
    ? useAsk(ops.MallPreview, { store, at: at ?? null, audience, level, segments: segment ? [segment] : [] })
    : useAsk(ops.MallStorefront, { store });
  useEffect(() => {
    // Whoever arranges the page saved a draft: the same frame, asked again, so that it keeps its place.
    const heard = (event) => event.origin === location.origin && event.data === "again" && page.again();
    addEventListener("message", heard);
    return () => removeEventListener("message", heard);
  }, []);
  return html`<${Part} of=${page}>${(data) => {
    const shown = data.storefront ?? (data.storefrontPreview && { store: data.store, modules: data.storefrontPreview.modules });
    if (!shown) return html`<${Empty} action=${html`<a class="button main" href="/mall">${t("选一家店")}</a>`}>${t("没有这家店。")}<//>`;
    return html`<${Front} ...${shown} />`;
  }}<//>`;
}

function Front({ store, modules }) {
  useEffect(() => void (document.title = store.name), [store.name]);
  return html`<header class="front"><div class="grow"><h1>${store.name}</h1>
      <small>${store.region?.name} · ${store.openNow ? t("营业中，到 {at}", { at: moment(store.closesAt) ?? "24:00" }) : t("休息中，{at} 开门", { at: moment(store.opensNext) ?? "—" })}</small></div>
      ${!previewing && html`<a class="button" href="/mall">${t("换店")}</a>`}</header>
    ${modules.length ? modules.map((one) => html`<${Module} key=${one.key} module=${one} store=${store} />`) : html`<${Empty}>${t("这家店还没有布置。")}<//>`}`;
}

function Module({ module, store }) {
  const View = MODULES[module.__typename];
  return html`<section class=${`module ${module.__typename}`} data-key=${module.key} aria-label=${module.title || undefined}>
    ${module.title && html`<h2>${module.title}</h2>`}<${View} ...${module} store=${store} /></section>`;
}

function Banner({ picture, alt, target, store }) {
  const to = { PRODUCT: (value) => `p/${value}`, CATEGORY: (value) => `search?category=${encodeURIComponent(value)}`, POST: (value) => `notes/${value}` }[target?.kind];
  const inner = html`<${Picture} asset=${picture} alt=${alt} ratio="5 / 2" className="wide" />`;
  return to ? html`<a href=${`/mall/${store.id}/${to(target.value)}`} aria-label=${alt || t("看看")}>${inner}</a>` : inner;
}

function Shelf({ items, store }) {
  return html`<ul class="shelf">${items.map(({ product, caption, variants }) => html`<li key=${product.id}>
    <${Card} product=${product} store=${store} caption=${caption} sold=${!variants.some((one) => one.available)} /></li>`)}</ul>`;
}

export function Card({ product, store, caption, sold }) {
  return html`<a class="tile" href=${`/mall/${store.id ?? store}/p/${product.id}`}>
    <${Picture} asset=${product.pictures[0]} alt="" ratio="3 / 4" />
    <span>${product.name}</span><small class="clip">${caption || product.subtitle}</small>
    <b class="price">${product.priceFrom.text}${sold ? html` <${Badge}>${t("本城售罄")}<//>` : ""}</b></a>`;
}

function Countdown({ until, text }) {
  const left = Math.max(0, new Date(until) - useClock());
  const parts = [Math.floor(left / 3600000), Math.floor(left / 60000) % 60, Math.floor(left / 1000) % 60];
  return html`<p class="card row apart"><span>${text}</span><strong role="timer">${parts.map((one) => String(one).padStart(2, "0")).join(":")}</strong></p>`;
}

function GuideCard({ guide, text }) {
  return guide && html`<p class="card row"><span class="face"><${Picture} asset=${guide.avatar} alt="" /></span><span class="grow"><strong>${guide.name}</strong> <small>${t("导购")}</small><br />${text}</span></p>`;
}

function StoreCard({ store, text }) {
  return html`<div class="card stack"><div class="row apart"><strong>${store.name}</strong><${Hours} store=${store} /></div>
    ${text && html`<p>${text}</p>`}<p>${store.address}</p><small>${store.openingHours ?? t("全天")}${store.phone ? ` · ${store.phone}` : ""}</small>
    <div class="row">${store.services.map((one) => html`<${Badge}>${name(one)}<//>`)}</div></div>`;
}

const Notice = ({ text }) => html`<p class="notice">${text}</p>`;
const CouponSlot = ({ text }) => html`<p class="card">${text}</p>`;
const ContentShelf = ({ posts, store }) => html`<${NoteList} posts=${posts ?? []} store=${store.id} />`;

export function NoteList({ posts, store }) {
  return html`<ul class="shelf">${posts.map((post) => html`<li key=${post.id}><a class="tile" href=${`/mall/${store}/notes/${post.id}`}>
    <${Picture} asset=${post.revision.cover} alt="" ratio="3 / 4" /><span>${post.revision.title}</span><small>♡ ${post.likes}</small></a></li>`)}</ul>`;
}

const MODULES = {
  BannerModule: Banner,
  ProductShelfModule: Shelf,
  ContentShelfModule: ContentShelf,
  CountdownModule: Countdown,
  GuideCardModule: GuideCard,
  StoreCardModule: StoreCard,
  NoticeModule: Notice,
  CouponSlotModule: CouponSlot,
};

/* ---- searching ---- */

export function Search({ ops, store }) {
  const { words = "", category = "", order = "BEST_MATCH" } = here.value.query;
  const [typed, setTyped] = useState(words);
  const filter = { words: words || null, category: category ? category.split("/") : [] };
  const found = useAsk(ops.MallSearch, { filter, order });
  const [more, setMore] = useState([]);
  useEffect(() => setMore([]), [words, category, order]);
  const seek = () => go(withQuery({ words: typed.trim() }));
  return html`<${Head} title=${t("商品")} back=${`/mall/${store}`} />
    <form class="row" role="search" onSubmit=${(event) => (event.preventDefault(), seek())}>
      <input class="grow" type="search" aria-label=${t("找商品")} placeholder=${t("羽绒服、登山包、商品编号…")} value=${typed}
        onInput=${(event) => setTyped(event.target.value)} onKeyDown=${(event) => event.key === "Enter" && !entered(event) && event.preventDefault()} />
      <button class="main">${t("搜索")}</button>
    </form>
    <${Filters} name="order" label=${t("排序")} options=${["BEST_MATCH", "SALES", "NEWEST", "PRICE_UP", "PRICE_DOWN"].map((one) => [one, name(one)])} />
    <${Part} of=${found}>${({ products }) => {
      const pages = [products, ...more];
      const last = pages[pages.length - 1].pageInfo;
      return html`
        <nav class="filters" aria-label=${t("分类")}>${category && html`<a class="chip" aria-current="true" href=${withQuery({ category: null })}>${category} ×</a>`}
          ${products.categories.map((one) => html`<a class="chip" key=${one.path.join("/")} href=${withQuery({ category: one.path.join("/") })}>${one.path[one.path.length - 1]} ${one.count}</a>`)}</nav>
        ${products.nodes.length ? html`<ul class="shelf">${pages.flatMap((one) => one.nodes).map((one) => html`<li key=${one.id}><${Card} product=${one} store=${store} /></li>`)}</ul>`
          : html`<${Empty} action=${html`<a class="button" href=${`/mall/${store}/search`}>${t("看全部商品")}</a>`}>${t("没有符合的商品。")}<//>`}
        <div class="row apart"><span class="faint">${t("共 {n} 件", { n: products.totalCount })}</span>
        ${last.hasNextPage && html`<${Act} run=${async () => setMore([...more, (await ask(ops.MallSearch, { filter, order, after: last.endCursor })).products])}>${t("更多")}<//>`}</div>`;
    }}<//>`;
}

/* ---- a product ---- */

export function Product({ ops, store, id, share }) {
  const found = useAsk(ops.MallProduct, { id });
  return html`<${Part} of=${found}>${({ product }) =>
    product ? html`<${Shown} product=${product} ops=${ops} store=${store} share=${share} />`
      : html`<${Empty} action=${html`<a class="button" href=${`/mall/${store}`}>${t("返回")}</a>`}>${t("这件商品已经下架。")}<//>`}<//>`;
}

function Shown({ product, ops, store, share }) {
  const { variants } = product;
  const stock = useAsk(ops.MallStock, { store, skus: variants.map((one) => one.sku) });
  const units = Object.fromEntries((stock.data?.storefront?.available ?? []).map((one) => [one.sku, one.units]));
  const [chosen, choose] = useState(null);
  const [count, setCount] = useState(1);
  const first = variants.find((one) => units[one.sku] > 0) ?? variants[0];
  const variant = variants.find((one) => one.sku === chosen) ?? first;
  const left = units[variant.sku];
  async function add() {
    await visit();
    await ask(ops.MallCartLine, { input: { storeId: store, sku: variant.sku, quantity: count, shareCode: share } });
    tell(t("已放进购物车"));
  }
  return html`<${Head} title=${product.name} back=${`/mall/${store}`} />
    <div class="gallery" tabindex="0" aria-label=${t("商品图片")}>${product.pictures.map((one) => html`<${Picture} asset=${one} alt=${one.altText || product.name} ratio="3 / 4" />`)}</div>
    <div class="stack"><p class="row"><b class="price large">${variant.price.text}</b>${variant.compareAt && html`<s class="faint">${variant.compareAt.text}</s>`}</p>
      <p>${product.subtitle}</p></div>
    ${product.options.map((option) => html`<${Options} key=${option.name} option=${option} variants=${variants} variant=${variant} units=${units} choose=${choose} />`)}
    <p role="status">${left == null ? t("正在看本城库存") : left ? t("本城还有 {n} 件", { n: left }) : t("本城售罄")} <small>${variant.sku}</small></p>
    <div class="buy"><label class="row">${t("数量")} <input type="number" min="1" max="99" value=${count} onInput=${(event) => setCount(Math.max(1, Math.min(99, Math.round(+event.target.value) || 1)))} /></label>
      <${Act} kind="main" disabled=${!left || !product.onShelf} run=${add}>${t("放进购物车")}<//>
      <a class="button" href=${`/mall/${store}/cart`}>${t("购物车")}</a></div>
    <dl class="facts">${product.attributes.map((one) => html`<dt>${one.name}</dt><dd>${one.value}</dd>`)}</dl>
    <p class="reading">${product.description}</p>
    ${product.descriptionBlocks.map((one) => html`<div class="stack">${one.picture && html`<img src=${one.picture.url} alt=${one.picture.altText} loading="lazy" />`}<p class="reading">${one.text}</p></div>`)}
    ${product.care && html`<p class="small">${product.care}</p>`}`;
}

// One option's values; a value that leads to nothing in stock says so.
function Options({ option, variants, variant, units, choose }) {
  const value = (one) => one.options.find((it) => it.name === option.name)?.value;
  const rest = (one) => one.options.filter((it) => it.name !== option.name).map((it) => it.value).join("/");
  const pick = (wanted) => variants.find((one) => value(one) === wanted && rest(one) === rest(variant)) ?? variants.find((one) => value(one) === wanted);
  return html`<fieldset class="row options"><legend>${option.name}</legend>${option.values.map((wanted) => {
    const leads = pick(wanted);
    return html`<button type="button" class="chip" aria-pressed=${value(variant) === wanted} disabled=${!leads}
      onClick=${() => choose(leads.sku)}>${wanted}${leads && units[leads.sku] === 0 ? ` · ${t("缺")}` : ""}</button>`;
  })}</fieldset>`;
}
