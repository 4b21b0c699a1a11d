// The map: where the brand's stores stand, by region; the list beside it says the same in words.
import { ask } from "../ask.js";
import { Act, Badge, Bones, Empty, Head, Later, Part, Refusal, go, here, html, t, useAsk, useEffect, useMemo, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

const atlas = () => import("../map.js");
const TONES = { OPEN: "good", PAUSED: "warn", CLOSED: "closed" };

// All of a list, page by page; `heard` is told what there is so far.
async function all(operation, of, heard) {
  let nodes = [];
  for (let after = null; ; ) {
    const part = of(await ask(operation, { after }));
    nodes = [...nodes, ...part.nodes];
    heard(nodes);
    if (!part.pageInfo.hasNextPage) return;
    after = part.pageInfo.endCursor;
  }
}

export default function Map({ ops }) {
  const [regions, setRegions] = useState(null);
  const [stores, setStores] = useState(null);
  const [fault, setFault] = useState(null);
  const load = () => {
    setFault(null);
    Promise.all([all(ops.MapRegions, (data) => data.regions, setRegions), all(ops.MapStores, (data) => data.stores, setStores)]).catch(setFault);
  };
  useEffect(load, []);
  const { region, store } = here.value.query;
  const counted = useMemo(() => {
    const found = {};
    for (const one of stores ?? []) (found[one.region.id] ??= []).push(one);
    return found;
  }, [stores]);
  const places = useMemo(() => (stores ?? []).map((one) => ({ id: one.id, position: one.mapPosition, tone: TONES[one.state], near: region === one.region.id, words: region === one.region.id ? one.name : "" })), [stores, region]);
  const mine = region ? (counted[region] ?? []) : [];
  const pick = (id) => go(withQuery({ store: id, region: (stores ?? []).find((one) => one.id === id)?.region.id }));
  const found = regions?.find((one) => one.id === region);
  return html`<${Head} title=${t("门店地图")}>${region && html`<a class="button" href="/desk/map">${t("看全国")}</a>`}<//>
    <${Refusal} fault=${fault} again=${load} />
    ${!stores || !regions ? html`<${Bones} />` : html`<div class="split">
      <div class="stack"><${Later} from=${atlas} view="DotMap" places=${places} pick=${pick} chosen=${store}
          label=${region ? t("{name}的 {n} 家门店", { name: found?.name ?? region, n: mine.length }) : t("全国 {n} 家门店", { n: stores.length })} />
        <p class="row small"><span class="key good">●</span>${t("营业中")} <span class="key warn">●</span>${t("暂停营业")} <span class="key closed">●</span>${t("已关店")}</p></div>
      <section class="pane" aria-label=${t("名单")}>${store ? html`<${One} key=${store} ops=${ops} id=${store} />` : null}
        ${region ? html`<${Stores} of=${found} stores=${mine} store=${store} />` : html`<${Regions} regions=${regions} counted=${counted} />`}</section>
    </div>`}`;
}

function Regions({ regions, counted }) {
  const sorted = [...regions].sort((one, other) => (counted[other.id]?.length ?? 0) - (counted[one.id]?.length ?? 0));
  if (!sorted.length) return html`<${Empty}>${t("还没有门店。")}<//>`;
  return html`<h2>${t("城市")}</h2><ul class="list">${sorted.map((one) => html`<li key=${one.id}><a href=${withQuery({ region: one.id, store: null })}><span class="grow">${one.name}<br /><small>${one.defaultStore ? t("默认进 {name}", { name: one.defaultStore.name }) : t("没有指定默认店")}</small></span><b>${counted[one.id]?.length ?? 0}</b></a></li>`)}</ul>`;
}

function Stores({ of, stores, store }) {
  return html`<h2>${of?.name ?? t("没有找到。")}</h2><ul class="list">${stores.map((one) => html`<li key=${one.id}><a href=${withQuery({ store: one.id })} aria-current=${one.id === store ? "true" : undefined}><span class="grow clip">${one.name}</span><${State} of=${one} /></a></li>`)}</ul>`;
}

const WORDS = { OPEN: "营业中", PAUSED: "暂停营业", CLOSED: "已关店" };
const State = ({ of }) => html`<${Badge} tone=${{ OPEN: "good", PAUSED: "warn" }[of.state]}>${t(WORDS[of.state])}<//>`;

function One({ ops, id }) {
  const found = useAsk(ops.MapStore, { id });
  return html`<${Part} of=${found}>${({ store }) => {
    if (!store) return html`<${Empty}>${t("没有找到。")}<//>`;
    const facts = [["地址", `${store.divisions.join("")}${store.address}`], ["电话", store.phone ?? "—"], ["营业时间", store.openingHours ?? t("全天")], ["业主", store.owner.name], ["一天最多接", t("{n} 单", { n: store.capacityADay })], ["服务", store.services.map(name).join("、") || "—"]];
    return html`<div class="row apart"><h2>${store.name}</h2><${State} of=${store} /></div>
      <dl class="facts">${facts.map(([key, value]) => html`<dt>${t(key)}</dt><dd>${value}</dd>`)}</dl>
      <div class="row"><a class="button" href=${`/desk/storefront?store=${id}`}>${t("店铺装修")}</a><a class="button" href=${`/desk/orders?store=${id}`}>${t("找订单")}</a><a class="button" href=${`/desk/stock?store=${id}`}>${t("库存")}</a></div>`;
  }}<//>`;
}
