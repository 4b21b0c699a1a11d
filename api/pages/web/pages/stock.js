// Stock: the numbers of a SKU in a store, and how each of them came about.
import { ask, newKey, session } from "../ask.js";
import { Act, Choice, Dialog, Empty, Head, Input, Pages, Part, go, here, html, moment, t, tell, useAsk, useEffect, useMemo, useSignalLater, useState, withQuery } from "../kit.js";
import { name } from "../words.js";

const FIGURES = [["onHand", "在店"], ["reserved", "已占用"], ["safety", "安全库存"], ["damaged", "残次"], ["incoming", "在途"], ["available", "可卖"], ["regionAvailable", "全城可卖"]];

export default function Stock({ ops }) {
  const own = session.value.viewer.storeId;
  const { store = own, sku, words = "" } = here.value.query;
  const [typed, setTyped] = useState(words);
  const late = useSignalLater(typed.trim(), 300);
  useEffect(() => void (late !== words && go(withQuery({ words: late }), { replace: true })), [late]);
  const found = useAsk(ops.StockFind, { words: words || null });
  return html`<${Head} title=${t("库存")} />
    <div class="form">${!own && html`<${Stores} ops=${ops} store=${store} />`}
      <label class="field"><span>${t("找商品")}</span><input type="search" value=${typed} placeholder=${t("名称或商品编号")} onInput=${(event) => setTyped(event.target.value)} /></label></div>
    ${!store ? html`<${Empty}>${t("先选一家店。")}<//>` : html`<div class=${sku ? "split" : ""}>
      <${Part} of=${found}>${({ products }) => products.nodes.length
        ? products.nodes.map((one) => html`<${Product} key=${`${store}${one.id}`} product=${one} ops=${ops} store=${store} sku=${sku} />`)
        : html`<${Empty}>${t("没有符合的商品。")}<//>`}<//>
      ${sku && html`<${Why} key=${`${store}${sku}`} ops=${ops} store=${store} sku=${sku} />`}
    </div>`}`;
}

function Stores({ ops, store }) {
  const all = useAsk(ops.StockStores);
  const options = (all.data?.stores.nodes ?? []).map((one) => [one.id, one.name]);
  return html`<${Choice} label=${t("门店")} value=${store ?? ""} onChange=${(value) => go(withQuery({ store: value, sku: null }))} options=${[["", t("选一家店")], ...options]} />`;
}

function Product({ product, ops, store, sku }) {
  const [counting, count] = useState(null);
  const levels = useAsk(ops.StockLevels, { store, skus: product.variants.map((one) => one.sku) });
  const words = Object.fromEntries(product.variants.map((one) => [one.sku, one.options.map((it) => it.value).join(" ")]));
  return html`<section class="card stack"><h2>${product.name}</h2>
    <${Part} of=${levels}>${({ stockLevels }) => html`<div class="scroll" tabindex="0" role="region" aria-label=${product.name}><table>
      <thead><tr><th scope="col">SKU</th>${FIGURES.map(([, label]) => html`<th scope="col" class="figure">${t(label)}</th>`)}<th scope="col">${t("上次盘点")}</th><th scope="col">${t("点数")}</th></tr></thead>
      <tbody>${stockLevels.map((one) => html`<tr key=${one.sku}><th scope="row"><a href=${withQuery({ sku: one.sku })} aria-current=${one.sku === sku ? "true" : undefined}>${one.sku}</a> <small>${words[one.sku]}</small></th>
        ${FIGURES.map(([key]) => html`<td class="figure">${one[key]}</td>`)}<td>${moment(one.countedAt) ?? "—"}</td><td><button type="button" aria-label=${t("盘点 {sku}", { sku: one.sku })} onClick=${() => count(one)}>${t("盘点")}</button></td></tr>`)}</tbody></table></div>`}<//>
    ${counting && html`<${Count} ops=${ops} store=${store} level=${counting} words=${words[counting.sku]} close=${() => count(null)} done=${() => (count(null), levels.again())} />`}
  </section>`;
}

// What is counted against what is written: the difference is seen before it is booked.
function Count({ ops, store, level, words, close, done }) {
  const [counted, setCounted] = useState("");
  const [reason, setReason] = useState("");
  const id = useMemo(newKey, [counted, reason]);
  const units = Number(counted) - level.onHand;
  const book = () => ask(ops.StockAdjust, { id, input: { storeId: store, sku: level.sku, units, reason } }).then(() => (tell(t("数改好了")), done()));
  return html`<${Dialog} title=${`${t("盘点")} ${level.sku}`} onClose=${close}>
    <p>${words} · ${t("账上在店 {n} 件", { n: level.onHand })}</p>
    <${Input} label=${t("点到几件")} type="number" min="0" inputmode="numeric" value=${counted} onInput=${setCounted} data-first />
    ${counted !== "" && html`<p role="status">${units ? t("差 {n} 件", { n: units > 0 ? `+${units}` : units }) : t("和账上一样，不用改。")}</p>`}
    <${Input} label=${t("为什么不一样")} value=${reason} onInput=${setReason} />
    <${Act} kind="main" disabled=${counted === "" || !units || !reason.trim()} run=${book}>${t("把账改对")}<//>
  <//>`;
}

function Why({ ops, store, sku }) {
  return html`<section class="pane" aria-label=${t("为什么")}><div class="row apart"><h2>${sku}</h2><a class="button" href=${withQuery({ sku: null })}>${t("关闭")}</a></div>
    <${Pages} operation=${ops.StockWhy} variables=${{ store, sku }} of=${(data) => data.stockExplain} empty=${t("还没有任何变动。")}>${(nodes) =>
      html`<ol class="steps">${nodes.map((one) => html`<li><strong>${name(one.event)}</strong> <small>${moment(one.at)} · ${one.actor}</small><br />
          <small>${FIGURES.slice(0, 5).filter(([key]) => one[key]).map(([key, label]) => `${t(label)} ${one[key] > 0 ? "+" : ""}${one[key]}`).join("，")}${one.reason ? ` · ${one.reason}` : ""}${one.orderId ? ` · ${one.orderId}` : ""}</small></li>`)}</ol>`}<//></section>`;
}
